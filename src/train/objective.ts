/** @file The loss of a batch as one graph: pictures, words, labels in; cross entropy and load balance out. */

import { add, input, mul, rearrange, type Value } from "../graph/value.ts";
import type { ModelConfig } from "../model/config.ts";
import { decode } from "../model/decoder.ts";
import { look, windowInputs } from "../model/vision.ts";
import { crossEntropy, routing } from "../nn/loss.ts";
import type { Scope } from "../nn/scope.ts";
import { times } from "../tensor/shape.ts";

/** Parts of the loss, each [1, 1]. */
export interface Objective {
  /** Cross entropy summed over the batch's labels. */
  readonly crossEntropy: Value;
  /** top-k when the experts are perfectly balanced; absent without experts. */
  readonly balance?: Value;
  /** What is minimised: `label_weight` · cross entropy + `balance_weight` · balance. */
  readonly loss: Value;
  /** What vision blocks and decoder layers read and give, each as a chain. */
  readonly streams: readonly (readonly Value[])[];
  /** [L, E]: per layer, the share of each expert in the choices of attended tokens; absent without experts. */
  readonly expertLoad?: Value;
}

/**
 * The training objective. Inputs as in `decoderGraph` without a cache, and:
 * `patches` [I, N, C·t·p·p], `patch_positions` [2, I, N], `patch_mask` [I, 1, N, N] of all frames of all media, filled
 * up to the longest, with windows those of `visionGraph`; `labels` [Q] int64, the next token of each row of `rows`, or −100; `attended` [B·S] float32;
 * `label_weight` [], 1 over the labels of the whole step, so that micro-batches add up to its mean; `balance_weight`
 * [], the coefficient (0.001 in the paper) over the number of micro-batches.
 *
 * @see spec 1.8
 */
export function objective(scope: Scope, config: ModelConfig): Objective {
  const { vision, moe } = config;
  const patchCount = times("M", vision.mergeSize ** 2);
  const patchDim = vision.channels * vision.temporalPatchSize * vision.patchSize ** 2;
  const seen = look(scope, vision, {
    patches: input("patches", "float32", ["I", patchCount, patchDim]),
    positions: input("patch_positions", "int64", [2, "I", patchCount]),
    mask: input("patch_mask", "float32", ["I", 1, patchCount, patchCount]),
    ...(vision.window && { windows: windowInputs("I", patchCount) }),
  });
  const { logits, routerLogits, stream } = decode(scope, config, {
    ids: input("ids", "int64", ["B", "S"]),
    visual: rearrange(seen.tokens, "i m d -> (i m) d"),
    visualRows: input("visual_rows", "int64", ["B", "S"]),
    positions: input("positions", "int64", [3, "B", "S"]),
    mask: input("mask", "float32", ["B", 1, "S", "S"]),
    rows: input("rows", "int64", ["Q"]),
  });
  const entropy = crossEntropy(logits, input("labels", "int64", ["Q"]));
  const weighted = mul(entropy, input("label_weight", "float32", []));
  const streams = [seen.stream, stream];
  if (!moe) return { crossEntropy: entropy, loss: weighted, streams };
  const { balance, load } = routing(routerLogits, input("attended", "float32", [times("B", "S")]), moe.topK);
  const loss = add(weighted, mul(balance, input("balance_weight", "float32", [])));
  return { crossEntropy: entropy, balance, expertLoad: load, loss, streams };
}
