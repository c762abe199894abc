import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Stretch, wordDifference } from "./word_difference.ts";

const joined = (stretches: readonly Stretch[]) => stretches.map(({ text }) => text).join("");
const differing = (stretches: readonly Stretch[]) =>
  stretches.filter(({ differs }) => differs).map(({ text }) => text);

test("each side joins to its text, and what does not differ is the same on both", () => {
  const text = fc
    .array(fc.constantFrom("a", "mass", " ", "。", "结节", "\n", "é", "12"))
    .map((words) => words.join(""));
  fc.assert(
    fc.property(text, text, (expected, answered) => {
      const [left, right] = wordDifference(expected, answered);
      assert.deepEqual([joined(left), joined(right)], [expected, answered]);
      const same = (side: readonly Stretch[]) => joined(side.filter(({ differs }) => !differs));
      assert.equal(same(left), same(right));
      if (expected === answered) assert.deepEqual(differing([...left, ...right]), []);
    }),
  );
});

test("words differ, not letters, in both languages", () => {
  const [left, right] = wordDifference("an oval mass", "an ovoid mass");
  assert.deepEqual([differing(left), differing(right)], [["oval"], ["ovoid"]]);
  const [expected, answered] = wordDifference("边界清楚，形态规则", "边界模糊，形态规则");
  assert.deepEqual([differing(expected), differing(answered)], [["清楚"], ["模糊"]]);
});
