/** @file Whole rows of a weight to the bytes that MatMulNBits reads. */

import { packedShapes } from "../graph/packed.ts";
import { type Rounding, type RowCodes, roundRow } from "./round_row.ts";
import { addErrors, type ErrorSums, noError, rowError } from "./weight_error.ts";

/** @see graph/packed.ts for the parts and their shapes */
export interface RoundedRows {
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly scale: Float32Array<ArrayBuffer>;
  readonly zero: Uint8Array<ArrayBuffer>;
  readonly error: ErrorSums;
}

/** @param rows [n, width], row-major; they do not depend on each other, so a weight may be cut between any two */
export function roundRows(rows: Float32Array, width: number, rounding: Rounding): RoundedRows {
  const out = rows.length / width;
  const shapes = packedShapes([out, width], rounding);
  const [, blocks, blockBytes] = shapes.packed;
  const packed = new Uint8Array(out * blocks * blockBytes);
  const scale = new Float32Array(out * blocks);
  const zero = new Uint8Array(out * shapes.zero[1]);
  const codes = new Uint8Array(blocks * rounding.block);
  const zeros = new Uint8Array((shapes.zero[1] * 8) / rounding.bits); // filled up to whole bytes
  const original = new Float64Array(width);
  const rounded = new Float64Array(width);
  let error = noError;
  for (let row = 0; row < out; row++) {
    original.set(rows.subarray(row * width, (row + 1) * width));
    rounded.set(original);
    const to: RowCodes = { codes, scale: scale.subarray(row * blocks, (row + 1) * blocks), zero: zeros };
    roundRow(rounded, to, rounding);
    error = addErrors(error, rowError(original, rounded));
    // What fills up the last block stands for 0.
    codes.fill(zeros[blocks - 1]!, width);
    pack(codes, packed.subarray(row * blocks * blockBytes, (row + 1) * blocks * blockBytes), rounding.bits);
    pack(zeros, zero.subarray(row * shapes.zero[1], (row + 1) * shapes.zero[1]), rounding.bits);
  }
  return { packed, scale, zero, error };
}

/** Codes into bytes, two to a byte at 4 bits, the first in the lower half. */
function pack(codes: Uint8Array, bytes: Uint8Array, bits: 4 | 8): void {
  if (bits === 8) bytes.set(codes);
  else for (let i = 0; i < bytes.length; i++) bytes[i] = codes[2 * i]! | (codes[2 * i + 1]! << 4);
}
