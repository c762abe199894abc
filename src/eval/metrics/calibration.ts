/** @file Whether probabilities come true as often as they say: reliability curves and the calibration error. */

import { classesText } from "./confusion.ts";
import { everyRow, type Metric } from "./metric.ts";
import { assertProbabilities, type ProbabilityItem, probabilityOf } from "./probability.ts";

/** One point of a reliability curve: answers whose confidence lies in (from, to], the first also at 0. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean confidence; NaN of no answers. */
  readonly confidence: number;
  /** Share that came true; NaN of no answers. */
  readonly observed: number;
}

/** What the model said of one item with some confidence, and whether it came true. */
interface Claim {
  readonly confidence: number;
  readonly isTrue: boolean;
}

function binned(claims: readonly Claim[], bins: number, rows: readonly number[]): ReliabilityBin[] {
  const totals = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, isTrue: 0 }));
  for (const row of rows) {
    const { confidence, isTrue } = claims[row]!;
    const total = totals[Math.max(0, Math.ceil(confidence * bins) - 1)]!;
    total.count++;
    total.confidence += confidence;
    total.isTrue += Number(isTrue);
  }
  return totals.map(({ count, confidence, isTrue }, bin) => ({
    from: bin / bins,
    to: (bin + 1) / bins,
    count,
    confidence: confidence / count,
    observed: isTrue / count,
  }));
}

/** The likeliest class, of equals the first in the list. Without probabilities: confidence 0, and wrong. */
function topClaims(items: readonly ProbabilityItem[], classes: readonly string[]): Claim[] {
  assertProbabilities(items);
  return items.map((item) => {
    const all = classes.map((name) => probabilityOf(item, name));
    const confidence = Math.max(...all);
    return { confidence, isTrue: confidence > 0 && classes[all.indexOf(confidence)] === item.expected };
  });
}

/**
 * Reliability curve of the likeliest class.
 *
 * @param classes closed list
 * @param bins of equal width, at least 1
 */
export const topLabelReliability = (
  items: readonly ProbabilityItem[],
  classes: readonly string[],
  bins: number,
): ReliabilityBin[] => binned(topClaims(items, classes), bins, everyRow(items));

/** Mean distance of confidence from what came true, weighted by the bins' counts. */
function calibrationErrorOf(curve: readonly ReliabilityBin[], items: number): number {
  const filled = curve.filter(({ count }) => count > 0);
  return (
    filled.reduce(
      (sum, { count, confidence, observed }) => sum + count * Math.abs(confidence - observed),
      0,
    ) / items
  );
}

/**
 * Expected calibration error of the likeliest class.
 *
 * @param classes closed list
 * @param bins of equal width, at least 1
 * @see Guo et al. 2017, On calibration of modern neural networks, equation 3
 */
export const topLabelCalibrationError = (
  classes: readonly string[],
  bins: number,
): Metric<ProbabilityItem> => ({
  name: "ECE",
  signature: `${classesText(classes)}|label:top|bins:${bins}|width:equal|edges:upper in|unparsed:0`,
  better: "lower",
  of: (items) => {
    const claims = topClaims(items, classes);
    return { score: (rows) => calibrationErrorOf(binned(claims, bins, rows), rows.length) };
  },
});
