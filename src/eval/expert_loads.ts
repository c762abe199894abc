/** @file Answers to expert load: how the tokens of each region's questions were spread over the experts of each layer. */

import type { Exchange } from "./exchange.ts";
import { grouped } from "./output/order.ts";
import { regionIn } from "./questions.ts";
import type { AnsweredEvaluation } from "./score_run.ts";
import type { ExpertLoad } from "./scores.ts";

/**
 * The load of every model that told which experts it chose, over all its answers to the pictures. There is none of a
 * model where an answer lacks it, such as one that was kept before they were counted: it would be of some questions
 * only.
 */
export const expertLoadsOf = (answered: readonly AnsweredEvaluation[]): ExpertLoad[] =>
  grouped(
    answered.filter(({ condition }) => condition === "pictures"),
    ({ model }) => [model],
  ).flatMap((own) =>
    loadsOf(
      own[0]!.model,
      own.flatMap(({ exchanges }) => exchanges).filter(({ given }) => given.finish !== "failed"),
    ),
  );

/** All regions together and, where there are several, each. */
function loadsOf(model: string, exchanges: readonly Exchange[]): ExpertLoad[] {
  const told = exchanges.flatMap(({ question, given: { expertCounts } }) =>
    expertCounts ? [{ region: regionIn(question.record) ?? "none", expertCounts }] : [],
  );
  if (told.length < exchanges.length) return [];
  const byRegion = grouped(told, ({ region }) => [region]);
  const all = { region: "all", own: told };
  const each = byRegion.map((own) => ({ region: own[0]!.region, own }));
  return [all, ...(each.length > 1 ? each : [])].flatMap(({ region, own }) =>
    (own[0]?.expertCounts ?? []).map((experts, layer) => {
      const counts = experts.map((_, expert) => sum(own.map((one) => one.expertCounts[layer]![expert]!)));
      const choices = sum(counts);
      return { model, region, layer, shares: counts.map((count) => count / choices) };
    }),
  );
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
