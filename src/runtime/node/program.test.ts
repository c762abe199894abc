import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { concat, constant, input, matmul, mul } from "../../graph/value.ts";
import { lower } from "../../onnx/lower.ts";
import { encodeModel } from "../../onnx/model.ts";
import { createRandom, shuffled } from "../../tensor/random.ts";
import { float32, type Tensor } from "../../tensor/tensor.ts";
import type { Program, State } from "../program.ts";
import { loadProgram } from "./program.ts";

/** [K, d] of the accumulated tensors; different, so that a mix-up shows. */
const shapes = { a: [2, 3], b: [1, 2] } as const;
const parts = ["a", "b"] as const;

/** new.x = 2 · x, and all.x = what was there and the new rows; for two accumulated tensors. */
function accumulator(): Uint8Array {
  const outputs = parts.map((part) => {
    const [groups, size] = shapes[part];
    const x = input(part, "float32", ["B", groups, "S", size]);
    const past = input(`past.${part}`, "float32", ["B", groups, "P", size]);
    const fresh = mul(x, constant(2));
    return { [`new.${part}`]: fresh, [`all.${part}`]: concat([past, fresh], 2) };
  });
  return encode(Object.assign({}, ...outputs));
}

const encode = (outputs: Parameters<typeof lower>[0]) =>
  encodeModel(lower(outputs, { kernels: "plain", storage: "float32" }), () => assert.fail("no weights"));

const accumulators = parts.map((part) => ({
  input: `past.${part}`,
  output: `new.${part}`,
  dtype: "float32" as const,
  shape: shapes[part],
}));
const program = await loadProgram(accumulator(), { folder: ".", threads: 1, accumulators });
after(() => program.close());

const random = createRandom(1);
type Rows = Record<(typeof parts)[number], Tensor<"float32">>;
const someRows = (batch: number, rows: number): Rows => {
  const make = ([groups, size]: readonly [number, number]) => {
    const shape = [batch, groups, rows, size];
    return float32(shape, Float32Array.from({ length: batch * groups * rows * size }, random));
  };
  return { a: make(shapes.a), b: make(shapes.b) };
};

/** What a state should hold: per tensor, batch row and group, the doubled rows one after another. */
class Model {
  private readonly rows = new Map<string, number[][]>();
  append(part: string, { shape, data }: Tensor<"float32">): void {
    const [batch, groups, count, size] = shape as [number, number, number, number];
    for (let g = 0; g < batch * groups; g++) {
      const list = this.rows.get(`${part} ${g}`) ?? [];
      for (let s = 0; s < count; s++) {
        const start = (g * count + s) * size;
        list.push([...data.subarray(start, start + size)].map((value) => Math.fround(value * 2)));
      }
      this.rows.set(`${part} ${g}`, list);
    }
  }
  truncate(length: number): void {
    for (const list of this.rows.values()) list.length = length;
  }
  of(part: string, group: number): number[][] {
    return this.rows.get(`${part} ${group}`) ?? [];
  }
}

/** Append rows to a state and compare everything the graph saw before with the model. */
async function grow(state: State, model: Model, count: number): Promise<void> {
  const rows = someRows(state.batch, count);
  const { length } = state;
  const results = await program.run(rows, ["all.a", "all.b"], [{ state, rows: count }]);
  for (const part of parts) {
    const { shape, data } = results[`all.${part}`] as Tensor<"float32">;
    const [batch, groups, total, size] = shape as [number, number, number, number];
    for (let g = 0; g < batch * groups; g++) {
      const seen = model.of(part, g);
      assert.equal(seen.length, length);
      const start = g * total * size;
      assert.deepEqual([...data.subarray(start, start + length * size)], seen.flat(), `${part}, group ${g}`);
    }
    model.append(part, rows[part]);
  }
}

test("rows appended across capacity buckets are the concatenation, for two tensors and two batch rows", async () => {
  const state = program.openState(2);
  const model = new Model();
  for (const count of [1, 5, 250, 1, 255, 1, 300, 1]) await grow(state, model, count);
  assert.equal(state.length, 814);
  assert.equal(state.capacity, 1024);
  await program.closeState(state);
});

