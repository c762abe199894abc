/** @file Composites whose weights are kept in few bits: kernels that read codes against dequantising first. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as c from "../src/graph/composites.ts";
import { gradient } from "../src/graph/gradient.ts";
import { type BlockFormat, bitWidths, blockSizes } from "../src/graph/packed.ts";
import { mul, sum, type Value } from "../src/graph/value.ts";
import { lower } from "../src/onnx/lower.ts";
import { float32, int64 } from "../src/tensor/tensor.ts";
import { assertClose } from "./close.ts";
import { execute, lowerings } from "./execute.ts";
import { interpret } from "./interpreter.ts";
import { uniform } from "./prng.ts";
import { Sketch } from "./sketch.ts";

const formats: readonly BlockFormat[] = bitWidths.flatMap((bits) =>
  blockSizes.map((block): BlockFormat => ({ bits, block })),
);

/** Sketches of every use of a quantised weight, in odd sizes. */
const cases: Readonly<Record<string, (s: Sketch, format: BlockFormat) => Value>> = {
  "the weight itself": (s, format) => s.quantised([3, format.block + 5], format),
  "whole blocks, a bias": (s, format) =>
    c.linear(
      s.noise([s.symbol(2), s.symbol(3), 2 * format.block]),
      s.quantised([7, 2 * format.block], format),
      s.param([7]),
    ),
  "one row, a block and a bit": (s, format) =>
    c.linear(s.noise([s.symbol(1), format.block + 5]), s.quantised([4, format.block + 5], format)),
  "narrower than a block": (s, format) => c.linear(s.noise([s.symbol(9), 11]), s.quantised([5, 11], format)),
  "no rows": (s, format) => c.linear(s.noise([s.symbol(0), 40]), s.quantised([3, 40], format)),
  "rows of a table": (s, format) => c.embedding(s.quantised([5, 3 * format.block], format), places(s)),
  "rows of a table, odd width": (s, format) =>
    c.embedding(s.quantised([5, 2 * format.block + 7], format), places(s)),
  "one table for rows and head": (s, format) => {
    const table = s.quantised([5, 40], format);
    return c.linear(c.embedding(table, places(s)), table);
  },
  "experts, one of them in float": (s, format) => {
    const expert = (make: (shape: [number, number]) => Value): [Value, Value, Value] => [
      make([9, 40]),
      make([9, 40]),
      make([40, 9]),
    ];
    const quantised = () => expert((shape) => s.quantised(shape, format));
    const [tokens, count] = [5, 3];
    const shares = uniform("share", tokens * count).map((u, i) => (i % 3 === 2 ? 0 : 0.1 + u));
    const routes = s.feed([s.symbol(tokens), count], float32([tokens, count], shares));
    const float = expert((shape) => s.param(shape));
    return c.experts(s.noise([routes.shape[0]!, 40]), routes, [quantised(), float, quantised()]);
  },
};

const places = (s: Sketch): Value => s.feed([2, s.symbol(3)], int64([2, 3], [0, 4, 1, 2, 2, 0]));

function sketch(): Sketch {
  const all = new Sketch();
  for (const format of formats)
    for (const [name, build] of Object.entries(cases))
      all.add(`${format.bits} bits, block ${format.block}, ${name}`, build(all, format));
  return all;
}

test("kernels that read codes compute what dequantising first gives, in every format", async (t) => {
  const { outputs, feeds, weights } = sketch();
  const expected = interpret(outputs, feeds, weights);
  for (const kernels of lowerings) {
    const options = { kernels, storage: "float32", activations: "float32" } as const;
    const results = await execute(outputs, feeds, weights, options);
    for (const [name, { shape, data }] of Object.entries(expected))
      await t.test(`${kernels} ${name}`, () => {
        assert.deepEqual(results[name]!.shape, shape);
        assertClose(results[name]!.data, data, name);
      });
  }
});

/** Root of the mean square of a − b, over that of b. */
function relativeError(a: ArrayLike<number | bigint>, b: readonly number[]): number {
  const square = (values: number[]) => values.reduce((total, value) => total + value * value, 0);
  return Math.sqrt(square(b.map((value, i) => Number(a[i]) - value)) / square([...b]));
}

test("activations in int8 change a layer's output by less than two hundredths", async (t) => {
  const { outputs, feeds, weights } = sketch();
  const expected = interpret(outputs, feeds, weights);
  const options = { kernels: "fused", storage: "float32", activations: "int8" } as const;
  const results = await execute(outputs, feeds, weights, options);
  for (const [name, { data }] of Object.entries(expected))
    if (data.length > 0)
      await t.test(name, () => {
        const error = relativeError(results[name]!.data, data);
        assert.ok(error < 0.02, String(error));
      });
});

test("codes are constants of the graph as they lie: nothing is converted before a kernel reads them", () => {
  const s = new Sketch();
  const y = cases["one table for rows and head"]!(s, { bits: 4, block: 32 });
  const lowered = lower({ y }, { kernels: "fused", storage: "float16" });
  assert.deepEqual(
    lowered.parameters.map(({ storage, shape }) => [storage, shape]),
    [
      ["uint8", [5, 2, 16]],
      ["float32", [5, 2]],
      ["uint8", [5, 1]],
    ],
  );
  assert.deepEqual([...lowered.parameters[0]!.views.values()], [[5, 32]]);
  const read = lowered.builder.finish().node.filter(({ input }) => input.some((name) => /codes/.test(name)));
  assert.deepEqual(
    read.map(({ opType }) => opType),
    ["GatherBlockQuantized", "MatMulNBits"],
  );
});

test("the gradient with respect to a layer's input goes through its quantised weight", () => {
  const s = new Sketch();
  const x = s.noise([3, 40]);
  const weight = s.quantised([4, 40], { bits: 4, block: 32 });
  const y = c.linear(x, weight);
  const slopes = s.noise([3, 4]);
  const loss = sum(sum(mul(y, slopes), 0), 1);
  const [dx] = gradient(loss, [x]) as [Value];
  const { found, wide, scale } = interpret({ found: dx, wide: weight, scale: slopes }, s.feeds, s.weights);
  const expected = Array.from({ length: 120 }, (_, at) => {
    const [t, i] = [Math.floor(at / 40), at % 40];
    return [0, 1, 2, 3].reduce((total, o) => total + scale!.data[4 * t + o]! * wide!.data[40 * o + i]!, 0);
  });
  assertClose(found!.data, expected, "dx");
});
