import assert from "node:assert/strict";
import { test } from "node:test";
import type { DType } from "../tensor/dtype.ts";
import type { Dim, Shape } from "../tensor/shape.ts";
import * as composites from "./composites.ts";
import * as v from "./value.ts";

const x = (shape: Shape, dtype: DType = "float32") => v.input("x", dtype, shape);

const wrong: readonly [message: string, build: () => v.Value][] = [
  ["add: expected shapes that broadcast, got [B, 2] and [B, 3]", () => v.add(x(["B", 2]), x(["B", 3]))],
  ["sub: expected equal dtypes, got float32 and int64", () => v.sub(x([2]), x([2], "int64"))],
  ["mul: expected shapes that broadcast, got [S] and [P]", () => v.mul(x(["S"]), x(["P"]))],
  ["div: expected numbers, got bool", () => v.div(x([2], "bool"), x([2], "bool"))],
  ["equal: expected equal dtypes, got int32 and int64", () => v.equal(x([2], "int32"), x([2], "int64"))],
  ["less: expected shapes that broadcast, got [2] and [3]", () => v.less(x([2]), x([3]))],
  ["less: expected numbers, got bool", () => v.less(x([2], "bool"), x([2], "bool"))],
  ["where: expected a bool condition, got float32", () => v.where(x([2]), x([2]), x([2]))],
  [
    "where: expected equal dtypes, got float32 and int64",
    () => v.where(x([2], "bool"), x([2]), x([2], "int64")),
  ],
  ["where: expected shapes that broadcast, got [3] and [2]", () => v.where(x([3], "bool"), x([2]), x([1]))],
  ["exp: expected float32, got int64", () => v.exp(x([2], "int64"))],
  ["sqrt: expected float32, got bool", () => v.sqrt(x([2], "bool"))],
  ["sin: expected float32, got float16", () => v.sin(x([2], "float16"))],
  ["cos: expected float32, got int32", () => v.cos(x([2], "int32"))],
  ["erf: expected float32, got int64", () => v.erf(x([2], "int64"))],
  ["sigmoid: expected float32, got int64", () => v.sigmoid(x([2], "int64"))],
  ["sum: expected an axis of [2, S], got 2", () => v.sum(x([2, "S"]), 2)],
  ["sum: expected an axis of [2, S], got -1", () => v.sum(x([2, "S"]), -3)],
  ["sum: expected numbers, got bool", () => v.sum(x([2], "bool"), 0)],
  ["max: expected an axis of [], got 0", () => v.max(x([]), 0)],
  [
    "matmul: expected float32 [.., M, K] @ [.., K, N], got float32 [2, 3] @ float32 [2, 3]",
    () => v.matmul(x([2, 3]), x([2, 3])),
  ],
  [
    "matmul: expected float32 [.., M, K] @ [.., K, N], got float32 [2, 3] @ int64 [3, 2]",
    () => v.matmul(x([2, 3]), x([3, 2], "int64")),
  ],
  [
    "matmul: expected float32 [.., M, K] @ [.., K, N], got float32 [3] @ float32 [3]",
    () => v.matmul(x([3]), x([3])),
  ],
  ["matmul: expected shapes that broadcast, got [2] and [5]", () => v.matmul(x([2, 3, 4]), x([5, 4, 3]))],
  ["expand: expected shapes that broadcast, got [3] and [2]", () => v.expand(x([3]), [2])],
  ["expand: expected [3, 1] to grow to [S]", () => v.expand(x([3, 1]), ["S"])],
  ["concat: expected at least one input", () => v.concat([], 0)],
  ["concat: expected an axis of [2], got 1", () => v.concat([x([2]), x([2])], 1)],
  [
    "concat: expected equal dtypes and equal axes but 0, got float32 [2, 3] and float32 [2, 4]",
    () => v.concat([x([2, 3]), x([2, 4])], 0),
  ],
  [
    "concat: expected equal dtypes and equal axes but 1, got float32 [2, 3] and int64 [2, 3]",
    () => v.concat([x([2, 3]), x([2, 3], "int64")], 1),
  ],
  [
    "concat: expected equal dtypes and equal axes but 1, got float32 [2, 3] and float32 [2]",
    () => v.concat([x([2, 3]), x([2])], 1),
  ],
  ["slice: expected an axis of [2], got 1", () => v.slice(x([2]), 1, 0, 1)],
  ["slice: expected 0 <= start <= end <= 4 on axis 0 of [4], got 1 and 5", () => v.slice(x([4]), 0, 1, 5)],
  ["slice: expected 0 <= start <= end <= 4 on axis 0 of [4], got -1 and 4", () => v.slice(x([4]), 0, -1, 4)],
  ["slice: expected 0 <= start <= end <= 4 on axis 0 of [4], got 3 and 2", () => v.slice(x([4]), 0, 3, 2)],
  [
    "slice: expected 0 <= start <= end <= 3 on axis 0 of [3], got 0 and 1.5",
    () => v.slice(x([3]), 0, 0, 1.5),
  ],
  ["gather: expected an axis of [2], got 1", () => v.gather(x([2]), x([3], "int64"), 1)],
  ["gather: expected int64 indices, got float32", () => v.gather(x([2]), x([3]))],
  ["topk: expected 1 <= k <= the last axis of [2, 3], got 4", () => v.topk(x([2, 3]), 4)],
  ["topk: expected 1 <= k <= the last axis of [2, 3], got 0", () => v.topk(x([2, 3]), 0)],
  ["topk: expected 1 <= k <= the last axis of [2, S], got 1", () => v.topk(x([2, "S"]), 1)],
  ["topk: expected 1 <= k <= the last axis of [], got 1", () => v.topk(x([]), 1)],
  [
    "experts: expected gate, up and down of every expert, got 0 weights",
    () => composites.experts(x(["T", 4]), x(["T", 1]), []),
  ],
  [
    "attention: expected a mask beside past keys and values",
    () => {
      const q = x([1, 2, "S", 4]);
      return composites.attention(q, q, q, { scale: 1, past: { k: q, v: q } });
    },
  ],
  ["graph: expected axis -1 of [2, S] to be a number", () => composites.rmsNorm(x([2, "S"]), x([1]), 1e-6)],
];
for (const [message, build] of wrong)
  test(message, () => assert.throws(build, { name: "ShapeError", message }));

