import assert from "node:assert/strict";
import { test } from "node:test";
import { recordOf } from "../../test/question_fixture.ts";
import { evaluationsNamed } from "./evaluations.ts";
import type { Condition, Exchange, Given } from "./exchange.ts";
import { expertLoadsOf } from "./expert_loads.ts";
import { questionOf } from "./questions.ts";
import type { AnsweredEvaluation } from "./score_run.ts";

const [report, choice] = evaluationsNamed(["report", "single choice"]);

const exchange = (region: "breast" | "liver", fields: Partial<Given>): Exchange => ({
  question: questionOf(recordOf({ region }), "q"),
  given: { id: "q", text: "A cyst.", finish: "stop", ...fields },
});
const by = (
  exchanges: readonly Exchange[],
  fields: Partial<AnsweredEvaluation> = {},
): AnsweredEvaluation => ({
  evaluation: report!,
  model: "m",
  condition: "pictures",
  exchanges,
  ...fields,
});
const breast = exchange("breast", {
  expertCounts: [
    [1, 3],
    [4, 0],
  ],
});
const liver = exchange("liver", {
  expertCounts: [
    [12, 0],
    [3, 9],
  ],
});
const uncounted = exchange("liver", {});

test("choices are summed over evaluations by region and over all, whoever has more tokens weighing more", () => {
  const loads = expertLoadsOf([by([breast]), by([liver], { evaluation: choice! })]);
  assert.deepEqual(loads, [
    { model: "m", region: "all", layer: 0, shares: [13 / 16, 3 / 16] },
    { model: "m", region: "all", layer: 1, shares: [7 / 16, 9 / 16] },
    { model: "m", region: "breast", layer: 0, shares: [0.25, 0.75] },
    { model: "m", region: "breast", layer: 1, shares: [1, 0] },
    { model: "m", region: "liver", layer: 0, shares: [1, 0] },
    { model: "m", region: "liver", layer: 1, shares: [0.25, 0.75] },
  ]);
});

test("one region is all of them", () => {
  assert.deepEqual(
    expertLoadsOf([by([breast, breast])]).map(({ region }) => region),
    ["all", "all"],
  );
});

test("a model that does not tell all its answers' choices has no load; other models keep theirs", () => {
  const loads = expertLoadsOf([
    by([breast, uncounted]),
    by([liver], { model: "other" }),
    by([uncounted], { model: "dense" }),
  ]);
  assert.deepEqual([...new Set(loads.map(({ model }) => model))], ["other"]);
});

test("questions without an answer and controls count for nothing", () => {
  const lost = exchange("liver", { text: "", finish: "failed", problem: "no file" });
  const controls: readonly Condition[] = ["no picture", "noise", "other picture", "majority"];
  const parts = controls.map((condition) => by([liver, uncounted], { condition }));
  assert.deepEqual(expertLoadsOf([by([breast, lost]), ...parts]), expertLoadsOf([by([breast])]));
  assert.deepEqual(expertLoadsOf([by([lost])]), []);
});
