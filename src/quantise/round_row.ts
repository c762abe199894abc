/** @file One row of a weight to codes. */

import type { BlockFormat } from "../graph/packed.ts";
import { type Compensation, WINDOW } from "./compensation.ts";
import { codeOf, type GridChoice, gridOf } from "./grid.ts";

/** Where the codes of a row go, one element each; filled up to whole blocks by whoever packs them. */
export interface RowCodes {
  /** [width] */
  readonly codes: Uint8Array;
  /** [blocks] */
  readonly scale: Float32Array;
  /** [blocks] */
  readonly zero: Uint8Array;
}

export interface Rounding extends BlockFormat {
  readonly choice: GridChoice;
  /** One per WINDOW columns; undefined where nothing is known of the inputs. */
  readonly compensation?: readonly (Compensation | undefined)[];
}

/**
 * Round a row. With compensation a weight's error is spread over the weights of its window that are still to be
 * rounded, so that the layer's outputs, not its weights, stay near.
 *
 * @param row [width]; overwritten with what the codes stand for
 */
export function roundRow(row: Float64Array, to: RowCodes, rounding: Rounding): void {
  for (let start = 0; start < row.length; start += WINDOW) {
    const window = row.subarray(start, start + WINDOW);
    roundWindow(window, start, to, rounding);
  }
}

/** @param offset the window's first column */
function roundWindow(window: Float64Array, offset: number, to: RowCodes, rounding: Rounding): void {
  const { block, bits, choice } = rounding;
  const levels = 2 ** bits - 1;
  const { importance, factor } = rounding.compensation?.[offset / WINDOW] ?? {};
  for (let start = 0; start < window.length; start += block) {
    const end = Math.min(start + block, window.length);
    const grid = gridOf(window, [start, end], { choice, levels, ...(importance && { importance }) });
    const at = (offset + start) / block;
    to.scale[at] = grid.scale;
    to.zero[at] = grid.zero;
    for (let i = start; i < end; i++) {
      const code = codeOf(window[i]!, grid, levels);
      const rounded = (code - grid.zero) * grid.scale;
      to.codes[offset + i] = code;
      if (factor) spread(window, i, window[i]! - rounded, factor);
      window[i] = rounded;
    }
  }
}

/** Weight i is off by `error`: move those behind it so that the outputs stay. */
function spread(window: Float64Array, i: number, error: number, factor: Float64Array): void {
  const n = window.length;
  const share = error / factor[i * n + i]!;
  for (let k = i + 1; k < n; k++) window[k] = window[k]! - share * factor[i * n + k]!;
}
