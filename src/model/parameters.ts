/** @file Names and shapes of every weight of a model, taken from its graphs, and how many a token meets. */

import type { ModelConfig } from "./config.ts";
import { decoderGraph } from "./decoder.ts";
import { visionGraph } from "./vision.ts";

/** Shape of each weight by checkpoint name. */
export function parameterShapes(config: ModelConfig): Map<string, readonly number[]> {
  const scopes = [visionGraph(config.vision, config.quantisation).scope, decoderGraph(config).scope];
  return new Map(
    scopes.flatMap((scope) =>
      [...scope.parameters].map(([name, value]) => [name, value.shape as readonly number[]] as const),
    ),
  );
}

/** Weights that the decoder multiplies one token with, head included: of routed experts the top k. */
export function rowWeights({ decoder, moe }: ModelConfig): number {
  const { hiddenDim, heads, kvHeads, headDim, mlpDim, layers, vocabSize } = decoder;
  const attention = 2 * (heads + kvHeads) * headDim;
  const experts = moe ? 3 * (moe.topK * moe.expertDim + moe.sharedDim) + moe.experts : 0;
  return hiddenDim * (layers * (attention + 3 * mlpDim + experts) + vocabSize);
}
