/**
 * @file Fused kernels of ONNX Runtime's CPU provider for composite ops. Each is tested against the composite's
 * definition; an undefined result means that no kernel fits and the definition is lowered instead.
 */

import type { CompositeAttrs, CompositeInputs, CompositeName } from "../graph/composites.ts";
import { expertProjections } from "../graph/composites.ts";
import { packedShapes } from "../graph/packed.ts";
import type { Composite, Value } from "../graph/value.ts";
import { type Dim, type Shape, times } from "../tensor/shape.ts";
import { onnxType } from "./builder.ts";
import type { Context } from "./lower.ts";

type Kernels = {
  readonly [K in CompositeName]: (
    inputs: CompositeInputs[K],
    attrs: CompositeAttrs[K],
    context: Context,
  ) => string | undefined;
};

const table: Kernels = {
  softmax: ([x], { axis }, { builder, name }) => builder.node("Softmax", [name(x)], { axis: { int: axis } }),
  logSumExp: () => undefined, // ReduceLogSumExp takes three times as long as the definition
  layerNorm: (inputs, { epsilon }, { builder, name }) =>
    builder.node("LayerNormalization", inputs.map(name), { axis: { int: -1 }, epsilon: { float: epsilon } }),
  rmsNorm: (inputs, { epsilon }, { builder, name }) =>
    builder.node("RMSNormalization", inputs.map(name), { axis: { int: -1 }, epsilon: { float: epsilon } }),
  gelu: ([x], _, { builder, name }) => builder.node("Gelu", [name(x)]),
  silu: ([x], _, { builder, name }) =>
    builder.node("com.microsoft:QuickGelu", [name(x)], { alpha: { float: 1 } }),
  quickGelu: ([x], _, { builder, name }) =>
    builder.node("com.microsoft:QuickGelu", [name(x)], { alpha: { float: 1.702 } }),
  dequantise: () => undefined, // where no kernel reads the codes
  embedding: ([table, ids], _, context) => {
    const parts = quantisedParts(table);
    return parts && quantisedRows(parts, ids, context);
  },
  linear([x, weight, bias], _, context) {
    // The weight comes first: of a node's inputs ONNX Runtime runs the older node last, so a half-precision weight is
    // widened just before its use. The other way round all of them are widened before anything else runs.
    const project = projection(weight, context);
    const y = project(context.name(x));
    return bias ? context.builder.node("Add", [y, context.name(bias)]) : y;
  },
  rotary: (inputs, _, { builder, name }) => builder.node("RotaryEmbedding", inputs.map(name)),
  attention([q, k, v, mask, pastK, pastV], { scale }, context) {
    if (mask && pastK && pastV) return cachedAttention({ q, k, v, mask, pastK, pastV, scale }, context);
    return q.shape[1] === k.shape[1] ? multiHeadAttention({ q, k, v, mask, scale }, context) : undefined;
  },
  experts: ([x, weights, ...projections], _, context) => routedExperts(x, weights, projections, context),
};

/** Append the fused form of a composite. @returns its ONNX name, or undefined if none fits */
export function kernels<K extends CompositeName>(value: Composite<K>, context: Context): string | undefined {
  return table[value.op](value.inputs as unknown as CompositeInputs[K], value.attrs, context);
}

/** x ↦ x Wᵀ: a constant weight is packed once, in the layout the checkpoint has. */
function projection(weight: Value, context: Context): (x: string) => string {
  const { builder, activations } = context;
  const parts = quantisedParts(weight);
  if (!parts) {
    const wide = context.weight(weight);
    return (x) => builder.node("com.microsoft:FusedMatMul", [x, wide], { transB: { int: 1 } });
  }
  const { attrs, inputs, shape } = parts;
  const names = inputs.map((part) => context.name(part));
  return (x) =>
    builder.node("com.microsoft:MatMulNBits", [x, ...names], {
      K: { int: attrs.width },
      N: { int: shape[0] as number },
      bits: { int: attrs.bits },
      block_size: { int: attrs.block },
      accuracy_level: { int: activations === "int8" ? 4 : 1 },
    });
}

/** The composite that a weight kept in few bits is; its parts are weights themselves. */
const quantisedParts = (weight: Value): Composite<"dequantise"> | undefined =>
  weight.kind === "composite" && weight.op === "dequantise" ? (weight as Composite<"dequantise">) : undefined;

/** Rows are read from the codes that the head reads too, where both are one table. */
function quantisedRows(
  { attrs, inputs, shape: [rows] }: Composite<"dequantise">,
  ids: Value,
  { builder, name, view, dims }: Context,
): string {
  const [packed, scale, zero] = inputs as CompositeInputs["dequantise"];
  const { packed: shape } = packedShapes([rows as number, attrs.width], attrs);
  const [, blocks, blockBytes] = shape;
  const y = builder.node(
    "com.microsoft:GatherBlockQuantized",
    [view(packed, [shape[0], blocks * blockBytes]), name(ids), name(scale), name(zero)],
    {
      bits: { int: attrs.bits },
      block_size: { int: attrs.block },
      gather_axis: { int: 0 },
      quantize_axis: { int: 1 },
    },
  );
  if (blocks * attrs.block === attrs.width) return y;
  return builder.node("Slice", [y, dims([0]), dims([attrs.width]), builder.ints(-1)]);
}

