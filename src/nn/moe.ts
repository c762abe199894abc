/** @file The sparse path: routed experts and the shared expert, beside a dense MLP. */

import { experts, softmax } from "../graph/composites.ts";
import {
  add,
  cast,
  constant,
  div,
  equal,
  mul,
  rearrange,
  sigmoid,
  slice,
  sum,
  topk,
  type Value,
} from "../graph/value.ts";
import { int64 } from "../tensor/tensor.ts";
import { linear } from "./linear.ts";
import { swiglu } from "./mlp.ts";
import type { Scope } from "./scope.ts";

/** Widths and routing of the mixture. */
export interface MoeDims {
  readonly dim: number;
  readonly experts: number;
  readonly topK: number;
  readonly expertDim: number;
  readonly sharedDim: number;
  readonly normTopK: boolean;
}

/**
 * Which entries are among the k largest of their row: 1 or 0, without a gradient.
 *
 * @param scores [T, E]
 */
export function chosen(scores: Value, k: number): Value {
  const count = scores.shape.at(-1) as number;
  const places = rearrange(topk(scores, k), "t k -> t k 1");
  const numbers = Array.from({ length: count }, (_, e) => e);
  const hits = equal(places, constant(int64([count], numbers)));
  return rearrange(sum(cast(hits, "float32"), 1), "t 1 e -> t e");
}

/**
 * Keep the k largest of each row, zero the rest; divided by their sum if `normalise`.
 *
 * @param probabilities [T, E]
 */
export function keepTopK(probabilities: Value, k: number, normalise: boolean): Value {
  const kept = mul(probabilities, chosen(probabilities, k));
  return normalise ? div(kept, sum(kept, -1)) : kept;
}

/**
 * Routed experts plus the gated shared expert.
 *
 * @param x [T, D]
 * @returns `y` [T, D] and the router's logits [T, E], before softmax
 * @see spec 1.7; router softmax over all experts, top-k not divided by its sum unless `normTopK`
 */
export function mixtureOfExperts(scope: Scope, x: Value, dims: MoeDims): { y: Value; routerLogits: Value } {
  const { dim, experts: count, topK, expertDim, sharedDim, normTopK } = dims;
  const routerLogits = linear(scope.in("gate"), x, { in: dim, out: count, bias: false });
  const weights = keepTopK(softmax(routerLogits, -1), topK, normTopK);
  const projections = Array.from({ length: count }, (_, e): [Value, Value, Value] => {
    const expert = scope.in("experts", e);
    return [
      expert.in("gate_proj").weight([expertDim, dim]),
      expert.in("up_proj").weight([expertDim, dim]),
      expert.in("down_proj").weight([dim, expertDim]),
    ];
  });
  const routed = experts(x, weights, projections);
  const shared = swiglu(scope.in("shared_expert"), x, { dim, hidden: sharedDim }, false);
  const gate = sigmoid(linear(scope.in("shared_expert_gate"), x, { in: dim, out: 1, bias: false }));
  return { y: add(routed, mul(shared, gate)), routerLogits };
}

/**
 * c₀ · sparse + c₁ · dense with c = softmax(coefficient(u)), per token.
 *
 * @param u [T, D] what both paths read
 * @param sparse @param dense [T, D]
 */
export function mixPaths(scope: Scope, u: Value, sparse: Value, dense: Value, dim: number): Value {
  const c = softmax(linear(scope, u, { in: dim, out: 2, bias: true }), -1);
  return add(mul(sparse, slice(c, -1, 0, 1)), mul(dense, slice(c, -1, 1, 2)));
}
