import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryRun, emptyRun, score } from "../../../test/run_scores.ts";
import type { RunScores } from "../scores.ts";
import { scoresCsv } from "./csv.ts";
import { scoresJson } from "./json.ts";
import { scoresMarkdown } from "./markdown.ts";
import { ordered } from "./order.ts";
import { scoresPage } from "./page.ts";

const noPicture = async () => undefined;
const allOf = async (run: RunScores) => [
  scoresMarkdown(run),
  scoresCsv(run),
  scoresJson(run),
  await scoresPage(run, noPicture),
];

/** The run with each list turned by some places and reversed, and the provenance's fields in another order. */
function disordered(run: RunScores, places: number): RunScores {
  const turned = <T>(items: readonly T[]) => [...items.slice(places), ...items.slice(0, places)].reverse();
  return {
    worst: turned(run.worst),
    problems: turned(run.problems),
    scores: turned(run.scores),
    differences: turned(run.differences),
    confusions: turned(run.confusions),
    calibrations: turned(run.calibrations),
    expertLoads: turned(run.expertLoads ?? []),
    provenance: Object.fromEntries(Object.entries(run.provenance).reverse()),
  };
}

test("what is printed is the same bytes whatever the order of what comes in", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRun, fc.nat(20), async (run, places) => {
      assert.deepEqual(await allOf(disordered(run, places)), await allOf(run));
    }),
    { numRuns: 60 },
  );
});

test("JSON holds all there is", () => {
  fc.assert(
    fc.property(arbitraryRun, (run) => {
      assert.deepEqual(JSON.parse(scoresJson(run)), JSON.parse(JSON.stringify(ordered(run))));
    }),
  );
});

test("real pictures come before simulated and empty ones, all regions before each, worst cases worst first", () => {
  const scores = [
    score({ region: "breast" }),
    score({ pictures: "empty" }),
    score({ pictures: "simulated" }),
    score(),
    score({ metric: "error mm", better: "lower" }),
  ];
  const worst = ["balanced accuracy", "error mm"].flatMap((metric) =>
    [0.2, 0.1, 0.3].map((value) => ({
      ...score({ metric }),
      value,
      id: "q",
      asked: "",
      expected: "",
      answered: "",
      images: [],
    })),
  );
  const run = ordered({ ...emptyRun, scores, worst });
  assert.deepEqual(
    run.scores.map(({ pictures, region }) => `${pictures} ${region}`),
    ["real all", "real all", "real breast", "simulated all", "empty all"],
  );
  assert.deepEqual(
    run.worst.map(({ value }) => value),
    [0.1, 0.2, 0.3, 0.3, 0.2, 0.1],
  );
});

test("a thousand scores are printed in seconds", async () => {
  const scores = Array.from({ length: 1000 }, (_, place) =>
    score({
      region: `region ${place % 10}`,
      metric: `metric ${Math.floor(place / 10)}`,
      value: place / 1000,
    }),
  );
  const start = performance.now();
  await allOf({ ...emptyRun, scores });
  assert.ok(performance.now() - start < 5000);
});
