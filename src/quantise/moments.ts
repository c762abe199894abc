/** @file What a model's linear layers are fed: second moments of their inputs, as further outputs of its own graph. */

import { expertProjections } from "../graph/composites.ts";
import type { Attrs } from "../graph/ops.ts";
import {
  concat,
  constant,
  expand,
  matmul,
  mul,
  rearrange,
  slice,
  sources,
  type Value,
} from "../graph/value.ts";
import { product } from "../tensor/shape.ts";
import { WINDOW } from "./compensation.ts";

/** Sums over tokens, and which weights they belong to. */
export interface MomentOutputs {
  /** Each [windows, WINDOW, WINDOW]: Σ x xᵀ of a window of the input's columns, filled up with zeros. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** Name of the output for each weight. */
  readonly ofWeight: ReadonlyMap<string, string>;
}

/**
 * Find every linear layer in a graph, inside experts too. An expert's tokens count with the square of their routing
 * weight, since that is how far its error reaches the result.
 *
 * @param roots outputs of a float model's graph
 * @param prefix of the new outputs' names
 */
export function momentOutputs(roots: readonly Value[], prefix: string): MomentOutputs {
  const outputs: Record<string, Value> = {};
  const ofWeight = new Map<string, string>();
  const known = new Map<Value, Map<Value | undefined, string>>();
  const values = inside(roots);
  const shares = routingShares(values);
  for (const value of values) {
    if (value.kind !== "composite" || value.op !== "linear") continue;
    const [x, weight] = value.inputs as [Value, Value];
    if (weight.kind !== "primitive" || weight.op !== "param") continue;
    const { name } = weight.attrs as Attrs<"param">;
    const share = shares.get(weight);
    const byShare = known.get(x) ?? new Map<Value | undefined, string>();
    known.set(x, byShare);
    const output = byShare.get(share) ?? `${prefix}.${Object.keys(outputs).length}`;
    byShare.set(share, output);
    outputs[output] ??= moments(x, share);
    ofWeight.set(name, output);
  }
  return { outputs, ofWeight };
}

/** [T, 1] for each weight of an expert: the share that a token's result has in the layer's. */
function routingShares(values: Iterable<Value>): Map<Value, Value> {
  const shares = new Map<Value, Value>();
  for (const value of values) {
    if (value.kind !== "composite" || value.op !== "experts") continue;
    const [, weights, ...projections] = value.inputs as [Value, Value, ...Value[]];
    expertProjections(projections).forEach((expert, e) => {
      const share = slice(weights, 1, e, e + 1);
      for (const projection of expert) shares.set(projection, share);
    });
  }
  return shares;
}

/** Every value that the roots depend on, those inside composites as well. */
function inside(roots: readonly Value[]): Set<Value> {
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    [...value.inputs, ...sources(value)].forEach(visit);
  };
  roots.forEach(visit);
  return seen;
}

/** Σ over tokens of x xᵀ, each window of columns on its own. `x` [.., D], `share` [T, 1]. */
function moments(x: Value, share: Value | undefined): Value {
  const width = x.shape.at(-1) as number;
  const outer = x.shape.slice(0, -1);
  const axes = outer.map((_, axis) => `o${axis}`).join(" ");
  const rows = rearrange(x, `${axes} d -> (${axes}) d`);
  const counted = share ? mul(rows, share) : rows;
  const missing = -width & (WINDOW - 1);
  const zeros = () => expand(constant(0), [product(outer), missing]);
  const filled = missing > 0 ? concat([counted, zeros()], -1) : counted;
  const windows = { n: (width + missing) / WINDOW };
  return matmul(
    rearrange(filled, "t (n w) -> n w t", windows),
    rearrange(filled, "t (n w) -> n t w", windows),
  );
}
