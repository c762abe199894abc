import assert from "node:assert/strict";
import { test } from "node:test";
import { add, cast, concat, constant, equal, gather, input, mul, sum } from "../src/graph/value.ts";
import { loadProgram } from "../src/runtime/node/program.ts";
import { float32, int64 } from "../src/tensor/tensor.ts";
import { compile } from "./execute.ts";

const options = { kernels: "fused", storage: "float32" } as const;
const numbers = (...values: number[]) => float32([values.length], values);

test("a model that cannot be loaded rejects with the runtime's message", async () => {
  await assert.rejects(loadProgram(Uint8Array.of(1, 2, 3), { folder: ".", threads: 1 }), /protobuf|parse/i);
});

test("a run that fails does not end the program", async (t) => {
  const table = constant(float32([2], [10, 20]));
  const program = await compile({ y: gather(table, input("rows", "int64", ["R"])) }, new Map(), options);
  t.after(() => program.close());
  const rows = (...values: number[]) => ({ rows: int64([values.length], values) });
  const calls = [rows(1, 0), rows(7), {}, rows(1)].map((feeds) => program.run(feeds, ["y"]));
  const [first, outside, unfed, last] = await Promise.allSettled(calls);
  assert.deepEqual(first, { status: "fulfilled", value: { y: numbers(20, 10) } });
  assert.ok(outside?.status === "rejected" && /out of (data )?bounds/.test(String(outside.reason)));
  assert.ok(unfed?.status === "rejected" && /rows/.test(String(unfed.reason)));
  assert.deepEqual(last, { status: "fulfilled", value: { y: numbers(20) } });
});

test("only what is wanted comes back, in every dtype", async (t) => {
  const x = input("x", "float32", ["S"]);
  const outputs = { same: add(x, x), whole: cast(x, "int64"), yes: equal(x, x), small: cast(x, "int32") };
  const program = await compile(outputs, new Map(), options);
  t.after(() => program.close());
  const feeds = { x: numbers(1.5, -2.5) };
  assert.deepEqual(await program.run(feeds, ["whole", "yes"]), {
    whole: int64([2], [1, -2]),
    yes: { dtype: "bool", shape: [2], data: Uint8Array.of(1, 1) },
  });
});

test("a part of a larger array is fed as that part", async (t) => {
  const program = await compile({ y: sum(input("x", "float32", ["S"]), 0) }, new Map(), options);
  t.after(() => program.close());
  const whole = Float32Array.from({ length: 10 }, (_, i) => i);
  const { y } = await program.run({ x: float32([3], whole.subarray(4, 7)) }, ["y"]);
  assert.deepEqual(y, numbers(15));
});

test("a closed program rejects what comes after, and what was under way ends before", async () => {
  const program = await compile({ y: mul(input("x", "float32", ["S"]), constant(2)) }, new Map(), options);
  const state = program.openState(1);
  const underWay = program.run({ x: numbers(3) }, ["y"]);
  const closing = program.close();
  const late = program.run({ x: numbers(4) }, ["y"]);
  const [before, closed, after] = await Promise.allSettled([underWay, closing, late]);
  assert.deepEqual(before, { status: "fulfilled", value: { y: numbers(6) } });
  assert.equal(closed?.status, "fulfilled");
  assert.ok(after?.status === "rejected" && /the program is closed/.test(String(after.reason)));
  await assert.rejects(program.run({ x: numbers(5) }, ["y"]), /the program is closed/);
  await program.closeState(state);
  await program.close();
});

/** Appends the fresh numbers, and returns the sum of the first `length` kept ones. */
const accumulating = () => {
  const past = input("past", "float32", ["B", 1, "P", 1]);
  const fresh = input("fresh", "float32", ["B", 1, "S", 1]);
  const seen = input("seen", "float32", [1, 1, "P+S", 1]);
  const total = sum(sum(mul(concat([past, fresh], 2), seen), 2), 1);
  const accumulators = [{ input: "past", output: "kept", shape: [1, 1] }] as const;
  return compile({ total, kept: add(fresh, constant(0)) }, new Map(), options, accumulators);
};

test("a state keeps its rows while it grows, apart from other states, and a failed run leaves it alone", async (t) => {
  const program = await accumulating();
  t.after(() => program.close());
  const states = [program.openState(2), program.openState(2)] as const;
  const sums = [0, 0];
  const go = async (n: 0 | 1, rows: number, value: number) => {
    const state = states[n];
    const { capacity, length } = state;
    const seen = Array.from({ length: capacity + rows }, (_, p) => Number(p < length || p >= capacity));
    const fresh = float32(
      [2, 1, rows, 1],
      Array.from({ length: 2 * rows }, (_, i) => (i < rows ? value : 10 * value)),
    );
    const feeds = { fresh, seen: float32([1, 1, seen.length, 1], seen) };
    const { total } = await program.run(feeds, ["total"], { state, rows });
    sums[n]! += rows * value;
    assert.deepEqual([...total!.data], [sums[n], 10 * sums[n]!]);
  };
  await go(0, 3, 1);
  await go(1, 200, 2);
  await go(0, 252, 3);
  await go(0, 1, 4);
  await go(1, 100, 5);
  const before = { ...states[0] };
  await assert.rejects(program.run({}, ["total"], { state: states[0], rows: 300 }));
  assert.deepEqual(states[0], before);
  await go(0, 1, 6);
  await go(0, 700, 7);
  await go(1, 1, 8);
  assert.deepEqual(
    states.map(({ length, capacity }) => [length, capacity]),
    [
      [957, 1024],
      [301, 512],
    ],
  );
});

test("a state that was closed is not read as an empty one", async (t) => {
  const program = await accumulating();
  t.after(() => program.close());
  const state = program.openState(1);
  const feeds = (capacity: number) => ({
    fresh: float32([1, 1, 1, 1], [1]),
    seen: float32([1, 1, capacity + 1, 1], Array<number>(capacity + 1).fill(1)),
  });
  await program.run(feeds(0), ["total"], { state, rows: 1 });
  await program.closeState(state);
  await assert.rejects(program.run(feeds(256), ["total"], { state, rows: 1 }), /the state is closed/);
});
