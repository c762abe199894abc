/** @file Scores arranged as the tables that Markdown and the page print: under every score, what is left without looking. */

import { type Condition, conditions } from "../exchange.ts";
import type { Difference, RunScores, Score, Selection } from "../scores.ts";
import { decimalsFor, shownDifference } from "./digits.ts";
import { grouped } from "./order.ts";

/** One model's place in a line. */
export interface Cell {
  readonly score: Score | undefined;
  /** The score with pictures less the one under this control, of the numbers as shown; absent where either is. */
  readonly gap: number | undefined;
}

/** One metric under one condition. */
export interface Line {
  readonly condition: Condition;
  /** The majority's score, which is no model's. */
  readonly shared: Score | undefined;
  /** In the order of the section's models. */
  readonly cells: readonly Cell[];
}

export interface MetricLines {
  readonly metric: string;
  readonly signature: string;
  readonly better: Score["better"];
  readonly isDetail: boolean;
  /** Decimals of every number of it. */
  readonly decimals: number;
  /** In the order of the conditions, those without any score left out; of a detail that with pictures alone. */
  readonly lines: readonly Line[];
}

type Place = Pick<Selection, "evaluation" | "pictures" | "region">;

/** One table: a region of an evaluation, of one kind of picture. */
export interface Section extends Place {
  readonly models: readonly string[];
  readonly metrics: readonly MetricLines[];
  /** Of all metrics but details. */
  readonly differences: readonly Difference[];
}

/**
 * @param run sections, metrics and differences come in its order
 * @throws Error when two scores are of the same model, selection, metric and signature
 */
export function sectionsOf({ scores, differences }: RunScores): Section[] {
  const place = ({ evaluation, pictures, region }: Place) => [evaluation, pictures, region];
  return grouped<Score | Difference>([...scores, ...differences], place).map((group) => {
    const { evaluation, pictures, region } = group[0]!;
    const own = group.filter((one) => "value" in one);
    const models = modelsOf(own);
    const details = new Set(own.flatMap(({ metric, isDetail }) => (isDetail ? [metric] : [])));
    return {
      evaluation,
      pictures,
      region,
      models,
      metrics: grouped(own, ({ metric, signature }) => [metric, signature]).map((rows) =>
        metricLines(rows, models),
      ),
      differences: group.filter((one) => "difference" in one).filter(({ metric }) => !details.has(metric)),
    };
  });
}

/** Names of the models that were asked, sorted; the majority is none. */
export const modelsOf = (scores: readonly Score[]): string[] =>
  [...new Set(scores.filter(({ condition }) => condition !== "majority").map(({ model }) => model))].sort();

function metricLines(scores: readonly Score[], models: readonly string[]): MetricLines {
  const { metric, signature, better, isDetail } = scores[0]!;
  const decimals = decimalsFor(
    scores.flatMap(({ value, interval }) => [...(value === null ? [] : [value]), ...(interval ?? [])]),
  );
  const find = (condition: Condition, model?: string) => {
    const found = scores.filter(
      (one) => one.condition === condition && (model === undefined || one.model === model),
    );
    if (found.length > 1)
      throw new Error(`two scores of ${metric} for ${found[0]!.model}, ${condition}, ${found[0]!.region}`);
    return found[0];
  };
  const shown = isDetail ? (["pictures"] as const) : conditions;
  const lines = shown.map((condition): Line => {
    const shared = condition === "majority" ? find("majority") : undefined;
    const cells = models.map((model): Cell => {
      const score = shared ? undefined : find(condition, model);
      const [seen, control] = [find("pictures", model)?.value ?? null, (shared ?? score)?.value ?? null];
      const isGap = condition !== "pictures" && seen !== null && control !== null;
      return { score, gap: isGap ? shownDifference(seen, control, decimals) : undefined };
    });
    return { condition, shared, cells };
  });
  const present = lines.filter(({ shared, cells }) => shared || cells.some(({ score }) => score));
  return { metric, signature, better, isDetail: isDetail === true, decimals, lines: present };
}

/** Each signature once, in the order in which the tables name them; its place plus one is its footnote. */
export const signaturesOf = (sections: readonly Section[]): string[] => [
  ...new Set(
    sections.flatMap(({ metrics, differences }) => [...metrics, ...differences]).map((one) => one.signature),
  ),
];

/** What stands for a region in a heading. */
export const regionTitle = (region: string): string => (region === "all" ? "All regions" : region);

/** How a reader knows which way is up. */
export const betterMark = { higher: "↑", lower: "↓" } as const;

/** How many ids of a problem are written out. */
const namedIds = 10;

/** The first ids, then how many more there are. */
export const idsText = (ids: readonly string[]): string[] =>
  ids.length <= namedIds ? [...ids] : [...ids.slice(0, namedIds), `and ${ids.length - namedIds} more`];
