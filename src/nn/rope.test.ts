import assert from "node:assert/strict";
import { test } from "node:test";
import { sectionAxes } from "./rope.ts";

test("three sections are one for each axis; with more the axes take turns, as in transformers", () => {
  assert.deepEqual(sectionAxes([2, 1, 3]), [0, 0, 1, 2, 2, 2]);
  assert.deepEqual(sectionAxes([1, 1, 2, 2, 1, 0]), [0, 1, 2, 2, 0, 0, 1]);
});