const right: readonly [shape: Shape, dtype: DType, build: () => v.Value][] = [
  [["B", 3, "S"], "float32", () => v.add(x(["B", 1, 1]), x([3, "S"]))],
  [["S"], "bool", () => v.less(x(["S"]), x([]))],
  [[2, "S"], "int64", () => v.where(x(["S"], "bool"), x([2, 1], "int64"), x([], "int64"))],
  [["B", 1], "float32", () => v.max(x(["B", "S"]), -1)],
  [["H", "S", "P+S"], "float32", () => v.matmul(x(["H", "S", 8]), x([8, "P+S"]))],
  [["B", "P+S"], "int64", () => v.concat([x(["B", "P"], "int64"), x(["B", "S"], "int64")], -1)],
  [["S", 2], "float32", () => v.slice(x(["P+S", 2]), 0, "P", "P+S")],
  [[4, "B", "S", 5], "float32", () => v.gather(x([4, 9, 5]), x(["B", "S"], "int64"), 1)],
  [["T", 2], "int64", () => v.topk(x(["T", 3]), 2)],
  [["T", "S"], "float32", () => v.expand(x(["S"]), ["T", "S"])],
  [[2], "uint8", () => v.cast(x([2], "bool"), "uint8" satisfies DType)],
  [["B", "S", "2*P"] satisfies Dim[], "float32", () => v.rearrange(x(["B", "2*P", "S"]), "a b c -> a c b")],
];
for (const [shape, dtype, build] of right)
  test(`a ${dtype} [${shape}]`, () => {
    const value = build();
    assert.deepEqual([value.shape, value.dtype], [shape, dtype]);
  });

test("values come in an order in which every input precedes its users, once each", () => {
  const a = x([2]);
  const b = v.exp(a);
  const c = v.mul(b, v.add(a, b));
  const order = v.topological([c, b]);
  assert.equal(new Set(order).size, order.length);
  for (const value of order)
    for (const from of value.inputs) assert.ok(order.indexOf(from) < order.indexOf(value));
  assert.deepEqual(
    order.map(({ op }) => op),
    ["input", "exp", "add", "mul"],
  );
});
