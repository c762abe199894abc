/** @file Low-rank updates of a run: which layers have them, and their first values. */

import type { LoraPlan, LoraSize } from "../nn/scope.ts";
import { createRandom } from "../tensor/random.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";

/** Every path that `adapts` gets an update of one size. */
export const loraPlan =
  (adapts: (path: string) => boolean, { rank, alpha }: { rank: number; alpha: number }): LoraPlan =>
  (path): LoraSize | undefined =>
    adapts(path) ? { rank, scale: alpha / rank } : undefined;

/**
 * First values: A uniform within ±1/√in, B zero, so that an update begins without effect.
 *
 * @param shapes of the base model's weights, by name
 * @see Hu et al. 2021, arXiv 2106.09685, section 4.1; the bound is that of PEFT
 */
export function loraStart(
  shapes: ReadonlyMap<string, readonly number[]>,
  plan: LoraPlan,
  seed: number,
): Map<string, Tensor> {
  const random = createRandom(seed);
  const start = new Map<string, Tensor>();
  for (const [name, shape] of shapes) {
    const path = name.replace(/\.weight$/, "");
    const size = path === name ? undefined : plan(path);
    const [outDim, inDim] = shape;
    if (size === undefined || outDim === undefined || inDim === undefined) continue;
    const a = Float32Array.from({ length: size.rank * inDim }, () => (2 * random() - 1) / Math.sqrt(inDim));
    start.set(`${path}.lora_A.weight`, float32([size.rank, inDim], a));
    start.set(`${path}.lora_B.weight`, float32([outDim, size.rank], new Float32Array(outDim * size.rank)));
  }
  return start;
}
