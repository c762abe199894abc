/** @file Several comparisons at once: p values that stay true together. */

/**
 * Holm's step-down correction: the k-th smallest of n p values times n − k + 1, at least as large as the one before it.
 *
 * @returns in the order given; to be compared with the level that a single p would be
 * @see Holm 1979, A simple sequentially rejective multiple test procedure
 */
export function holm(pValues: readonly number[]): number[] {
  const order = [...pValues.keys()].sort((a, b) => pValues[a]! - pValues[b]!);
  const corrected = new Array<number>(pValues.length);
  let largest = 0;
  for (const [rank, place] of order.entries()) {
    largest = Math.min(1, Math.max(largest, pValues[place]! * (pValues.length - rank)));
    corrected[place] = largest;
  }
  return corrected;
}
