/** @file Whether one model is better than another on the same items: differences of two models' scores. */

import { RequestError } from "../../errors.ts";
import { namedRandom } from "../../tensor/random.ts";
import { everyRow, type Metric } from "../metrics/metric.ts";
import { type Draws, type Interval, intervalOf } from "./bootstrap.ts";
import { resample, rowsByGroup } from "./groups.ts";

/** The same questions, in the same order, as two models answered them. */
export interface Pair<Item> {
  readonly first: readonly Item[];
  readonly second: readonly Item[];
  /** The patient, examination or sweep of each item. */
  readonly groups: readonly string[];
}

/** Rounding may part differences that are equal. */
const rounding = 1e-12;

/** @throws RequestError unless all three have one length */
function assertPaired<Item>({ first, second, groups }: Pair<Item>): void {
  if (first.length !== second.length || first.length !== groups.length)
    throw new RequestError(
      "pair",
      `expected as many items of both models as groups, got ${first.length}, ${second.length} and ${groups.length}`,
    );
}

/** Share of the draws for which a condition holds, the observed one among them, so that it is never 0. */
const shareHolding = (drawn: readonly number[], holds: (difference: number) => boolean): number =>
  (1 + drawn.filter(holds).length) / (1 + drawn.length);

/** A difference, its interval, and how probable one as large is if there is none. */
export interface Difference extends Interval {
  /** Two-sided; NaN where the difference is not defined. */
  readonly p: number;
}

/**
 * The first model's score minus the second's, both on the same drawn groups. p is twice the share of the draws on the
 * lesser side of 0.
 *
 * @throws RequestError when there is no row, or the lengths differ
 * @see Koehn 2004, Statistical significance tests for machine translation evaluation
 */
export function pairedBootstrap<Item>(
  metric: Metric<Item>,
  pair: Pair<Item>,
  { count, seed }: Draws,
): Difference {
  assertPaired(pair);
  const byGroup = rowsByGroup(pair.groups);
  const random = namedRandom(seed, "paired bootstrap");
  const [first, second] = [metric.of(pair.first), metric.of(pair.second)];
  const differenceOf = (rows: readonly number[]) => first.score(rows) - second.score(rows);
  const drawn = Array.from({ length: count }, () => differenceOf(resample(byGroup, random)));
  const defined = drawn.filter((difference) => !Number.isNaN(difference));
  const tail = Math.min(
    shareHolding(defined, (difference) => difference <= rounding),
    shareHolding(defined, (difference) => difference >= -rounding),
  );
  const score = differenceOf(everyRow(pair.groups));
  return { ...intervalOf(score, drawn), p: Number.isNaN(score) ? Number.NaN : Math.min(1, 2 * tail) };
}

/** A difference without an interval. */
export type Exchange = Pick<Difference, "score" | "p" | "undefinedDraws">;

/**
 * Test that it does not matter which model gave which answer: for each group a coin decides whether the models
 * exchange all their answers. Right for any metric, also those that are no means, since each draw is two whole sets of
 * answers: the items of both models are scored as one list of twice the length, of which a draw takes either row.
 *
 * @throws RequestError when there is no row, or the lengths differ
 * @see Good 2005, Permutation, parametric and bootstrap tests of hypotheses, section 3.7
 */
export function exchangeTest<Item>(metric: Metric<Item>, pair: Pair<Item>, { count, seed }: Draws): Exchange {
  assertPaired(pair);
  const byGroup = rowsByGroup(pair.groups);
  const random = namedRandom(seed, "exchange");
  const items = pair.groups.length;
  const scored = metric.of([...pair.first, ...pair.second]);
  const rows = everyRow(pair.groups);
  /** @param isExchanged of each row */
  const differenceOf = (isExchanged: readonly boolean[]) =>
    scored.score(rows.map((row) => (isExchanged[row] ? row + items : row))) -
    scored.score(rows.map((row) => (isExchanged[row] ? row : row + items)));
  const score = differenceOf(rows.map(() => false));
  const drawn = Array.from({ length: count }, () => {
    const isExchanged = new Array<boolean>(items).fill(false);
    for (const own of byGroup) if (random() < 0.5) for (const row of own) isExchanged[row] = true;
    return differenceOf(isExchanged);
  });
  const defined = drawn.filter((difference) => !Number.isNaN(difference));
  const p = shareHolding(defined, (difference) => Math.abs(difference) >= Math.abs(score) - rounding);
  return { score, p: Number.isNaN(score) ? Number.NaN : p, undefinedDraws: drawn.length - defined.length };
}
