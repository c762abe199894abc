/** @file The loss of a batch as one graph: pictures, words, labels in; cross entropy and load balance out. */

import { add, constant, div, input, mul, rearrange, type Value } from "../graph/value.ts";
import type { ModelConfig } from "../model/config.ts";
import { decode } from "../model/decoder.ts";
import { look } from "../model/vision.ts";
import { crossEntropy, loadBalance } from "../nn/loss.ts";
import type { Scope } from "../nn/scope.ts";
import { times } from "../tensor/shape.ts";

/** Parts of the loss, each [1, 1]. */
export interface Objective {
  /** Mean over the batch's labels. */
  readonly crossEntropy: Value;
  /** top-k when the experts are perfectly balanced; absent without experts. */
  readonly balance?: Value;
  /** What is minimised: cross entropy + coefficient · balance. */
  readonly loss: Value;
  /** [B·S, V] */
  readonly logits: Value;
}

/**
 * The training objective. Inputs as in `decoderGraph` without a cache, and:
 * `patches` [I, N, C·t·p·p], `patch_positions` [2, I, N], `patch_mask` [I, 1, N, N] of all pictures, filled up to the
 * longest; `labels` [Q] int64, the next token of each row of `rows`, or −100; `attended` [B·S] float32.
 *
 * @param balanceCoefficient weight of the load balance, 0.001 in the paper
 * @see spec 1.8
 */
export function objective(scope: Scope, config: ModelConfig, balanceCoefficient: number): Objective {
  const { vision, moe } = config;
  const patchCount = times("M", vision.mergeSize ** 2);
  const patchDim = vision.channels * vision.temporalPatchSize * vision.patchSize ** 2;
  const tokens = look(scope, vision, {
    patches: input("patches", "float32", ["I", patchCount, patchDim]),
    positions: input("patch_positions", "int64", [2, "I", patchCount]),
    mask: input("patch_mask", "float32", ["I", 1, patchCount, patchCount]),
  });
  const { logits, routerLogits } = decode(scope, config, {
    ids: input("ids", "int64", ["B", "S"]),
    visual: rearrange(tokens, "i m d -> (i m) d"),
    visualRows: input("visual_rows", "int64", ["B", "S"]),
    positions: input("positions", "int64", [3, "B", "S"]),
    mask: input("mask", "float32", ["B", 1, "S", "S"]),
    rows: input("rows", "int64", ["Q"]),
  });
  const { total, count } = crossEntropy(logits, input("labels", "int64", ["Q"]));
  const mean = div(total, count);
  if (!moe) return { crossEntropy: mean, loss: mean, logits };
  const balance = loadBalance(routerLogits, input("attended", "float32", [times("B", "S")]), moe.topK);
  return { crossEntropy: mean, balance, loss: add(mean, mul(balance, constant(balanceCoefficient))), logits };
}
