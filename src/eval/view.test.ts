import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { recordOf } from "../../test/question_fixture.ts";
import { answeredBy } from "./evaluation.ts";
import { accuracy } from "./metrics/accuracy.ts";
import type { ClassItem } from "./metrics/confusion.ts";
import { macroF1 } from "./metrics/f1.ts";
import { questionOf } from "./questions.ts";
import { viewOf } from "./view.ts";

const definition = {
  read: ({ question, given }: ReturnType<typeof answeredBy>): ClassItem => ({
    expected: question.expected,
    predicted: given.text || undefined,
  }),
  metrics: [accuracy, macroF1()],
};
const view = viewOf(definition);
const draws = { count: 30, seed: 2 };

const exchanges = fc
  .array(fc.tuple(fc.constantFrom("a", "b"), fc.constantFrom("a", "b", ""), fc.constantFrom("x", "y", "z")), {
    minLength: 1,
    maxLength: 12,
  })
  .map((rows) =>
    rows.map(([expected, text, group], n) =>
      answeredBy(questionOf(recordOf({ expected, group }), `q${n}`), text),
    ),
  );

test("equal answers differ by 0 with p 1; turned around, a difference is its negative", () => {
  fc.assert(
    fc.property(exchanges, (own) => {
      for (const { score, p } of view.compare(own, own, draws)) assert.deepEqual([score, p], [0, 1]);
      const other = own.map(({ question, given }) => answeredBy(question, given.text === "a" ? "b" : "a"));
      const [there, back] = [view.compare(own, other, draws), view.compare(other, own, draws)];
      for (const [n, { score, low, p }] of there.entries()) {
        assert.equal(score + back[n]!.score, 0);
        assert.ok(Math.abs(low + back[n]!.high) < 1e-12);
        assert.equal(p, back[n]!.p);
      }
    }),
    { numRuns: 40 },
  );
});

test("each answer's own score is that of it alone, and their mean that of all", () => {
  fc.assert(
    fc.property(exchanges, (own) => {
      const each = view.each(own);
      for (const [n, one] of own.entries()) assert.equal(each[n], view.score([one], draws)[0]?.score);
      const mean = each.reduce((sum, value) => sum + value, 0) / own.length;
      assert.ok(Math.abs(mean - (view.score(own, draws)[0]?.score ?? Number.NaN)) < 1e-12);
    }),
    { numRuns: 40 },
  );
});

test("a view tells its label behind each name and its reading in each signature", () => {
  const [one = assert.fail()] = [answeredBy(questionOf(recordOf({}), "q"), "a")];
  const told = viewOf({ ...definition, label: "zh", reading: "letter" }).score([one], draws);
  assert.deepEqual(
    told.map(({ name, signature }) => [name, signature.replace(/version:.*/, "version")]),
    [
      ["accuracy (zh)", "read:letter|unparsed:wrong|version"],
      ["macro F1 (zh)", "read:letter|classes:expected|unparsed:missed|undefined:left out|version"],
    ],
  );
});

test("without a rule of its own a view cannot read an answer of no words", () => {
  const [empty = assert.fail(), said = assert.fail()] = [" \n", "a"].map((text) =>
    answeredBy(questionOf(recordOf({}), "q"), text),
  );
  assert.deepEqual([view.isUnread(empty), view.isUnread(said)], [true, false]);
  const own = viewOf({ ...definition, isUnread: ({ predicted }) => predicted === "a" });
  assert.deepEqual([own.isUnread(empty), own.isUnread(said)], [false, true]);
});
