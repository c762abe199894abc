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

test("earlier sequences are looked in behind the own one, in their order, and end where they end", () => {
  const own = [1, 2, 9, 1, 2];
  assert.deepEqual(lookUp(own, 9, [[1, 2, 7]]), [9, 1, 2], "of equal matches the own one's");
  assert.deepEqual(
    lookUp([9, 1, 2], 9, [
      [1, 2, 7],
      [1, 2, 8],
    ]),
    [7],
    "then the first one's",
  );
  assert.deepEqual(lookUp([9, 1, 2], 9, [[1, 2, 7], [9, 1, 2, 8, 8], []]), [8, 8], "a longer one wins");
  assert.deepEqual(lookUp([1, 2], 9, [[1, 2], [7]]), [], "no guess runs from one into the next");
});

/** The definition: try every length from the longest down, every place from the latest back. */
function slowly(tokens: readonly number[], most: number, earlier: readonly number[][]): number[] {
  for (let length = Math.min(4, tokens.length); length > 0; length--)
    for (const text of [tokens, ...earlier])
      for (let end = text.length - 1; end >= length; end--)
        if (text.slice(end - length, end).join() === tokens.slice(-length).join())
          return text.slice(end, end + Math.min(most, 2 * length));
  return [];
}

test("it is the definition on any sequence of few different tokens", () => {
  const tokens = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 });
  fc.assert(
    fc.property(tokens, fc.nat(12), fc.array(tokens, { maxLength: 3 }), (sequence, most, earlier) => {
      assert.deepEqual(lookUp(sequence, most, earlier), slowly(sequence, most, earlier));
    }),
    { numRuns: 2000 },
  );
});
