/** @file What training minimises. */

import { softmax } from "../graph/composites.ts";
import {
  add,
  constant,
  div,
  equal,
  exp,
  less,
  log,
  max,
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
  const shifted = sub(logits, max(logits, -1));
  const picked = sum(where(equal(label, ids), shifted, constant(0)), -1);
  const entropy = sub(log(sum(exp(shifted), -1)), picked);
  const none = less(label, constant(int64([], [0])));
  return sum(where(none, constant(0), entropy), 0);
}

/**
 * Load balancing over all layers: E · Σₑ fₑ Pₑ, where f is the share of tokens an expert is chosen for (summed over
 * the k choices) and P its mean probability. Perfect balance gives k.
 *
 * @param routerLogits per layer [T, E]
 * @param attended [T] float32, 1 for tokens that count, 0 for padding
 * @returns [1, 1]
 * @see spec 1.8
 */
export function loadBalance(routerLogits: readonly Value[], attended: Value, topK: number): Value {
  const [first] = routerLogits;
  const experts = first?.shape.at(-1) as number;
  const weight = rearrange(attended, "t -> t 1");
  const total = mul(sum(weight, 0), constant(routerLogits.length));
  const share = (rows: readonly Value[]) =>
    div(rows.map((row) => sum(mul(row, weight), 0)).reduce(add), total);
  const probabilities = routerLogits.map((logits) => softmax(logits, -1));
  const fraction = share(probabilities.map((p) => chosen(p, topK)));
  return mul(sum(mul(fraction, share(probabilities)), -1), constant(experts));
}
