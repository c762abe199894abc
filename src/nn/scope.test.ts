import assert from "node:assert/strict";
import { test } from "node:test";
import { Scope } from "./scope.ts";

test("a parameter's name is the path to it, and asking again gives the same value", () => {
  const root = new Scope();
  const layer = root.in("model").in("layers", 3);
  const weight = layer.in("mlp").param("weight", [2, 3]);
  assert.equal(root.in("model.layers.3.mlp").param("weight", [2, 3]), weight);
  assert.deepEqual([...root.parameters], [["model.layers.3.mlp.weight", weight]]);
  assert.throws(() => layer.param("mlp.weight", [3, 2]), {
    name: "ShapeError",
    message: "model.layers.3.mlp.weight: expected the shape asked for before, [2, 3], got [3, 2]",
  });
});
