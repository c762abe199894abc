/**
 * @file Errors of measured quantities. What is not answered has no error: means of errors are over the answered, and
 * to be read beside the share answered; shares within a tolerance are over all.
 */

import { RequestError } from "../../errors.ts";
import { type Metric, meanOf, meanOfDefined, type Scored } from "./metric.ts";

/** A question whose answer is a quantity. */
export interface MeasurementItem {
  readonly expected: number;
  /** In the same unit. Undefined, or not finite, where the answer names no quantity. */
  readonly answered: number | undefined;
  readonly unit: string;
}

/** Answered minus expected; undefined where there is no answer. */
function errorOf({ expected, answered }: MeasurementItem): number | undefined {
  return answered !== undefined && Number.isFinite(answered) ? answered - expected : undefined;
}

/** @throws RequestError when an item is in another unit */
function errorsIn(items: readonly MeasurementItem[], unit: string): (number | undefined)[] {
  const other = items.find((item) => item.unit !== unit);
  if (other) throw new RequestError("unit", `expected measurements in ${unit}, got one in ${other.unit}`);
  return items.map(errorOf);
}

/** @throws RequestError when a share of nothing is asked for */
function relativeErrors(items: readonly MeasurementItem[]): (number | undefined)[] {
  if (items.some(({ expected }) => expected === 0))
    throw new RequestError(
      "expected",
      "expected quantities other than 0, of which an error can be a share, got 0",
    );
  return items.map((item) => {
    const error = errorOf(item);
    return error === undefined ? undefined : Math.abs(error / item.expected);
  });
}

/** Mean of those that are answered. */
const meanOfAnswered = (errors: readonly (number | undefined)[]): Scored => ({
  score: (rows) => meanOfDefined(rows.map((row) => errors[row] ?? Number.NaN)),
});

const leftOut = "unanswered:left out";

/** Share of questions that a quantity answers, to be printed beside every mean error. */
export const shareAnswered: Metric<MeasurementItem> = {
  name: "share answered",
  signature: "of:all",
  better: "higher",
  of: (items) => meanOf(items.map((item) => Number(errorOf(item) !== undefined))),
};

/** Mean absolute error of the answered, in the unit. @throws RequestError from `of` when an item is in another */
export const meanAbsoluteError = (unit: string): Metric<MeasurementItem> => ({
  name: `mean absolute error in ${unit}`,
  signature: `unit:${unit}|${leftOut}`,
  better: "lower",
  of: (items) =>
    meanOfAnswered(errorsIn(items, unit).map((error) => (error === undefined ? undefined : Math.abs(error)))),
});

/** Root of the mean square error of the answered, in the unit. @throws RequestError from `of` when an item is in another */
export const rootMeanSquareError = (unit: string): Metric<MeasurementItem> => ({
  name: `root mean square error in ${unit}`,
  signature: `unit:${unit}|${leftOut}`,
  better: "lower",
  of: (items) => {
    const squares = meanOfAnswered(
      errorsIn(items, unit).map((error) => (error === undefined ? undefined : error ** 2)),
    );
    return { score: (rows) => Math.sqrt(squares.score(rows)) };
  },
});

/** Mean of the errors of the answered as shares of what is expected. @throws RequestError from `of` when that is 0 */
export const meanRelativeError: Metric<MeasurementItem> = {
  name: "mean relative error",
  signature: leftOut,
  better: "lower",
  of: (items) => meanOfAnswered(relativeErrors(items)),
};

/**
 * Share of all questions answered within a share of the truth.
 *
 * @param tolerance 0.1 for ten percent
 * @throws RequestError from `of` when an expected quantity is 0
 */
export const withinRelative = (tolerance: number): Metric<MeasurementItem> => ({
  name: `within ${Number((100 * tolerance).toPrecision(12))} %`,
  signature: `tolerance:${tolerance} of expected|unanswered:outside`,
  better: "higher",
  of: (items) =>
    meanOf(relativeErrors(items).map((error) => Number(error !== undefined && error <= tolerance))),
});

/**
 * 1 − RMSE of quantities scaled so that their range becomes 0 to 1, as U2-BENCH scores clinical values. What is not
 * answered is wrong by the whole range, and no answer by more: none is worse than silence.
 *
 * @param range of the quantity, in the unit, `to` above `from`
 * @throws RequestError from `of` when an item is in another unit
 * @see Le et al. 2025, U2-BENCH (arXiv 2505.17779)
 */
export const normalisedRmseScore = (
  range: { readonly from: number; readonly to: number },
  unit: string,
): Metric<MeasurementItem> => ({
  name: `1 - RMSE over ${range.from}-${range.to} ${unit}`,
  signature: `range:${range.from}-${range.to} ${unit}|unanswered:error 1|errors:at most 1`,
  better: "higher",
  of: (items) => {
    const scaled = errorsIn(items, unit).map((error) =>
      error === undefined ? 1 : Math.min(1, Math.abs(error) / (range.to - range.from)),
    );
    const squares = meanOf(scaled.map((error) => error ** 2));
    return { score: (rows) => 1 - Math.sqrt(squares.score(rows)) };
  },
});
