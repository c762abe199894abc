/** @file The random numbers of dropout: the same for the same seed, step and micro-batch. */

import type { Tensors } from "../runtime/program.ts";
import { createRandom } from "../tensor/random.ts";
import { float32, int64 } from "../tensor/tensor.ts";

/** Rows that a layer chooses from: two tokens of a layer share a mask once in so many pairs. */
const ROWS = 256;

/** Which elements are dropped. */
export interface Dropout {
  /** Share of elements, 0 ≤ rate < 1. */
  readonly rate: number;
  /** Whole number, 0 to 2³² − 1. */
  readonly seed: number;
}

/** What a graph needs of the table. */
export interface DropoutSizes {
  /** Of the widest layer that drops. */
  readonly width: number;
  /** Layers that drop. */
  readonly layers: number;
}

/** Another seed for each number. */
const derived = (seed: number, number: number): number =>
  createRandom(seed + Math.imul(number, 0x9e3779b9))() * 2 ** 32;

/**
 * The inputs `dropout_masks` [R, W] and `dropout_rows` [X] of a run. @see nn/dropout.ts
 *
 * @param tokens X: those of the layer with the most
 */
export function dropoutFeeds(
  { rate, seed }: Dropout,
  { width, layers }: DropoutSizes,
  tokens: number,
  at: { step: number; microBatch: number },
): Tensors {
  const random = createRandom(derived(derived(seed, at.step), at.microBatch));
  const kept = 1 / (1 - rate);
  const height = ROWS + layers - 1;
  return {
    dropout_masks: float32(
      [height, width],
      Float32Array.from({ length: height * width }, () => (random() < rate ? 0 : kept)),
    ),
    dropout_rows: int64(
      [tokens],
      Array.from({ length: tokens }, () => Math.floor(random() * ROWS)),
    ),
  };
}
