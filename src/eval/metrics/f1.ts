/** @file F1: the harmonic mean of precision and recall, 2·TP / (expected + answered), per class and averaged. */

import {
  answeredTotals,
  type ClassItem,
  type Confusion,
  classesText,
  ofConfusion,
  sum,
} from "./confusion.ts";
import type { Metric } from "./metric.ts";

/** Per class; NaN for one neither expected nor answered. */
function classScores(confusion: Confusion): number[] {
  const answered = answeredTotals(confusion);
  return confusion.counts.map((row, place) => (2 * row[place]!) / (sum(row) + answered[place]!));
}

const unparsed = "unparsed:missed";

/** F1 of one class against all else. NaN where it is neither expected nor answered. */
export const f1Of = (name: string): Metric<ClassItem> => ({
  name: `F1 ${name}`,
  signature: `class:${name}|${unparsed}`,
  better: "higher",
  of: (items) => {
    const both = items.map(({ expected, predicted }) => Number(expected === name && predicted === name));
    const named = items.map(
      ({ expected, predicted }) => Number(expected === name) + Number(predicted === name),
    );
    return {
      score: (rows) => (2 * sum(rows.map((row) => both[row]!))) / sum(rows.map((row) => named[row]!)),
    };
  },
});

/**
 * Mean of the classes' F1. A class neither expected nor answered among the rows is left out.
 *
 * @param classes closed list; without one those expected among the rows
 */
export const macroF1 = (classes?: readonly string[]): Metric<ClassItem> =>
  ofConfusion(
    "macro F1",
    `${classesText(classes)}|${unparsed}|undefined:left out`,
    (confusion) => {
      const defined = classScores(confusion).filter((score) => !Number.isNaN(score));
      return sum(defined) / defined.length;
    },
    classes,
  );

/**
 * F1 of all decisions together. It differs from accuracy only in that an answer that is no class is missed recall but
 * no wrong decision.
 *
 * @param classes closed list; without one those expected among the rows
 */
export const microF1 = (classes?: readonly string[]): Metric<ClassItem> =>
  ofConfusion(
    "micro F1",
    `${classesText(classes)}|${unparsed}`,
    (confusion) => {
      const right = sum(confusion.counts.map((row, place) => row[place]!));
      const expected = sum(confusion.counts.map(sum));
      return (2 * right) / (expected + sum(answeredTotals(confusion).slice(0, -1)));
    },
    classes,
  );