test("a state cut back goes on from there, also when it grows at once beyond its capacity", async () => {
  const state = program.openState(1);
  const model = new Model();
  for (const [keep, count] of [
    [0, 200],
    [120, 3],
    [123, 400],
    [0, 7],
    [7, 1],
  ] as const) {
    state.length = keep;
    model.truncate(keep);
    await grow(state, model, count);
  }
  await grow(state, model, 1);
  await program.closeState(state);
});

test("states do not disturb each other, whatever the order of their runs", async () => {
  const states = [1, 2, 1].map((batch) => ({ state: program.openState(batch), model: new Model() }));
  for (const count of [3, 260, 2])
    await Promise.all(states.map(({ state, model }, n) => grow(state, model, count + n)));
  await Promise.all(states.map(({ state }) => program.closeState(state)));
});

test("states that run together, in any company and order, hold what each would hold alone", async () => {
  const all = [1, 2, 1, 1].map((batch) => ({ state: program.openState(batch), model: new Model() }));
  const draws = createRandom(7);
  // One goes on as a copy, and its original is gone.
  const [{ state: original, model: rows }] = [all[0]!];
  await grow(original, rows, 5);
  all[0] = { state: await program.copyState(original), model: rows };
  await program.closeState(original);
  await assert.rejects(program.copyState(original), /closed/);
  const draw = (below: number) => Math.floor(draws() * below);
  for (let round = 0; round < 60; round++) {
    const company = shuffled(all, draws).slice(0, 1 + draw(all.length));
    // Now and then one is cut back, and now and then rows are many, so that capacities change.
    for (const { state, model } of company)
      if (draw(6) === 0) {
        state.length = draw(state.length + 1);
        model.truncate(state.length);
      }
    const most = draw(8) === 0 ? 150 : 3;
    const counts = company.map(() => 1 + draw(most));
    const length = Math.max(...counts);
    const batch = company.reduce((sum, { state }) => sum + state.batch, 0);
    const rows = someRows(batch, length);
    const before = company.map(({ state }) => state.length);
    const grow = company.map(({ state }, n) => ({ state, rows: counts[n]! }));
    const results = await program.run(rows, ["all.a", "all.b"], grow);
    let above = 0;
    for (const [n, { state, model }] of company.entries()) {
      for (const part of parts) {
        const [groups, size] = shapes[part];
        const { shape, data } = results[`all.${part}`] as Tensor<"float32">;
        for (let g = 0; g < state.batch * groups; g++) {
          const start = (above * groups + g) * shape[2]! * size;
          const seen = [...data.subarray(start, start + before[n]! * size)];
          assert.deepEqual(seen, model.of(part, g).flat(), `round ${round}, ${part}, group ${g}`);
        }
        // Only the first rows are the state's own; those behind are padding.
        const own = new Float32Array(state.batch * groups * counts[n]! * size);
        for (let g = 0; g < state.batch * groups; g++) {
          const start = (above * groups + g) * length * size;
          own.set(rows[part].data.subarray(start, start + counts[n]! * size), g * counts[n]! * size);
        }
        model.append(part, float32([state.batch, groups, counts[n]!, size], own));
      }
      assert.equal(state.length, before[n]! + counts[n]!);
      above += state.batch;
    }
  }
  await Promise.all(all.map(({ state }) => program.closeState(state)));
});

test("a run without a state leaves nothing behind", async () => {
  const state = program.openState(1);
  const model = new Model();
  await grow(state, model, 4);
  const empty = { "past.a": float32([1, 2, 0, 3], []), "past.b": float32([1, 1, 0, 2], []) };
  const rows = someRows(1, 2);
  const { "all.a": all } = await program.run({ ...rows, ...empty }, ["all.a"]);
  assert.deepEqual(
    [...(all as Tensor<"float32">).data],
    [...rows.a.data].map((value) => Math.fround(value * 2)),
  );
  await grow(state, model, 1);
  await program.closeState(state);
});

