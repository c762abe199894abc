/** @file The language decoder: M-RoPE attention with an explicit cache, dense MLP, and the sparse path if there is one. */

import * as composites from "../graph/composites.ts";
import { add, constant, gather, input, less, rearrange, type Value, where } from "../graph/value.ts";
import { type CacheStorage, cacheRows } from "../nn/cache_rows.ts";
import { embedding, linear, rmsNorm } from "../nn/linear.ts";
import { swiglu } from "../nn/mlp.ts";
import { mixPaths, mixtureOfExperts } from "../nn/moe.ts";
import { inverseFrequencies, type RotaryTable, rotaryTable, sectionAxes } from "../nn/rope.ts";
import { Scope } from "../nn/scope.ts";
import { int64 } from "../tensor/tensor.ts";
import type { DecoderConfig, ModelConfig } from "./config.ts";
import { quantisationPlan } from "./quantisation.ts";

/** What is kept of the keys and values of one layer: tensors [B, K, length, ·], one per part of the storage. */
interface KeyValue {
  readonly k: readonly Value[];
  readonly v: readonly Value[];
}

/** Names of the cache inputs and outputs of a layer; said once, for the graph and for who runs it. */
export const cacheNames = (layer: number) => ({
  past: { k: `past.${layer}.key`, v: `past.${layer}.value` },
  present: { k: `present.${layer}.key`, v: `present.${layer}.value` },
});

/** Name of the output that holds a layer's router logits. */
export const routerName = (layer: number): string => `router.${layer}`;

/** Name of what goes into a layer where the decoder is cut. */
const streamName = (layer: number): string => `stream.${layer}`;

/** What the decoder reads. */
export interface DecoderInputs {
  /** [B, S] int64 */
  readonly ids: Value;
  /** [R, D] visual tokens; at least one row. */
  readonly visual: Value;
  /** [B, S] int64, the row of `visual` that replaces a token's embedding, or −1. */
  readonly visualRows: Value;
  /** [3, B, S] int64: temporal, height, width. */
  readonly positions: Value;
  /** [B, 1, S, P+S], added to the scores. */
  readonly mask: Value;
  /** [Q] int64, which of the B·S tokens get logits. */
  readonly rows: Value;
  /** Per layer, what came before, P rows; none when the sequence begins here. */
  readonly past?: readonly KeyValue[];
}

/** What it gives. */
export interface DecoderOutputs {
  /** [Q, V] */
  readonly logits: Value;
  /** Per layer what is to be kept of the new tokens, S rows. */
  readonly present: readonly KeyValue[];
  /** Per layer [B·S, E], before softmax; empty without experts. */
  readonly routerLogits: readonly Value[];
  /** [B, S, D] before the first layer and behind each. */
  readonly stream: readonly Value[];
}

/**
 * The decoder as a function, for inference and training alike.
 *
 * @param scope the root of the weights
 * @param storage how keys and values are kept. New tokens are attended to as they will be kept, so that it makes no
 *   difference whether tokens come together or one by one
 * @see spec 1.2, 1.5 to 1.7
 */
export function decode(
  scope: Scope,
  config: ModelConfig,
  inputs: DecoderInputs,
  storage: CacheStorage = "float32",
): DecoderOutputs {
  const { vocabSize: rows, hiddenDim: dim, layers } = config.decoder;
  const x = embed(scope.in("model", "embed_tokens"), inputs, { rows, dim });
  const { stream, ...kept } = runLayers(scope, config, { ...inputs, x }, { from: 0, to: layers }, storage);
  return { logits: head(scope, config, stream.at(-1)!, inputs.rows), stream, ...kept };
}

/** Layers of the decoder, the first and the one behind the last. */
export interface LayerRange {
  readonly from: number;
  readonly to: number;
}

