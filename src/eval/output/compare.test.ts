import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryRun, emptyRun, identity, score } from "../../../test/run_scores.ts";
import type { RunScores, Score } from "../scores.ts";
import { compareRuns, comparisonMarkdown } from "./compare.ts";

const runOf = (...scores: Score[]): RunScores => ({ ...emptyRun, scores });
const identities = (scores: readonly Score[]) => new Set(scores.map(identity));

test("every score of both runs is told once: compared, measured otherwise, or in one run only", () => {
  fc.assert(
    fc.property(arbitraryRun, arbitraryRun, (a, b) => {
      const { pairs, measuredOtherwise, onlyFirst, onlySecond } = compareRuns(a, b);
      for (const [side, only, run] of [
        ["first", onlyFirst, a],
        ["second", onlySecond, b],
      ] as const) {
        const parts = [pairs, measuredOtherwise].map((list) => identities(list.map((one) => one[side])));
        const all = [...parts, identities(only)].flatMap((part) => [...part]);
        assert.deepEqual(all.sort(), run.scores.map(identity).sort());
      }
      for (const { first, second } of pairs) assert.equal(first.signature, second.signature);
      for (const { first, second } of measuredOtherwise) assert.notEqual(first.signature, second.signature);
    }),
  );
});

test("a run compared with itself differs nowhere and lacks nothing", () => {
  fc.assert(
    fc.property(arbitraryRun, (run) => {
      const comparison = compareRuns(run, run);
      assert.equal(comparison.pairs.length, run.scores.length);
      for (const { first, second } of comparison.pairs) assert.equal(first, second);
      assert.doesNotMatch(comparisonMarkdown(comparison, ["a", "b"]), /Measured otherwise|Only in/);
    }),
  );
});

test("turned around, a comparison is the same seen from the other side", () => {
  fc.assert(
    fc.property(arbitraryRun, arbitraryRun, (a, b) => {
      const [there, back] = [compareRuns(a, b), compareRuns(b, a)];
      const keys = (pairs: readonly { first: Score; second: Score }[], turn: boolean) =>
        pairs
          .map(({ first, second }) => [first, second].map(identity))
          .map((pair) => String(turn ? pair.reverse() : pair))
          .sort();
      assert.deepEqual(keys(there.pairs, false), keys(back.pairs, true));
      assert.deepEqual(keys(there.measuredOtherwise, false), keys(back.measuredOtherwise, true));
      assert.deepEqual(there.onlyFirst, back.onlySecond);
    }),
  );
});

test("models of one name are compared, one without a namesake with all such of the other run", () => {
  const pairsOf = (ours: string[], theirs: string[]) =>
    compareRuns(
      runOf(...ours.map((model) => score({ model }))),
      runOf(...theirs.map((model) => score({ model }))),
    ).pairs.map(({ first, second }) => `${first.model} ${second.model}`);
  assert.deepEqual(pairsOf(["a"], ["b"]), ["a b"]);
  assert.deepEqual(pairsOf(["a", "b"], ["a", "b"]), ["a a", "b b"]);
  assert.deepEqual(pairsOf(["a", "b"], ["a", "c", "d"]), ["a a", "b c", "b d"]);
});

test("scores of other signatures are named with both, not compared", () => {
  const comparison = compareRuns(
    runOf(score({ value: 0.5 }), score({ metric: "F1", value: 0.412 }), score({ region: "liver" })),
    runOf(score({ signature: "v2" }), score({ metric: "F1", value: 0.5 }), score({ region: "heart" })),
  );
  const markdown = comparisonMarkdown(comparison, ["runs/a", "runs/<b>"]);
  assert.match(
    markdown,
    /\| All regions \| F1\[\^1\] \| pictures \| nano \| 0\.412 \| 0\.500 \| \+0\.088 \|/,
  );
  assert.match(
    markdown,
    /## Measured otherwise, not compared\n\n- .*`balanced_accuracy\|classes:3` in the first, `v2` in the second/,
  );
  assert.match(
    markdown,
    /## Only in runs\/a\n\n- .*liver.*\n\n## Only in runs\/&lt;b>\n\n- .*heart.*\n\n## Signatures\n\n\[\^1\]: `balanced_accuracy\|classes:3`\n$/,
  );
});

test("questions and settings that are not the same in both runs are told before any number", () => {
  const runWith = (seed: number, sha256: string, more: object = {}): RunScores => ({
    ...runOf(score()),
    provenance: { questions: { report: { sha256 }, ...more }, settings: { seed } },
  });
  const [a, b] = [runWith(1, "f00"), runWith(2, "f01", { region: { sha256: "f02" } })];
  const comparison = compareRuns(a, b);
  assert.deepEqual(comparison.unlike, [
    { what: "questions.report.sha256", first: "f00", second: "f01" },
    { what: "settings.seed", first: "1", second: "2" },
  ]);
  assert.match(
    comparisonMarkdown(comparison, ["a", "b"]),
    /## Not the same in both runs\n\n- .*f00.*\n- .*seed/,
  );
  assert.deepEqual(compareRuns(a, a).unlike, []);
});
