/**
 * @file Composite ops: each has one definition in simpler values. ONNX lowering may replace a composite by a fused
 * kernel; the plain lowering, and the gradient, come from the definition.
 */

import { ShapeError } from "../errors.ts";
import { type Shape, show } from "../tensor/shape.ts";
import { type BlockFormat, unpackWeight } from "./packed.ts";
import {
  add,
  type Composite,
  concat,
  constant,
  div,
  erf,
  exp,
  fromStart,
  gather,
  log,
  matmul,
  max,
  mul,
  rearrange,
  sigmoid,
  slice,
  sqrt,
  sub,
  sum,
  type Value,
} from "./value.ts";

interface Op<Inputs extends readonly (Value | undefined)[], Attrs = object> {
  inputs: Inputs;
  attrs: Attrs;
}

/** One row per composite: its inputs and attributes. */
interface Composites {
  softmax: Op<[x: Value], { axis: number }>;
  logSumExp: Op<[x: Value], { axis: number }>;
  layerNorm: Op<[x: Value, weight: Value, bias: Value], { epsilon: number }>;
  rmsNorm: Op<[x: Value, weight: Value], { epsilon: number }>;
  gelu: Op<[x: Value]>;
  silu: Op<[x: Value]>;
  quickGelu: Op<[x: Value]>;
  dequantise: Op<[packed: Value, scale: Value, zero: Value], BlockFormat & { width: number }>;
  embedding: Op<[table: Value, ids: Value]>;
  linear: Op<[x: Value, weight: Value, bias?: Value]>;
  rotary: Op<[x: Value, cos: Value, sin: Value]>;
  attention: Op<
    [q: Value, k: Value, v: Value, mask?: Value, pastK?: Value, pastV?: Value],
    { scale: number }
  >;
  experts: Op<[x: Value, weights: Value, ...projections: Value[]]>;
}
export type CompositeName = keyof Composites;
export type CompositeInputs = { readonly [K in CompositeName]: Composites[K]["inputs"] };
export type CompositeAttrs = { readonly [K in CompositeName]: Composites[K]["attrs"] };

const definitions: {
  readonly [K in CompositeName]: (inputs: CompositeInputs[K], attrs: CompositeAttrs[K]) => Value;
} = {
  softmax([x], { axis }) {
    const e = exp(sub(x, max(x, axis)));
    return div(e, sum(e, axis));
  },
  logSumExp([x], { axis }) {
    const largest = max(x, axis);
    return add(log(sum(exp(sub(x, largest)), axis)), largest);
  },
  layerNorm([x, weight, bias], { epsilon }) {
    const centred = sub(x, mean(x));
    const variance = mean(mul(centred, centred));
    return add(mul(div(centred, sqrt(add(variance, constant(epsilon)))), weight), bias);
  },
  rmsNorm: ([x, weight], { epsilon }) => mul(div(x, sqrt(add(mean(mul(x, x)), constant(epsilon)))), weight),
  gelu: ([x]) => mul(mul(x, constant(0.5)), add(constant(1), erf(mul(x, constant(Math.SQRT1_2))))),
  silu: ([x]) => mul(x, sigmoid(x)),
  quickGelu: ([x]) => mul(x, sigmoid(mul(x, constant(1.702)))),
  dequantise: unpackWeight,
  embedding: ([table, ids]) => gather(table, ids),
  linear([x, weight, bias]) {
    const y = matmul(x, rearrange(weight, "o i -> i o"));
    return bias ? add(y, bias) : y;
  },
  rotary([x, cos, sin]) {
    const half = sizeOf(x, -1) / 2;
    const [first, second] = [slice(x, -1, 0, half), slice(x, -1, half, 2 * half)];
    const [c, s] = [rearrange(cos, "b s f -> b 1 s f"), rearrange(sin, "b s f -> b 1 s f")];
    return concat([sub(mul(first, c), mul(second, s)), add(mul(second, c), mul(first, s))], -1);
  },
  attention([q, k, v, mask, pastK, pastV], { scale }) {
    const keys = pastK ? concat([pastK, k], 2) : k;
    const values = pastV ? concat([pastV, v], 2) : v;
    // The query heads that share a key head are stacked into the rows of one product.
    const sizes = { k: k.shape[1]!, s: q.shape[2]! };
    const stacked = rearrange(mul(q, constant(scale)), "b (k g) s d -> b k (g s) d", sizes);
    const scores = rearrange(
      matmul(stacked, rearrange(keys, "b k t d -> b k d t")),
      "b k (g s) t -> b k g s t",
      sizes,
    );
    const masked = mask ? add(scores, rearrange(mask, "b 1 s t -> b 1 1 s t")) : scores;
    const weights = rearrange(softmax(masked, -1), "b k g s t -> b k (g s) t");
    return rearrange(matmul(weights, values), "b k (g s) d -> b (k g) s d", sizes);
  },
  experts([x, weights, ...projections]) {
    const outputs = expertProjections(projections).map(([gate, up, down], e) =>
      mul(slice(weights, 1, e, e + 1), linear(mul(silu(linear(x, gate)), linear(x, up)), down)),
    );
    return outputs.reduce(add);
  },
};

