/** @file Rotary angles from positions. */

import { cast, constant, cos, gather, mul, rearrange, sin, type Value } from "../graph/value.ts";
import { float32, int64 } from "../tensor/tensor.ts";

/** cos and sin of the rotary angles, each [B, S, d/2]. */
export interface RotaryTable {
  readonly cos: Value;
  readonly sin: Value;
}

/** θ^(−2j/dim) for j = 0 .. dim/2 − 1, float32. */
export const inverseFrequencies = (theta: number, dim: number): number[] =>
  Array.from({ length: dim / 2 }, (_, j) => Math.fround(1 / Math.fround(theta ** ((2 * j) / dim))));

/**
 * Rotary table in which every frequency follows one axis of the position.
 *
 * @param positions [A, B, S] int64, A axes
 * @param axes axis that each output frequency follows
 * @param frequencies the angle per position step of each output frequency, same length as `axes`
 */
export function rotaryTable(
  positions: Value,
  axes: readonly number[],
  frequencies: readonly number[],
): RotaryTable {
  const chosen = gather(cast(positions, "float32"), constant(int64([axes.length], axes)), 0);
  const steps = constant(float32([frequencies.length], frequencies));
  const angles = mul(rearrange(chosen, "f b s -> b s f"), steps);
  return { cos: cos(angles), sin: sin(angles) };
}

/**
 * Multimodal rotary axes: frequency j turns with the temporal, height or width position, by section. After the third
 * section comes the temporal axis again: with many sections every axis has high and low frequencies.
 *
 * @param sections how many frequencies follow each axis, in turn; sums to headDim / 2
 */
export const sectionAxes = (sections: readonly number[]): number[] =>
  sections.flatMap((size, index) => Array<number>(size).fill(index % 3));
