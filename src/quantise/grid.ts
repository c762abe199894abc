/** @file The evenly spaced values that a block of weights is rounded to. */

/** Code q stands for (q − zero) · scale; scale is a float32 above 0, zero a code itself. */
export interface Grid {
  readonly scale: number;
  readonly zero: number;
}

/** The smallest scale whose float32 keeps all its digits: a block that would need less is taken for zeros. */
const SMALLEST_SCALE = 2 ** -126;

/** How a block gets its grid: from its extremes, or where the rounded block is nearest to it. */
export type GridChoice = "extremes" | "fitted";

/** Shares of a block's range that a 4-bit grid may cover: clipping the tails rounds everything between them finer. */
const shares = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6];

/** The code of a value. @param levels the largest code */
export const codeOf = (value: number, { scale, zero }: Grid, levels: number): number =>
  Math.min(Math.max(Math.round(value / scale) + zero, 0), levels);

/**
 * The grid of a block.
 *
 * Fitted: for each share of the range the codes are found, and with them the scale for which Σ hᵢ (wᵢ − ŵᵢ)² is least,
 * which has a closed form: with cᵢ = qᵢ − zero, scale = Σ h w c / Σ h c², and what is left is Σ h w² − (Σ h w c)² / Σ h c².
 * The largest subtrahend wins.
 *
 * @param weights of which start..end−1 are the block
 * @param importance hᵢ by the same index; all 1 when absent
 * @param levels 2^bits − 1
 */
export function gridOf(
  weights: Float64Array,
  [start, end]: readonly [number, number],
  { choice, levels, importance }: { choice: GridChoice; levels: number; importance?: Float64Array },
): Grid {
  let [low, high] = [0, 0]; // a grid holds 0, since its zero point is a code
  for (let i = start; i < end; i++) {
    const weight = weights[i]!;
    if (weight < low) low = weight;
    else if (weight > high) high = weight;
  }
  if ((high - low) / levels < SMALLEST_SCALE) return { scale: 1, zero: 0 };
  let best = covering(low, high, levels);
  if (choice === "extremes") return best;
  let most = Number.NEGATIVE_INFINITY;
  const consider = (grid: Grid): void => {
    const { scale, gain } = refit(weights, [start, end], grid, levels, importance);
    if (gain <= most || !(scale >= SMALLEST_SCALE)) return;
    most = gain;
    best = { scale, zero: grid.zero };
  };
  for (const share of levels > 15 ? [1] : shares) consider(covering(low * share, high * share, levels));
  consider(best); // with the better scale some codes are others
  return best;
}

function covering(low: number, high: number, levels: number): Grid {
  const scale = Math.fround((high - low) / levels);
  return { scale, zero: Math.min(Math.max(Math.round(-low / scale), 0), levels) };
}

/**
 * The best scale for a grid's codes, and how much of Σ h w² it explains. Ten times for every weight of a model, so
 * without `codeOf`, Math.round and Math.min, which make it four times slower.
 */
function refit(
  weights: Float64Array,
  [start, end]: readonly [number, number],
  { scale, zero }: Grid,
  levels: number,
  importance: Float64Array | undefined,
): { scale: number; gain: number } {
  let [product, square] = [0, 0];
  const [inverse, low, high] = [1 / scale, -zero, levels - zero];
  for (let i = start; i < end; i++) {
    const weight = weights[i]!;
    let code = Math.floor(weight * inverse + 0.5);
    if (code < low) code = low;
    else if (code > high) code = high;
    const weighted = importance ? importance[i]! * code : code;
    product += weighted * weight;
    square += weighted * code;
  }
  return square > 0
    ? { scale: Math.fround(product / square), gain: (product * product) / square }
    : { scale, gain: Number.NEGATIVE_INFINITY };
}