/** The flat list gate₀, up₀, down₀, gate₁, … as one triple per expert. */
export function expertProjections(projections: readonly Value[]): [gate: Value, up: Value, down: Value][] {
  if (projections.length === 0 || projections.length % 3 !== 0)
    throw new ShapeError(
      "experts",
      `expected gate, up and down of every expert, got ${projections.length} weights`,
    );
  return Array.from({ length: projections.length / 3 }, (_, e) => [
    projections[3 * e]!,
    projections[3 * e + 1]!,
    projections[3 * e + 2]!,
  ]);
}

function compose<K extends CompositeName>(
  op: K,
  inputs: CompositeInputs[K],
  attrs: CompositeAttrs[K],
): Value {
  const definition = definitions[op](inputs, attrs);
  const present = (inputs as readonly (Value | undefined)[]).filter((value) => value !== undefined);
  const { dtype, shape } = definition;
  const value: Composite<K> = { kind: "composite", op, inputs: present, attrs, definition, dtype, shape };
  return value as Composite;
}

/** A size that must be known when the graph is built. */
function sizeOf(x: { shape: Shape }, axis: number): number {
  const size = x.shape.at(axis);
  if (typeof size !== "number")
    throw new ShapeError("graph", `expected axis ${axis} of ${show(x.shape)} to be a number`);
  return size;
}

const mean = (x: Value): Value => div(sum(x, -1), constant(sizeOf(x, -1)));

/** exp(x) / Σ exp(x) along `axis`, computed from x − max(x). */
export const softmax = (x: Value, axis: number): Value =>
  compose("softmax", [x], { axis: fromStart(x, axis) });

/** log Σ exp(x) along `axis`, which stays with size 1; computed from x − max(x). */
export const logSumExp = (x: Value, axis: number): Value =>
  compose("logSumExp", [x], { axis: fromStart(x, axis) });

/** Normalise the last axis to mean 0 and variance 1, then scale and shift. `weight`, `bias` [D]. */
export const layerNorm = (x: Value, weight: Value, bias: Value, epsilon: number): Value =>
  compose("layerNorm", [x, weight, bias], { epsilon });

/** Divide by the root mean square of the last axis, then scale. `weight` [D]. */
export const rmsNorm = (x: Value, weight: Value, epsilon: number): Value =>
  compose("rmsNorm", [x, weight], { epsilon });

/** x·Φ(x), exact. */
export const gelu = (x: Value): Value => compose("gelu", [x], {});

/** x·σ(x). */
export const silu = (x: Value): Value => compose("silu", [x], {});

/** x·σ(1.702 x). */
export const quickGelu = (x: Value): Value => compose("quickGelu", [x], {});

/**
 * A weight [Out, In] that is kept in few bits. Kernels that read codes take it as it is, for `linear`, `experts` and
 * `embedding` alike; elsewhere it is what its definition says.
 *
 * @param packed @param scale @param zero the parts, in the shapes of `packedShapes`
 * @param format.width In
 */
export const dequantise = (
  [packed, scale, zero]: readonly [packed: Value, scale: Value, zero: Value],
  format: BlockFormat & { readonly width: number },
): Value => compose("dequantise", [packed, scale, zero], format);

/** Rows of a table: `table` [V, D], `ids` [...] int64 -> [..., D]. */
export const embedding = (table: Value, ids: Value): Value => compose("embedding", [table, ids], {});

/** x Wᵀ + b: `x` [..., In], `weight` [Out, In] as PyTorch stores it, `bias` [Out] -> [..., Out]. */
export const linear = (x: Value, weight: Value, bias?: Value): Value =>
  compose("linear", bias ? [x, weight, bias] : [x, weight], {});

/** Rotate the two halves of each head: `x` [B, H, S, d], `cos` and `sin` [B, S, d/2] -> [B, H, S, d]. */
export const rotary = (x: Value, cos: Value, sin: Value): Value => compose("rotary", [x, cos, sin], {});

/**
 * softmax(q kᵀ · scale + mask) v, each group of H/K query heads sharing a key/value head.
 *
 * @param q [B, H, S, d]
 * @param k @param v [B, K, S', d], the new keys and values
 * @param options.mask added to the scores, [B or 1, 1, S, P+S']
 * @param options.past keys and values before `k` and `v`, each [B, K, P, d]; needs a mask
 * @returns [B, H, S, d]
 */
export function attention(
  q: Value,
  k: Value,
  v: Value,
  options: { scale: number; mask?: Value; past?: { k: Value; v: Value } },
): Value {
  const { scale, mask, past } = options;
  if (past && !mask) throw new ShapeError("attention", "expected a mask beside past keys and values");
  if (past && mask) return compose("attention", [q, k, v, mask, past.k, past.v], { scale });
  return compose("attention", mask ? [q, k, v, mask] : [q, k, v], { scale });
}

/**
 * Σₑ weights[:, e] · SwiGLUₑ(x); tokens with weight 0 for an expert need not visit it.
 *
 * @param x [T, D]
 * @param weights [T, E], zero for the experts a token is not sent to
 * @param projections per expert gate [F, D], up [F, D], down [D, F]
 * @returns [T, D]
 */
export const experts = (x: Value, weights: Value, projections: readonly [Value, Value, Value][]): Value =>
  compose("experts", [x, weights, ...projections.flat()], {});
