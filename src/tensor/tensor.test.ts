import assert from "node:assert/strict";
import { test } from "node:test";
import { float32, int64, tensor } from "./tensor.ts";

test("a tensor holds exactly its shape's elements", () => {
  assert.deepEqual(float32([2, 0, 3], []).data, new Float32Array(0));
  assert.deepEqual(int64([], [-7]).data, BigInt64Array.of(-7n));
  assert.throws(() => tensor("int32", [2, 3], new Int32Array(5)), {
    name: "ShapeError",
    message: "tensor int32: expected 6 elements for shape [2, 3], got 5",
  });
});
