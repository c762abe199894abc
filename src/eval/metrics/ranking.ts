/** @file How well scores put positives before negatives: area under the ROC curve and average precision. */

import { RequestError } from "../../errors.ts";
import { classesText } from "./confusion.ts";
import { type Metric, meanOfDefined, type Scored } from "./metric.ts";
import { type ProbabilityItem, probabilityOf } from "./probability.ts";

/** Positives and negatives at one score. */
interface Tie {
  readonly positives: number;
  readonly negatives: number;
}

/**
 * Sorts once; then any rows are counted without sorting.
 *
 * @param formula of the rows' ties, the highest score first
 * @throws RequestError when a score is not a number
 */
function ofRanking(
  scores: readonly number[],
  isPositive: readonly boolean[],
  formula: (ties: readonly Tie[]) => number,
): Scored {
  if (scores.some(Number.isNaN)) throw new RequestError("scores", "expected numbers, got NaN");
  const distinct = [...new Set(scores)].sort((a, b) => b - a);
  const places = new Map(distinct.map((score, place) => [score, place]));
  const placeOf = scores.map((score) => places.get(score)!);
  return {
    score: (rows) => {
      const ties = distinct.map(() => ({ positives: 0, negatives: 0 }));
      for (const row of rows) ties[placeOf[row]!]![isPositive[row] ? "positives" : "negatives"]++;
      return formula(ties);
    },
  };
}

/** Probability that a positive scores above a negative, ties half: Mann and Whitney's U over all pairs. */
function areaOf(ties: readonly Tie[]): number {
  let [positives, negatives, won] = [0, 0, 0];
  for (const tie of ties) {
    won += tie.negatives * (positives + tie.positives / 2);
    positives += tie.positives;
    negatives += tie.negatives;
  }
  return won / (positives * negatives);
}

/** Mean over the positives of the precision at each one's score: Σ (Rₙ − Rₙ₋₁)·Pₙ, without interpolation. */
function averagePrecisionOf(ties: readonly Tie[]): number {
  let [positives, all, total] = [0, 0, 0];
  for (const tie of ties) {
    positives += tie.positives;
    all += tie.positives + tie.negatives;
    if (tie.positives > 0) total += (tie.positives * positives) / all;
  }
  return total / positives;
}

/**
 * Area under the ROC curve of any scores, not only probabilities.
 *
 * @param isPositive for each score
 * @returns NaN of rows without a positive or without a negative
 * @see Hanley and McNeil 1982, The meaning and use of the area under a ROC curve
 */
export const areaUnderRoc = (scores: readonly number[], isPositive: readonly boolean[]): Scored =>
  ofRanking(scores, isPositive, areaOf);

const isClass = (items: readonly ProbabilityItem[], name: string) =>
  items.map(({ expected }) => expected === name);
const scoresOf = (items: readonly ProbabilityItem[], name: string) =>
  items.map((item) => probabilityOf(item, name));

/** Area under the ROC curve of one class against all else. NaN where all rows are of the class, or none. */
export const auroc = (positive: string): Metric<ProbabilityItem> => ({
  name: `AUROC ${positive}`,
  signature: `positive:${positive}|ties:half|unparsed:0`,
  better: "higher",
  of: (items) => areaUnderRoc(scoresOf(items, positive), isClass(items, positive)),
});

/**
 * Mean over the classes of the area of each against all else. A class that all rows are of, or none, is left out.
 *
 * @param classes closed list
 */
export const macroAuroc = (classes: readonly string[]): Metric<ProbabilityItem> => ({
  name: "AUROC",
  signature: `${classesText(classes)}|average:macro, one against rest|ties:half|unparsed:0|undefined:left out`,
  better: "higher",
  of: (items) => {
    const areas = classes.map((name) => auroc(name).of(items));
    return {
      score: (rows) => {
        return meanOfDefined(areas.map((area) => area.score(rows)));
      },
    };
  },
});

/** Average precision of one class against all else, ties at one threshold. NaN where no row is of the class. */
export const averagePrecision = (positive: string): Metric<ProbabilityItem> => ({
  name: `average precision ${positive}`,
  signature: `positive:${positive}|interpolation:none|unparsed:0`,
  better: "higher",
  of: (items) => ofRanking(scoresOf(items, positive), isClass(items, positive), averagePrecisionOf),
});
