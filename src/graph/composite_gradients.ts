/**
 * @file Gradients of composites that cost less than those of their definitions, and leave the composite whole, so that
 * its fused kernel runs and nothing inside it is kept.
 */

import {
  type CompositeAttrs,
  type CompositeInputs,
  type CompositeName,
  rotary,
  softmax,
} from "./composites.ts";
import { type Composite, constant, mul, sub, sum, type Value } from "./value.ts";

/** dL/dx of the first input, from dy = dL/dy and y itself. */
type Rule<K extends CompositeName> = (
  inputs: CompositeInputs[K],
  attrs: CompositeAttrs[K],
  context: { readonly dy: Value; readonly y: Value },
) => Value;

const rules: { readonly [K in CompositeName]?: Rule<K> } = {
  softmax(_, { axis }, { dy, y }) {
    const weighted = mul(dy, y);
    return sub(weighted, mul(y, sum(weighted, axis)));
  },
  logSumExp: ([x], { axis }, { dy }) => mul(dy, softmax(x, axis)),
  // Turned back by the same angles.
  rotary: ([, cos, sin], _, { dy }) => rotary(dy, cos, mul(sin, constant(-1))),
};

/**
 * dL/dx of a composite's first input.
 *
 * @param inputs what the composite is computed from, as the backward pass sees it; `y` likewise
 * @returns undefined for composites that are differentiated through their definition
 */
export function compositeGradient<K extends CompositeName>(
  { op, attrs }: Composite<K>,
  inputs: readonly Value[],
  context: { readonly dy: Value; readonly y: Value },
): Value | undefined {
  const rule: Rule<K> | undefined = rules[op];
  return rule?.(inputs as unknown as CompositeInputs[K], attrs, context);
}
