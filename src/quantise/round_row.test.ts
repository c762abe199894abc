import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { bitWidths, blockSizes } from "../graph/packed.ts";
import { compensationOf, WINDOW } from "./compensation.ts";
import { type GridChoice, gridOf } from "./grid.ts";
import { type Rounding, roundRow } from "./round_row.ts";

/** What the codes of a row stand for, and its parts. */
function rounded(row: readonly number[], rounding: Rounding) {
  const blocks = Math.ceil(row.length / rounding.block);
  const parts = {
    codes: new Uint8Array(row.length),
    scale: new Float32Array(blocks),
    zero: new Uint8Array(blocks),
  };
  const values = Float64Array.from(row);
  roundRow(values, parts, rounding);
  return { ...parts, values: Array.from(values) };
}

const formats = fc.record({
  bits: fc.constantFrom(...bitWidths),
  block: fc.constantFrom(...blockSizes),
});
const choices = fc.constantFrom<GridChoice>("extremes", "fitted");
const rows = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 300 });

test("a row becomes what its codes, scales and zero points stand for", () => {
  fc.assert(
    fc.property(rows, formats, choices, (row, format, choice) => {
      const { codes, scale, zero, values } = rounded(row, { ...format, choice });
      values.forEach((value, i) => {
        const block = Math.floor(i / format.block);
        assert.equal(value, (codes[i]! - zero[block]!) * scale[block]!);
        assert.ok(scale[block]! > 0 && zero[block]! < 2 ** format.bits && codes[i]! < 2 ** format.bits);
      });
    }),
  );
});

test("between the extremes of a block no value is off by more than a step", () => {
  fc.assert(
    fc.property(rows, formats, (row, format) => {
      const { scale, values } = rounded(row, { ...format, choice: "extremes" });
      values.forEach((value, i) => {
        const step = scale[Math.floor(i / format.block)]!;
        assert.ok(
          Math.abs(value - row[i]!) <= step * 1.0001,
          `${row[i]} became ${value} in steps of ${step}`,
        );
      });
    }),
  );
});

test("a block too small for a float32 scale becomes zeros", () => {
  const row = [17, -3, 9, 0].map((units) => units * 2 ** -149);
  for (const choice of ["extremes", "fitted"] as const) {
    const { values, scale } = rounded(row, { bits: 4, block: 32, choice });
    assert.deepEqual([...values, ...scale], [0, 0, 0, 0, 1]);
  }
});

test("zeros stay zeros, and values on a grid stay themselves", () => {
  const zeros = Array<number>(70).fill(0);
  const onGrid = Array.from({ length: 64 }, (_, i) => ((i % 16) - 5) * 0.25);
  for (const choice of ["extremes", "fitted"] as const) {
    assert.deepEqual(rounded(zeros, { bits: 4, block: 32, choice }).values, zeros);
    assert.deepEqual(rounded(onGrid, { bits: 4, block: 32, choice }).values, onGrid);
  }
});

const square = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value ** 2, 0);
const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value - b[i]!);

/** Sums of twelve uniform numbers: near a normal distribution. */
function normal(count: number, seed: number): number[] {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 1;
    return (state % 65_536) / 65_536;
  };
  return Array.from({ length: count }, () => {
    let sum = -6;
    for (let n = 0; n < 12; n++) sum += uniform();
    return sum;
  });
}

test("a fitted grid is nearer to a row than that between its extremes", () => {
  for (const block of blockSizes) {
    const row = normal(4096, 5);
    const error = (choice: GridChoice) =>
      square(minus(rounded(row, { bits: 4, block, choice }).values, row)) / square(row);
    assert.ok(error("fitted") < 0.95 * error("extremes"), `${error("fitted")} and ${error("extremes")}`);
  }
});

test("a fitted grid serves the values that matter", () => {
  const row = Float64Array.from(normal(32, 9));
  const importance = Float64Array.from(row, (_, i) => (i < 4 ? 1000 : 1));
  const options = { choice: "fitted", levels: 15 } as const;
  const error = (given: { importance?: Float64Array }) => {
    const { scale, zero } = gridOf(row, [0, 32], { ...options, ...given });
    const off = Array.from(row.slice(0, 4), (value) => {
      const code = Math.min(Math.max(Math.round(value / scale) + zero, 0), 15);
      return value - (code - zero) * scale;
    });
    return square(off);
  };
  assert.ok(error({ importance }) < error({}));
});

/** Inputs of a layer whose columns go together, T rows. */
function inputs(tokens: number, width: number): number[][] {
  return Array.from({ length: tokens }, (_, t) => {
    const [shared, own] = [normal(4, 100 + t), normal(width, 1000 + t)];
    return own.map((value, i) => 0.3 * value + shared[i % 4]! * (1 + (i % 3)));
  });
}

test("compensated rounding keeps a layer's outputs nearer, on inputs like those it was calibrated on", () => {
  const width = WINDOW + 40;
  const moments = (rowsOf: number[][], start: number, size: number) => {
    const sum = new Float64Array(WINDOW * WINDOW);
    for (const x of rowsOf)
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++) sum[i * WINDOW + j]! += x[start + i]! * x[start + j]!;
    return sum;
  };
  const all = inputs(400, width);
  const [seen, unseen] = [all.slice(0, 300), all.slice(300)];
  const compensation = [
    compensationOf(moments(seen, 0, WINDOW), WINDOW, WINDOW),
    compensationOf(moments(seen, WINDOW, 40), WINDOW, 40),
  ];
  const row = normal(width, 77);
  const outputError = (rounding: Rounding) => {
    const off = minus(rounded(row, rounding).values, row);
    return square(unseen.map((x) => x.reduce((sum, value, i) => sum + value * off[i]!, 0)));
  };
  for (const block of blockSizes) {
    const plain = { bits: 4, block, choice: "fitted" } as const;
    const [without, withIt] = [outputError(plain), outputError({ ...plain, compensation })];
    assert.ok(withIt < 0.5 * without, `block ${block}: ${withIt} and ${without}`);
  }
});

test("where nothing was seen of the inputs, rounding is as without calibration", () => {
  const row = normal(40, 3);
  const compensation = [compensationOf(new Float64Array(WINDOW * WINDOW), WINDOW, 40)];
  assert.deepEqual(compensation, [undefined]);
  const plain = { bits: 4, block: 32, choice: "fitted" } as const;
  assert.deepEqual(rounded(row, { ...plain, compensation }), rounded(row, plain));
});
