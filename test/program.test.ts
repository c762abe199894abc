import assert from "node:assert/strict";
import { test } from "node:test";
import { add, cast, constant, equal, gather, input, sum } from "../src/graph/value.ts";
import { float32, int64 } from "../src/tensor/tensor.ts";
import { compile } from "./execute.ts";

const options = { kernels: "fused", storage: "float32" } as const;
const numbers = (...values: number[]) => float32([values.length], values);

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
