import assert from "node:assert/strict";
import { test } from "node:test";
import { capacityFor } from "./program.ts";

test("capacity grows in steps of 256 rows and never shrinks", () => {
  const grown = [
    [0, 0],
    [1, 0],
    [256, 0],
    [256, 256],
    [257, 256],
    [1000, 256],
    [3, 512],
  ] as const;
  assert.deepEqual(
    grown.map(([length, capacity]) => capacityFor(length, capacity)),
    [0, 256, 256, 256, 512, 1024, 512],
  );
});
