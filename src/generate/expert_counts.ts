/** @file Which experts tokens chose, counted from the router's logits of the passes that they were in. */

import type { MoeDims } from "../nn/moe.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { freshOf } from "./pass.ts";
import type { PromptRow } from "./prompt_row.ts";

/** [row][layer][expert]: how many tokens chose it. */
export type ExpertCounts = number[][][];

export const noChoices = (
  rows: number,
  layers: number,
  { experts }: Pick<MoeDims, "experts">,
): ExpertCounts =>
  Array.from({ length: rows }, () => Array.from({ length: layers }, () => Array<number>(experts).fill(0)));

/**
 * Add the choices of one pass; padding chooses nothing.
 *
 * @param router per layer [B·S, E], of a pass over `rows` alone
 */
export function countChoices(
  counts: ExpertCounts,
  rows: readonly PromptRow[],
  router: readonly Tensor<"float32">[],
  { experts, topK }: Pick<MoeDims, "experts" | "topK">,
): void {
  rows.forEach((row, b) => {
    freshOf(row).forEach((isToken, s) => {
      if (!isToken) return;
      const token = b * row.ids.length + s;
      router.forEach(({ data }, layer) => {
        const logits = data.subarray(token * experts, (token + 1) * experts);
        for (const expert of largest(logits, topK)) counts[b]![layer]![expert]! += 1;
      });
    });
  });
}

/**
 * Places of the k largest, of equals the first, as the graph chooses (`keepTopK`). Softmax keeps their order, but
 * rounds: of two nearly equal logits at the edge the graph may take the other.
 */
const largest = (logits: Float32Array, k: number): number[] =>
  [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b).slice(0, k);
