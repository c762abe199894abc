/** @file Attention masks as numbers added to scores: 0 where a key is seen, a very negative number where not. */

import { float32, type Tensor } from "../tensor/tensor.ts";

/** The most negative finite float32: a row that sees nothing stays free of NaN. */
export const UNSEEN = -3.4028234663852886e38;

/** One batch row: which of its cached and new tokens exist. */
export interface MaskRow {
  /** [P] true for a cached token, false for unused capacity or padding. */
  readonly past: readonly boolean[];
  /** [S] false for padding. */
  readonly fresh: readonly boolean[];
}

/**
 * Causal mask of S new tokens over P cached and S new keys.
 *
 * @param rows equal P and equal S in every row
 * @param window keys this far back and farther are not seen, counted in tokens that exist; null: all are seen
 * @returns [B, 1, S, P+S]
 */
export function causalMask(rows: readonly MaskRow[], window: number | null): Tensor<"float32"> {
  const [past, length] = [rows[0]?.past.length ?? 0, rows[0]?.fresh.length ?? 0];
  const data = new Float32Array(rows.length * length * (past + length)).fill(UNSEEN);
  rows.forEach((row, b) => {
    const exists = [...row.past, ...row.fresh];
    // Place of each token among those that exist, so that padding and spare capacity do not count as distance.
    let order = 0;
    const places = exists.map((real) => (real ? order++ : -1));
    for (let query = 0; query < length; query++) {
      const start = (b * length + query) * (past + length);
      for (let key = 0; key <= past + query; key++)
        if (exists[key] && (window === null || places[key]! > places[past + query]! - window))
          data[start + key] = 0;
    }
  });
  return float32([rows.length, 1, length, past + length], data);
}