/** @param inputs.x [B, S, D] before the first of the layers */
function runLayers(
  scope: Scope,
  config: ModelConfig,
  inputs: Pick<DecoderInputs, "positions" | "mask" | "past"> & { readonly x: Value },
  { from, to }: LayerRange,
  storage: CacheStorage,
): Omit<DecoderOutputs, "logits"> {
  const { decoder } = config;
  const frequencies = inverseFrequencies(decoder.ropeTheta, decoder.headDim);
  const table = rotaryTable(inputs.positions, sectionAxes(decoder.mropeSection), frequencies);
  let { x } = inputs;
  const stream = [x];
  const present: KeyValue[] = [];
  const routerLogits: Value[] = [];
  for (let i = from; i < to; i++) {
    const layer = scope.in("model", "layers", i);
    const past = inputs.past?.[i - from];
    const attended = attention(layer, x, {
      decoder,
      table,
      mask: inputs.mask,
      storage,
      ...(past && { past }),
    });
    const fed = feedForward(layer, attended.y, config);
    present.push(attended.present);
    if (fed.routerLogits) routerLogits.push(fed.routerLogits);
    x = fed.y;
    stream.push(x);
  }
  return { present, routerLogits, stream };
}

/** Logits [Q, V] of the tokens `rows` [Q] behind the last layer. `x` [B, S, D]. */
function head(scope: Scope, { decoder }: ModelConfig, x: Value, rows: Value): Value {
  const { vocabSize, hiddenDim, tiedHead, rmsEps } = decoder;
  const model = scope.in("model");
  const wanted = gather(rearrange(x, "b s d -> (b s) d"), rows);
  const normed = rmsNorm(model.in("norm"), wanted, hiddenDim, rmsEps);
  const table = tiedHead ? model.in("embed_tokens") : scope.in("lm_head");
  return linear(table, normed, { in: hiddenDim, out: vocabSize, bias: false });
}

/** Words from the table, visual tokens in their places: [B, S, D]. */
function embed(
  scope: Scope,
  { ids, visual, visualRows }: Pick<DecoderInputs, "ids" | "visual" | "visualRows">,
  table: { rows: number; dim: number },
): Value {
  const none = constant(int64([], [0]));
  const isText = less(visualRows, none);
  const seen = gather(visual, where(isText, none, visualRows));
  return where(rearrange(isText, "b s -> b s 1"), embedding(scope, ids, table), seen);
}

/**
 * Prefill and decode in one graph: S new tokens after P cached ones, for B rows at once.
 *
 * Inputs: `ids`, `visual`, `visual_rows`, `positions`, `mask`, `rows` as in `DecoderInputs`; `past.i.key` and
 * `past.i.value` [B, K, P, d].
 * Outputs: `logits` [Q, V]; `present.i.key` and `present.i.value` [B, K, S, d], the new rows only; with experts
 * `router.i` [B·S, E].
 * Caches in int8 have `.scale` [B, K, P or S, 1] beside each.
 *
 * A part of the layers reads `stream.from` [B, S, D] in the place of `ids`, `visual` and `visual_rows` unless it is the
 * first, and gives `stream.to` in the place of `logits` unless it is the last.
 */
