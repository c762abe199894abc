import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lookUp } from "./lookup.ts";

test("what followed the longest equal end, twice as far as it agrees", () => {
  const tokens = [1, 2, 3, 7, 7, 7, 7, 7, 9, 3, 8, 1, 2, 3];
  assert.deepEqual(lookUp(tokens, 99), [7, 7, 7, 7, 7, 9], "three agree, so six; not the later 3 8");
  assert.deepEqual(lookUp(tokens, 2), [7, 7]);
  assert.deepEqual(lookUp(tokens, 0), []);
});

test("of equal matches the latest; it may reach into the end itself", () => {
  assert.deepEqual(lookUp([5, 1, 0, 5, 2, 0, 5], 1), [2]);
  assert.deepEqual(lookUp([4, 4, 4], 9), [4]);
});

test("nothing seen twice, nothing guessed", () => {
  assert.deepEqual(lookUp([1, 2, 3], 9), []);
  assert.deepEqual(lookUp([1], 9), []);
  assert.deepEqual(lookUp([], 9), []);
});

/** The definition: try every length from the longest down, every place from the latest back. */
function slowly(tokens: readonly number[], most: number): number[] {
  for (let length = Math.min(4, tokens.length); length > 0; length--)
    for (let end = tokens.length - 1; end >= length; end--)
      if (tokens.slice(end - length, end).join() === tokens.slice(-length).join())
        return tokens.slice(end, end + Math.min(most, 2 * length));
  return [];
}

test("it is the definition on any sequence of few different tokens", () => {
  const tokens = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 });
  fc.assert(
    fc.property(tokens, fc.integer({ min: 0, max: 12 }), (sequence, most) => {
      assert.deepEqual(lookUp(sequence, most), slowly(sequence, most));
    }),
    { numRuns: 2000 },
  );
});