test("a closed state, a foreign one, and a second run at once are refused; the state survives the last", async () => {
  const state = program.openState(1);
  const model = new Model();
  await grow(state, model, 2);
  const running = grow(state, model, 2);
  await assert.rejects(program.run(someRows(1, 1), [], [{ state, rows: 1 }]), /in use/);
  const twice = [
    { state, rows: 1 },
    { state, rows: 1 },
  ];
  await assert.rejects(program.run(someRows(2, 1), [], twice), /given twice/);
  await running;
  await grow(state, model, 1);
  await program.closeState(state);
  await program.closeState(state);
  await assert.rejects(program.run(someRows(1, 1), [], [{ state, rows: 1 }]), /closed/);
  const foreign = { id: 0, batch: 1, length: 0, capacity: 0 };
  await assert.rejects(program.run(someRows(1, 1), [], [{ state: foreign, rows: 1 }]), /another program/);
});

test("a failed run leaves the state as it was", async () => {
  const state = program.openState(1);
  const model = new Model();
  await grow(state, model, 250);
  const wrong = { ...someRows(1, 10), b: float32([1, 1, 10, 3], new Float32Array(30)) };
  await assert.rejects(
    program.run(wrong, ["all.a"], [{ state, rows: 10 }]),
    /invalid dimensions for input: b/,
  );
  assert.equal(state.length, 250);
  await grow(state, model, 10);
  await grow(state, model, 1);
  await program.closeState(state);
});

test("closed states give their memory back", async () => {
  const [groups, rows, size] = [16, 256, 1024];
  const ones = constant(float32([groups, 1, size], new Float32Array(groups * size).fill(1)));
  const fresh = mul(input("x", "float32", ["B", 1, "S", 1]), ones);
  const past = input("past", "float32", ["B", groups, "P", size]);
  const large = await loadProgram(encode({ fresh, all: concat([past, fresh], 2) }), {
    folder: ".",
    threads: 1,
    accumulators: [{ input: "past", output: "fresh", dtype: "float32", shape: [groups, size] }],
  });
  const stateBytes = rows * groups * size * 4;
  const states = 30;
  const before = process.memoryUsage.rss();
  for (let n = 0; n < states; n++) {
    const state = large.openState(1);
    const x = float32([1, 1, rows, 1], new Float32Array(rows).fill(1)); // written, or the pages stay unused
    await large.run({ x }, [], [{ state, rows }]);
    await large.closeState(state);
  }
  const grown = process.memoryUsage.rss() - before;
  await large.close();
  assert.ok(
    grown < (states * stateBytes) / 2,
    `${states} states of ${stateBytes} bytes left ${grown} behind`,
  );
});

test("ONNX Runtime's own words arrive: for a run, and for a model it cannot load", async () => {
  await assert.rejects(program.run(someRows(1, 1), ["all.a"]), /past\.a/);
  await assert.rejects(program.run(someRows(1, 1), ["nothing"]), /nothing/);
  await assert.rejects(
    loadProgram(Uint8Array.of(1, 2, 3), { folder: ".", threads: 1 }),
    /protobuf parsing failed/,
  );
});

const fresh = (): Promise<Program> =>
  loadProgram(encode({ y: mul(input("x", "float32", ["N"]), constant(3)) }), { folder: ".", threads: 1 });

test("closing finishes what was asked before, refuses what comes after, and may be said twice", async () => {
  const program = await fresh();
  const state = program.openState(1);
  const before = program.run({ x: float32([2], [1, 2]) }, ["y"]);
  const closings = [program.close(), program.close()];
  await assert.rejects(program.run({ x: float32([1], [1]) }, ["y"]), /the program is closed/);
  assert.deepEqual([...(await before).y!.data], [3, 6]);
  await Promise.all(closings);
  await program.close();
  await program.closeState(state);
  await assert.rejects(program.run({ x: float32([1], [1]) }, ["y"]), /the program is closed/);
});

test("a run does not block the caller's thread", async () => {
  const n = 900;
  const x = input("x", "float32", [n, n]);
  let y = x;
  for (let i = 0; i < 12; i++) y = matmul(y, x);
  const program = await loadProgram(encode({ y }), { folder: ".", threads: 1 });
  let ticks = 0;
  let running = true;
  const ticking = (async () => {
    while (running) {
      await setTimeout(1);
      ticks += 1;
    }
  })();
  await program.run({ x: float32([n, n], new Float32Array(n * n)) }, ["y"]);
  running = false;
  await ticking;
  await program.close();
  assert.ok(ticks > 20, `${ticks} timers fired meanwhile`);
});