/** [B, H, S, d], of which H and d are known. */
type Heads = [batch: Dim, heads: number, length: Dim, size: number];

interface AttentionParts {
  q: Value;
  k: Value;
  v: Value;
  mask: Value | undefined;
  scale: number;
}

/**
 * Equal query and key/value heads, no cache. With all three inputs in [B, S, H·d] and no mask the kernel works block by
 * block and never holds the scores: linear memory, and twice the speed. @see com.microsoft.MultiHeadAttention
 */
function multiHeadAttention(
  { q, k, v, mask, scale }: AttentionParts,
  { builder, name, reshape }: Context,
): string {
  const swap = { perm: { ints: [0, 2, 1, 3] } };
  const flat = (x: Value): string => {
    const [batch, heads, length, size] = x.shape as Heads;
    return reshape(
      builder.node("Transpose", [name(x)], swap),
      [batch, length, heads, size],
      [batch, length, heads * size],
    );
  };
  const [batch, heads, length, size] = q.shape as Heads;
  const inputs = [q, k, v].map(flat);
  const mixed = builder.node(
    "com.microsoft:MultiHeadAttention",
    mask ? [...inputs, "", "", name(mask)] : inputs,
    { num_heads: { int: heads }, scale: { float: scale } },
  );
  return builder.node(
    "Transpose",
    [reshape(mixed, [batch, length, heads * size], [batch, length, heads, size])],
    swap,
  );
}

/**
 * Attention in two parts over [past | new], so that the cache is read where it lies and never copied. The query
 * heads that share a key/value head are stacked into rows of one product.
 */
function cachedAttention(
  { q, k, v, mask, pastK, pastV, scale }: AttentionParts & { mask: Value; pastK: Value; pastV: Value },
  { builder, name, reshape, dims }: Context,
): string {
  const [batch, heads, length, size] = q.shape as Heads;
  const [, groups, past] = pastK.shape as [Dim, number, Dim];
  const shared = heads / groups;
  const total = mask.shape[3]!;
  const stacked: Shape = [batch, groups, times(shared, length), size];
  const query = reshape(name(q), q.shape, stacked);
  const scores = [pastK, k].map((keys) =>
    builder.node("com.microsoft:FusedMatMul", [query, name(keys)], {
      transB: { int: 1 },
      alpha: { float: scale },
    }),
  );
  const repeated = builder.node("Expand", [
    reshape(name(mask), mask.shape, [mask.shape[0]!, 1, 1, length, total]),
    dims([mask.shape[0]!, 1, shared, length, total]),
  ]);
  const rows = reshape(
    repeated,
    [mask.shape[0]!, 1, shared, length, total],
    [mask.shape[0]!, 1, times(shared, length), total],
  );
  const masked = builder.node("Add", [builder.node("Concat", scores, { axis: { int: 3 } }), rows]);
  const weights = builder.node("Softmax", [masked], { axis: { int: 3 } });
  const part = (start: Dim, end: Dim, values: Value) =>
    builder.node("MatMul", [
      builder.node("Slice", [weights, dims([start]), dims([end]), builder.ints(3)]),
      name(values),
    ]);
  const mixed = builder.node("Add", [part(0, past, pastV), part(past, total, v)]);
  return reshape(mixed, stacked, q.shape);
}

/**
 * Each expert runs on the tokens sent to it, and only if there are any. Whether there are is asked of all experts at
 * once, and all else is in the branch: with one token, the number of nodes counts. A weight that is NaN is sent too.
 */
function routedExperts(x: Value, weights: Value, projections: readonly Value[], context: Context): string {
  const { builder, name, stored, dims } = context;
  const [tokens, routes] = [name(x), name(weights)];
  for (const weight of projections) if (!stored(weight) && !quantisedParts(weight)) name(weight); // not in a branch
  const totals = builder.node("ReduceL1", [routes, builder.ints(0)], { keepdims: { int: 0 } });
  const visited = builder.node("Cast", [totals], { to: { int: onnxType.bool } });
  const zeros = builder.node("ConstantOfShape", [dims(x.shape)]);
  return expertProjections(projections).reduce((sum, [gate, up, down], e) => {
    const visit = builder.branch(() => {
      const share = builder.node("Gather", [routes, builder.constant(scalar(e))], { axis: { int: 1 } });
      const rows = builder.node("Transpose", [builder.node("NonZero", [share])], { perm: { ints: [1, 0] } });
      const routed = builder.node("GatherND", [tokens, rows]);
      const scale = builder.node("Unsqueeze", [builder.node("GatherND", [share, rows]), builder.ints(1)]);
      const hidden = builder.node("Mul", [
        builder.node("com.microsoft:QuickGelu", [projection(gate, context)(routed)], { alpha: { float: 1 } }),
        projection(up, context)(routed),
      ]);
      const update = builder.node("Mul", [projection(down, context)(hidden), scale]);
      return builder.node("ScatterND", [sum, rows, update], { reduction: { string: "add" } });
    });
    const skip = builder.branch(() => sum);
    const any = builder.node("Gather", [visited, builder.ints(e)]);
    return builder.node("If", [any], { then_branch: { graph: visit }, else_branch: { graph: skip } });
  }, zeros);
}

const scalar = (value: number) =>
  ({ dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(value)) }) as const;