export function decoderGraph(
  config: ModelConfig,
  storage: CacheStorage = "float32",
  range: LayerRange = { from: 0, to: config.decoder.layers },
): { outputs: Record<string, Value>; scope: Scope } {
  const { layers, vocabSize, hiddenDim, kvHeads, headDim } = config.decoder;
  const scope = new Scope("", new Map(), { quantised: quantisationPlan(config) });
  const parts = cacheRows[storage].parts(headDim);
  const cache = (name: string) =>
    parts.map(({ suffix, dtype, size }) => input(name + suffix, dtype, ["B", kvHeads, "P", size]));
  const names = Array.from({ length: range.to - range.from }, (_, i) => cacheNames(range.from + i));
  const x =
    range.from > 0
      ? input(streamName(range.from), "float32", ["B", "S", hiddenDim])
      : embed(
          scope.in("model", "embed_tokens"),
          {
            ids: input("ids", "int64", ["B", "S"]),
            visual: input("visual", "float32", ["R", hiddenDim]),
            visualRows: input("visual_rows", "int64", ["B", "S"]),
          },
          { rows: vocabSize, dim: hiddenDim },
        );
  const inputs = {
    x,
    positions: input("positions", "int64", [3, "B", "S"]),
    mask: input("mask", "float32", ["B", 1, "S", "P+S"]),
    past: names.map(({ past }) => ({ k: cache(past.k), v: cache(past.v) })),
  };
  const { present, routerLogits, stream } = runLayers(scope, config, inputs, range, storage);
  const y = stream.at(-1)!;
  const outputs: Record<string, Value> =
    range.to < layers
      ? { [streamName(range.to)]: y }
      : { logits: head(scope, config, y, input("rows", "int64", ["Q"])) };
  names.forEach(({ present: { k, v } }, i) => {
    for (const [n, { suffix }] of parts.entries()) {
      outputs[k + suffix] = present[i]!.k[n]!;
      outputs[v + suffix] = present[i]!.v[n]!;
    }
  });
  routerLogits.forEach((router, i) => {
    outputs[routerName(range.from + i)] = router;
  });
  return { outputs, scope };
}

/** x + Attention(norm(x)). `x` [B, S, D]. */
function attention(
  layer: Scope,
  x: Value,
  {
    decoder,
    table,
    mask,
    storage,
    past,
  }: { decoder: DecoderConfig; table: RotaryTable; mask: Value; storage: CacheStorage; past?: KeyValue },
): { y: Value; present: KeyValue } {
  const { hiddenDim, heads, kvHeads, headDim, rmsEps } = decoder;
  const scope = layer.in("self_attn");
  const u = rmsNorm(layer.in("input_layernorm"), x, hiddenDim, rmsEps);
  const project = (name: string, count: number) => {
    const y = linear(scope.in(name), u, { in: hiddenDim, out: count * headDim, bias: true });
    return rearrange(y, "b s (h d) -> b h s d", { h: count });
  };
  const q = composites.rotary(project("q_proj", heads), table.cos, table.sin);
  const { keep, read } = cacheRows[storage];
  const present = {
    k: keep(composites.rotary(project("k_proj", kvHeads), table.cos, table.sin)),
    v: keep(project("v_proj", kvHeads)),
  };
  const mixed = composites.attention(q, read(present.k), read(present.v), {
    scale: headDim ** -0.5,
    mask,
    ...(past && { past: { k: read(past.k), v: read(past.v) } }),
  });
  const out = linear(scope.in("o_proj"), rearrange(mixed, "b h s d -> b s (h d)"), {
    in: heads * headDim,
    out: hiddenDim,
    bias: false,
  });
  return { y: add(x, out), present };
}

/** a + c₀·MoE(u) + c₁·MLP(u), or a + MLP(u) without experts; u = norm(a). `a` [B, S, D]. */
function feedForward(
  layer: Scope,
  a: Value,
  { decoder, moe }: ModelConfig,
): { y: Value; routerLogits?: Value } {
  const { hiddenDim: dim, mlpDim, rmsEps } = decoder;
  const u = rmsNorm(layer.in("post_attention_layernorm"), a, dim, rmsEps);
  if (!moe) return { y: add(a, swiglu(layer.in("mlp"), u, { dim, hidden: mlpDim }, false)) };
  const tokens = rearrange(u, "b s d -> (b s) d");
  const dense = swiglu(layer.in("mlp"), tokens, { dim, hidden: mlpDim }, false);
  const sparse = mixtureOfExperts(layer.in("moe"), tokens, { dim, ...moe });
  const mixed = mixPaths(layer.in("coefficient"), tokens, sparse.y, dense, dim);
  return {
    y: add(a, rearrange(mixed, "(b s) d -> b s d", { b: "B" })),
    routerLogits: sparse.routerLogits,
  };
}
