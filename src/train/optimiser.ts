/** @file AdamW with clipping by global norm, as graph. @see Loshchilov & Hutter 2017, arXiv 1711.05101 */

import {
  add,
  constant,
  div,
  input,
  less,
  mul,
  rearrange,
  sqrt,
  sub,
  sum,
  type Value,
  where,
} from "../graph/value.ts";

/** Constants of AdamW. */
export interface AdamW {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Of parameters with two axes and more; norms and biases do not decay, as is the custom. */
  readonly weightDecay: number;
  /** Gradients are scaled down to this global norm. */
  readonly maxNorm: number;
}

/** A parameter's next value and moments, all of its shape. */
export interface Updated {
  readonly value: Value;
  readonly m: Value;
  readonly v: Value;
  /** The moments this step began with. */
  readonly before: { readonly m: Value; readonly v: Value };
}

/** Names of the moment inputs of a parameter. */
export const momentNames = (name: string) => ({ m: `m.${name}`, v: `v.${name}` });

/** √Σ g² over all gradients, []. */
function globalNorm(gradients: readonly Value[]): Value {
  const squares = gradients.map((gradient) => {
    const axes = gradient.shape.map((_, axis) => `a${axis}`).join(" ");
    const flat = rearrange(gradient, `${axes} -> (${axes})`);
    return rearrange(sum(mul(flat, flat), 0), "1 ->");
  });
  return sqrt(squares.reduce(add));
}

/**
 * One step. Inputs: `m.*` and `v.*` of every parameter's shape; `learning_rate`, and `correction1` = 1 − β₁ᵗ and
 * `correction2` = 1 − β₂ᵗ at step t, each [].
 *
 * @param parameters current values by name
 * @param gradients in the order of `parameters`
 */
export function adamW(
  parameters: ReadonlyMap<string, Value>,
  gradients: readonly Value[],
  { beta1, beta2, epsilon, weightDecay, maxNorm }: AdamW,
): { updated: Map<string, Updated>; norm: Value } {
  const scalar = (name: string) => input(name, "float32", []);
  const [rate, correction1, correction2] = ["learning_rate", "correction1", "correction2"].map(scalar) as [
    Value,
    Value,
    Value,
  ];
  const norm = globalNorm(gradients);
  const shrink = div(constant(maxNorm), add(norm, constant(1e-6)));
  const scale = where(less(shrink, constant(1)), shrink, constant(1));
  const kept = sub(constant(1), mul(rate, constant(weightDecay)));
  const decayed = (value: Value) => (value.shape.length < 2 ? value : mul(value, kept));
  const updated = [...parameters].map(([name, value], i): [string, Updated] => {
    const names = momentNames(name);
    const before = { m: input(names.m, "float32", value.shape), v: input(names.v, "float32", value.shape) };
    const gradient = mul(gradients[i]!, scale);
    const m = add(mul(before.m, constant(beta1)), mul(gradient, constant(1 - beta1)));
    const v = add(mul(before.v, constant(beta2)), mul(mul(gradient, gradient), constant(1 - beta2)));
    const denominator = add(sqrt(div(v, correction2)), constant(epsilon));
    const step = div(mul(rate, div(m, correction1)), denominator);
    return [name, { value: sub(decayed(value), step), m, v, before }];
  });
  return { updated: new Map(updated), norm };
}
