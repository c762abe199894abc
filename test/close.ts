/** @file Comparison of tensors with numbers. */

import assert from "node:assert/strict";

/** Largest |actual − expected| / max(1, |expected|); infinite if any is NaN or the lengths differ. */
export function distance(actual: ArrayLike<number | bigint>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < expected.length; i++) {
    const far = Math.abs(Number(actual[i]) - expected[i]!) / Math.max(1, Math.abs(expected[i]!));
    worst = Number.isNaN(far) ? Number.POSITIVE_INFINITY : Math.max(worst, far);
  }
  return worst;
}

/** Fail unless all numbers agree within `tolerance`, absolute or relative, whichever is wider. */
export function assertClose(
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number>,
  what: string,
  tolerance = 1e-5,
): void {
  const far = distance(actual, expected);
  assert.ok(
    far <= tolerance,
    `${what}: ${actual.length} numbers differ from ${expected.length} by ${far}, allowed ${tolerance}`,
  );
}
