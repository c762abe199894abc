/**
 * @file First biases of the vision tower's attention: every head begins with looking mostly at one neighbour, as a
 * convolution does. Attention over random scores is nearly even, and learns late that what is near belongs together.
 */

import type { VisionConfig } from "../model/config.ts";
import { visionFrequencies } from "../model/vision.ts";

/** Length of each pair of a query's and a key's bias: with 3 a head sees twice as much of its place as of those beside. */
const strength = 3;

/** The eight neighbours, row and column; heads take them in turn. */
const neighbours = [-1, 0, 1]
  .flatMap((row) => [-1, 0, 1].map((column) => [row, column] as const))
  .filter(([row, column]) => row !== 0 || column !== 0);

/**
 * Bias of a block's queries, keys and values. Rotary positions turn each pair of numbers by its frequency times the
 * position; with biases alone the score between two places is Σ s² cos(θ · (distance − offset)) / √d, largest at the
 * offset.
 *
 * @param block index of the block
 * @returns [3 · embedDim]: queries, keys, values (0), head by head
 * @see Zheng et al. 2024, arXiv 2401.12511, for convolutional first weights of attention
 */
export function neighbourBias({ embedDim, heads }: VisionConfig, block: number): Float32Array {
  const bias = new Float32Array(3 * embedDim);
  const headDim = embedDim / heads;
  const { axes, frequencies } = visionFrequencies(headDim);
  for (let head = 0; head < heads; head++) {
    const offset = neighbours[(block * heads + head) % neighbours.length]!;
    for (const [j, frequency] of frequencies.entries()) {
      const [query, angle] = [head * headDim + j, frequency * offset[axes[j]!]!];
      const key = embedDim + query;
      bias[query] = strength;
      bias[key] = strength * Math.cos(angle);
      bias[key + headDim / 2] = -strength * Math.sin(angle);
    }
  }
  return bias;
}
