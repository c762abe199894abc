/** @file What training minimises. */

import { logSumExp, softmax } from "../graph/composites.ts";
import {
  concat,
  constant,
  div,
  equal,
  less,
  mul,
  rearrange,
  sub,
  sum,
  type Value,
  where,
} from "../graph/value.ts";
import { int64 } from "../tensor/tensor.ts";
import { chosen } from "./moe.ts";

/**
 * Cross entropy summed over the rows with a label.
 *
 * @param logits [Q, V]
 * @param labels [Q] int64; negative: no label
 * @returns [1, 1]
 */
export function crossEntropy(logits: Value, labels: Value): Value {
  const vocab = logits.shape.at(-1) as number;
  const ids = constant(
    int64(
      [vocab],
      Array.from({ length: vocab }, (_, id) => id),
    ),
  );
  const label = rearrange(labels, "q -> q 1");
  const picked = sum(where(equal(label, ids), logits, constant(0)), -1);
  const entropy = sub(logSumExp(logits, -1), picked);
  const none = less(label, constant(int64([], [0])));
  return sum(where(none, constant(0), entropy), 0);
}

/** How evenly tokens go to experts. */
export interface Routing {
  /** [1, 1]: E · Σₑ fₑ Pₑ over all layers, where f is the share of tokens an expert is chosen for (summed over the k
   * choices) and P its mean probability. Perfect balance gives k. */
  readonly balance: Value;
  /** [L, E]: per layer, the share of (token, choice) pairs that each expert got; each row sums to 1. */
  readonly load: Value;
}

/**
 * Load and load balance of the experts.
 *
 * @param routerLogits per layer [T, E]
 * @param attended [T] float32, 1 for tokens that count, 0 for padding
 * @see spec 1.8
 */
export function routing(routerLogits: readonly Value[], attended: Value, topK: number): Routing {
  const [layers, experts] = [routerLogits.length, routerLogits[0]?.shape.at(-1) as number];
  const weight = rearrange(attended, "t -> t 1");
  const total = sum(weight, 0);
  const share = (row: Value) => div(sum(mul(row, weight), 0), total);
  const mean = (rows: Value) => div(sum(rows, 0), constant(layers));
  const probabilities = routerLogits.map((logits) => softmax(logits, -1));
  const chosenFor = concat(
    probabilities.map((p) => share(chosen(p, topK))),
    0,
  );
  const probability = mean(concat(probabilities.map(share), 0));
  return {
    balance: mul(sum(mul(mean(chosenFor), probability), -1), constant(experts)),
    load: div(chosenFor, constant(topK)),
  };
}
