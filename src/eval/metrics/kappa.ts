/** @file Agreement of classes beyond chance: Cohen's kappa, plain and weighted by distance on a scale. */

import {
  answeredTotals,
  type ClassItem,
  type Confusion,
  classesText,
  ofConfusion,
  sum,
} from "./confusion.ts";
import type { Metric } from "./metric.ts";

/**
 * 1 − Σ w·observed / Σ w·by chance.
 *
 * @param weight of a disagreement, 0 on the diagonal; `answered` is `classes.length` for an answer that is no class
 * @returns NaN where chance alone agrees wholly: one class expected, and nothing else answered
 */
function kappa(confusion: Confusion, weight: (expected: number, answered: number) => number): number {
  const { counts } = confusion;
  const answered = answeredTotals(confusion);
  const items = sum(answered);
  const total = (count: (expected: number, answered: number) => number) =>
    sum(counts.flatMap((row, i) => row.map((_, j) => weight(i, j) * count(i, j))));
  return 1 - total((i, j) => counts[i]![j]!) / total((i, j) => (sum(counts[i]!) * answered[j]!) / items);
}

/**
 * Cohen's kappa. An answer that is no class is a category of its own that is never expected.
 *
 * @see Cohen 1960, A coefficient of agreement for nominal scales
 */
export const cohenKappa: Metric<ClassItem> = ofConfusion(
  "kappa",
  "weights:none|unparsed:own category",
  (confusion) => kappa(confusion, (expected, answered) => Number(expected !== answered)),
);

/** How a disagreement grows with its distance on the scale. */
export type Weights = "linear" | "quadratic";
const power: Readonly<Record<Weights, number>> = { linear: 1, quadratic: 2 };

/**
 * Kappa of an ordered scale such as BI-RADS. An answer that is no step of it is as far from every step as the two ends
 * are from each other.
 *
 * @param scale every step in order, equally far apart
 * @see Cohen 1968, Weighted kappa
 */
export const weightedKappa = (weights: Weights, scale: readonly string[]): Metric<ClassItem> =>
  ofConfusion(
    `${weights} kappa`,
    `weights:${weights}|${classesText(scale)}|unparsed:greatest distance`,
    (confusion) =>
      kappa(confusion, (expected, answered) => {
        const distance = answered === scale.length ? scale.length - 1 : Math.abs(expected - answered);
        return distance ** power[weights];
      }),
    scale,
  );
