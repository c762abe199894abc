/** @file Answers as probabilities of classes, and how near they are to the truth: the Brier score. */

import { RequestError } from "../../errors.ts";
import { classesText } from "./confusion.ts";
import { type Metric, meanOf } from "./metric.ts";

/** A question with one right class, and how probable each class was to the model. */
export interface ProbabilityItem {
  readonly expected: string;
  /** From 0 to 1, at most 1 together. A class that is not named has 0; an answer that does not parse names none. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** @throws RequestError unless every probability is from 0 to 1 and an item's make at most 1 together */
export function assertProbabilities(items: readonly ProbabilityItem[]): void {
  for (const [row, { probabilities }] of items.entries()) {
    const all = Object.entries(probabilities);
    const wrong = all.find(([, value]) => !(value >= 0 && value <= 1));
    if (wrong)
      throw new RequestError(
        `item ${row}`,
        `expected a probability of ${wrong[0]} from 0 to 1, got ${wrong[1]}`,
      );
    const total = all.reduce((sum, [, value]) => sum + value, 0);
    if (total > 1 + 1e-6)
      throw new RequestError(`item ${row}`, `expected probabilities of at most 1 together, got ${total}`);
  }
}

/** The probability of a class, 0 where none is given. */
export const probabilityOf = ({ probabilities }: ProbabilityItem, name: string): number =>
  probabilities[name] ?? 0;

const squaredError = (item: ProbabilityItem, name: string): number =>
  (probabilityOf(item, name) - Number(item.expected === name)) ** 2;

/**
 * Brier score over several classes, from 0 to 2: the mean of Σ (p − y)². With two classes twice that of either.
 *
 * @param classes closed list
 * @see Brier 1950, Verification of forecasts expressed in terms of probability
 */
export const multiclassBrierScore = (classes: readonly string[]): Metric<ProbabilityItem> => ({
  name: "Brier score",
  signature: `${classesText(classes)}|range:0-2|unparsed:0`,
  better: "lower",
  of: (items) => {
    assertProbabilities(items);
    return meanOf(items.map((item) => classes.reduce((sum, name) => sum + squaredError(item, name), 0)));
  },
});
