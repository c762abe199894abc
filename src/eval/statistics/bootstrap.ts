/** @file How far a score could be from what other patients would have given: the bootstrap over groups. */

import { namedRandom } from "../../tensor/random.ts";
import { everyRow, type Scored } from "../metrics/metric.ts";
import { resample, rowsByGroup } from "./groups.ts";

/** How often to draw, and from which seed. */
export interface Draws {
  /** At least 1; 2000 for a 95 % interval. */
  readonly count: number;
  /** Whole number, 0 to 2³² − 1. The same seed gives the same result. */
  readonly seed: number;
}

/** A score with the interval in which 95 % of the bootstrap's scores lie. */
export interface Interval {
  readonly score: number;
  readonly low: number;
  readonly high: number;
  /** Draws whose score was not defined, as of one class only; they are left out. */
  readonly undefinedDraws: number;
}

/** Bounds of the 95 % in the middle. */
const tails = [0.025, 0.975] as const;

/**
 * The value below which a share of the values lies, between two of them by straight line.
 *
 * @param sorted ascending
 * @param share 0 to 1
 * @returns NaN of no values
 */
export function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return low + (high - low) * (place - below);
}

/** The interval of the draws around a score. */
export function intervalOf(score: number, drawn: readonly number[]): Interval {
  const defined = drawn.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const [low, high] = tails.map((share) => quantile(defined, share));
  return { score, low: low!, high: high!, undefinedDraws: drawn.length - defined.length };
}

/**
 * Percentile interval of 95 %: whole groups are drawn with replacement, as many as there are.
 *
 * @param groups the patient, examination or sweep of each row
 * @throws RequestError when there is no row
 * @see Efron and Tibshirani 1993, An introduction to the bootstrap, chapter 13
 */
export function bootstrap(scored: Scored, groups: readonly string[], { count, seed }: Draws): Interval {
  const byGroup = rowsByGroup(groups);
  const random = namedRandom(seed, "bootstrap");
  const drawn = Array.from({ length: count }, () => scored.score(resample(byGroup, random)));
  return intervalOf(scored.score(everyRow(groups)), drawn);
}
