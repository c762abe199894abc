/** @file What a model costs: parameters, those at work for one token, and operations, counted from its configuration. */

import { describeCheckpoint } from "../../src/checkpoint/inspect.ts";
import type { ModelConfig } from "../../src/model/config.ts";
import { parameterShapes } from "../../src/model/parameters.ts";
import { elementCount } from "../../src/tensor/tensor.ts";
import { type StageName, stages } from "../../src/train/stages.ts";

/** A record as it is on average: what operations are counted for. */
export const typicalRecord = { tokens: 120, patches: 64 } as const;

export interface Cost {
  readonly parameters: number;
  /** Of E experts, the top k. */
  readonly activeParameters: number;
  /** Operations of a training step for one token of a typical record, its share of the picture's included. */
  readonly trainingFlopsPerToken: number;
}

/**
 * Multiplications and additions of one pass over a record: two for each weight that works on a position, and those of
 * attention over the whole square of positions. Norms, softmax and rotary are left out.
 *
 * Of E experts the top k count, as the sparse model is meant to compute; in training this package computes all of them
 * for every token.
 *
 * @param tokens of the text with the picture's @param patches of the picture
 */
export function forwardFlops(
  config: ModelConfig,
  { tokens, patches }: { readonly tokens: number; readonly patches: number },
): number {
  const { decoder, vision, moe } = config;
  const cells = patches / vision.mergeSize ** 2;
  let flops = 0;
  for (const [name, shape] of parameterShapes(config)) {
    if (shape.length < 2 || /embed_tokens/.test(name)) continue;
    const weights = shape.reduce((product, length) => product * length, 1);
    const positions = /^visual\.merger\./.test(name) ? cells : /^visual\./.test(name) ? patches : tokens;
    const share = moe !== null && /\.moe\.experts\./.test(name) ? moe.topK / moe.experts : 1;
    flops += 2 * weights * positions * share;
  }
  if (decoder.tiedHead) flops += 2 * decoder.vocabSize * decoder.hiddenDim * tokens;
  flops += decoder.layers * 4 * tokens ** 2 * decoder.heads * decoder.headDim;
  flops += vision.depth * 4 * patches ** 2 * vision.embedDim;
  return flops;
}

/**
 * @param config of the model
 * @param unused weight matrices of the decoder that only stand in for a part that is left out
 */
export function costOf(config: ModelConfig, unused: (name: string) => boolean = () => false): Cost {
  const shapes = parameterShapes(config);
  const { parameters, activeParameters } = describeCheckpoint(config, shapes, null);
  const idle = [...shapes].reduce(
    (sum, [name, shape]) => sum + (unused(name) ? shape.reduce((a, b) => a * b, 1) : 0),
    0,
  );
  const { tokens } = typicalRecord;
  // A backward pass takes two products for each of the forward pass; frozen weights need one, which is not deducted.
  const forward = forwardFlops(config, typicalRecord) / tokens - 2 * idle;
  return {
    parameters: parameters - idle,
    activeParameters: activeParameters - idle,
    trainingFlopsPerToken: 3 * forward,
  };
}

/** Rank of low-rank updates, the recipe's default. */
const loraRank = 8;

/**
 * Parameters that a stage trains, low-rank updates included.
 *
 * @param frozen what is trained in no stage
 */
export function trainedParameters(
  config: ModelConfig,
  stage: StageName,
  frozen: (name: string) => boolean,
): number {
  const { trainable, adapts } = stages[stage];
  let count = 0;
  for (const [name, shape] of parameterShapes(config)) {
    if (frozen(name)) continue;
    if (trainable(name)) count += elementCount(shape);
    else if (shape.length === 2 && adapts(name.replace(/\.weight$/, "")))
      count += loraRank * (shape[0]! + shape[1]!);
  }
  return count;
}
