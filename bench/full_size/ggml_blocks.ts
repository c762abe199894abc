/** @file Blocks of llama.cpp's quantised types, filled at random: for speed and memory, their values mean nothing. */

import { float32ToFloat16 } from "../../src/tensor/half.ts";
import type { Random } from "../../src/tensor/random.ts";

export type GgmlType = "f32" | "q4_0" | "q4_k" | "q6_k";

interface Block {
  /** Its number in enum ggml_type. */
  readonly code: number;
  /** Weights in one block. */
  readonly weights: number;
  readonly bytes: number;
  /** Where half-precision scales lie in a block, and what the standard deviation is multiplied by to get each. */
  readonly halves: readonly (readonly [offset: number, perStd: number])[];
}

/**
 * Layouts of ggml-common.h; factors follow from uniform random bits, so that weights have mean 0 and the deviation asked
 * for.
 *
 * q4_0: d (q − 8), q of 4 bits. q4_k: d s q − m t, with s and t of 6 bits and m = 7.5 d. q6_k: d s (q − 32), q of 6
 * bits, s of 8.
 *
 * @see https://github.com/ggml-org/llama.cpp/blob/master/ggml/src/ggml-common.h
 */
export const blocks: Readonly<Record<GgmlType, Block>> = {
  f32: { code: 0, weights: 1, bytes: 4, halves: [] },
  q4_0: { code: 2, weights: 32, bytes: 18, halves: [[0, 1 / 4.64]] },
  q4_k: {
    code: 12,
    weights: 256,
    bytes: 144,
    halves: [
      [0, 1 / 258],
      [2, 7.5 / 258],
    ],
  },
  q6_k: { code: 14, weights: 256, bytes: 210, halves: [[208, 1 / 1366]] },
};

/** Bytes of a tensor. `shape` is in rows as PyTorch has it: the last axis is contiguous. */
export function ggmlBytes(type: GgmlType, shape: readonly number[]): number {
  const { weights, bytes } = blocks[type];
  const row = shape.at(-1) ?? 1;
  if (row % weights !== 0)
    throw new RangeError(`${type}: expected rows of a multiple of ${weights} weights, got rows of ${row}`);
  return (shape.reduce((a, b) => a * b, 1) / weights) * bytes;
}

/** Blocks with random weights of deviation `std`. Not for f32. */
export function randomBlocks(type: GgmlType, count: number, std: number, random: Random): Uint8Array {
  const { bytes, halves } = blocks[type];
  const data = Uint8Array.from({ length: count * bytes }, () => random() * 256);
  const scales = new Uint16Array(halves.length);
  float32ToFloat16(
    Float32Array.from(halves, ([, perStd]) => std * perStd),
    scales,
  );
  const view = new DataView(data.buffer);
  for (let start = 0; start < data.length; start += bytes)
    halves.forEach(([offset], i) => {
      view.setUint16(start + offset, scales[i]!, true);
    });
  return data;
}
