import assert from "node:assert/strict";
import { test } from "node:test";
import { assistantLabels, IGNORED } from "./labels.ts";

const marks = { open: [1, 2, 3], close: [4, 3] };
const _ = IGNORED;

test("every assistant turn is learnt from behind its opening through its closing", () => {
  const ids = [9, 4, 3, 1, 2, 3, 7, 8, 4, 3, 5, 5, 1, 2, 3, 6, 4, 3];
  assert.deepEqual(assistantLabels(ids, marks), [_, _, _, _, _, _, 7, 8, 4, 3, _, _, _, _, _, 6, 4, 3]);
});

test("a turn that is empty keeps its closing; one that is not closed is not learnt", () => {
  assert.deepEqual(assistantLabels([1, 2, 3, 4, 3, 1, 2, 3, 8, 4], marks), [_, _, _, 4, 3, _, _, _, _, _]);
  assert.deepEqual(assistantLabels([], marks), []);
  assert.deepEqual(assistantLabels([5, 6, 4, 3], marks), [_, _, _, _]);
});
