/** @file The language decoder: M-RoPE attention with an explicit cache, dense MLP, and the sparse path if there is one. */

import * as composites from "../graph/composites.ts";
import { add, constant, gather, input, less, rearrange, type Value, where } from "../graph/value.ts";
import { embedding, linear, rmsNorm } from "../nn/linear.ts";
import { swiglu } from "../nn/mlp.ts";
import { mixPaths, mixtureOfExperts } from "../nn/moe.ts";
import { inverseFrequencies, type RotaryTable, rotaryTable, sectionAxes } from "../nn/rope.ts";
import { Scope } from "../nn/scope.ts";
import { int64 } from "../tensor/tensor.ts";
import type { DecoderConfig, ModelConfig } from "./config.ts";

/** Keys and values of one layer, [B, K, length, d] each. */
interface KeyValue {
  readonly k: Value;
  readonly v: Value;
}

/** Names of the cache inputs and outputs of a layer; said once, for the graph and for who runs it. */
export const cacheNames = (layer: number) => ({
  past: { k: `past.${layer}.key`, v: `past.${layer}.value` },
  present: { k: `present.${layer}.key`, v: `present.${layer}.value` },
});

/** Name of the output that holds a layer's router logits. */
export const routerName = (layer: number): string => `router.${layer}`;

/**
 * Prefill and decode in one graph: S new tokens after P cached ones, for B rows at once.
 *
 * Inputs: `ids` [B, S] int64; `visual` [R, D] visual tokens and `visual_rows` [B, S] int64, the row that replaces a
 * token's embedding or −1; `positions` [3, B, S] int64; `mask` [B, 1, S, P+S] added to the scores;
 * `past.i.key` and `past.i.value` [B, K, P, d]; `rows` [Q] int64, which of the B·S tokens get logits.
 * Outputs: `logits` [Q, V]; `present.i.key` and `present.i.value` [B, K, S, d], the new rows only; with experts
 * `router.i` [B·S, E], before softmax.
 *
 * @see spec 1.2, 1.5 to 1.7
 */
export function decoderGraph(config: ModelConfig): { outputs: Record<string, Value>; scope: Scope } {
  const { decoder } = config;
  const { vocabSize, hiddenDim, headDim, kvHeads } = decoder;
  const scope = new Scope();
  const model = scope.in("model");
  const ids = input("ids", "int64", ["B", "S"]);
  const visual = input("visual", "float32", ["R", hiddenDim]);
  const visualRows = input("visual_rows", "int64", ["B", "S"]);
  const positions = input("positions", "int64", [3, "B", "S"]);
  const mask = input("mask", "float32", ["B", 1, "S", "P+S"]);
  const rows = input("rows", "int64", ["Q"]);

  const frequencies = inverseFrequencies(decoder.ropeTheta, headDim);
  const table = rotaryTable(positions, sectionAxes(decoder.mropeSection), frequencies);
  const none = constant(int64([], [0]));
  const isText = rearrange(less(visualRows, none), "b s -> b s 1");
  const words = embedding(model.in("embed_tokens"), ids, { rows: vocabSize, dim: hiddenDim });
  let x = where(isText, words, gather(visual, where(less(visualRows, none), none, visualRows)));

  const outputs: Record<string, Value> = {};
  for (let i = 0; i < decoder.layers; i++) {
    const names = cacheNames(i);
    const layer = model.in("layers", i);
    const shape = ["B", kvHeads, "P", headDim];
    const past = { k: input(names.past.k, "float32", shape), v: input(names.past.v, "float32", shape) };
    const attended = attention(layer, x, { decoder, table, mask, past });
    const fed = feedForward(layer, attended.y, config);
    outputs[names.present.k] = attended.present.k;
    outputs[names.present.v] = attended.present.v;
    if (fed.routerLogits) outputs[routerName(i)] = fed.routerLogits;
    x = fed.y;
  }
  const wanted = gather(rearrange(x, "b s d -> (b s) d"), rows);
  const normed = rmsNorm(model.in("norm"), wanted, hiddenDim, decoder.rmsEps);
  const head = decoder.tiedHead ? model.in("embed_tokens") : scope.in("lm_head");
  outputs.logits = linear(head, normed, { in: hiddenDim, out: vocabSize, bias: false });
  return { outputs, scope };
}

/** x + Attention(norm(x)). `x` [B, S, D]. */
function attention(
  layer: Scope,
  x: Value,
  { decoder, table, mask, past }: { decoder: DecoderConfig; table: RotaryTable; mask: Value; past: KeyValue },
): { y: Value; present: KeyValue } {
  const { hiddenDim, heads, kvHeads, headDim, rmsEps } = decoder;
  const scope = layer.in("self_attn");
  const u = rmsNorm(layer.in("input_layernorm"), x, hiddenDim, rmsEps);
  const project = (name: string, count: number) => {
    const y = linear(scope.in(name), u, { in: hiddenDim, out: count * headDim, bias: true });
    return rearrange(y, "b s (h d) -> b h s d", { h: count });
  };
  const q = composites.rotary(project("q_proj", heads), table.cos, table.sin);
  const k = composites.rotary(project("k_proj", kvHeads), table.cos, table.sin);
  const v = project("v_proj", kvHeads);
  const mixed = composites.attention(q, k, v, { scale: headDim ** -0.5, mask, past });
  const out = linear(scope.in("o_proj"), rearrange(mixed, "b h s d -> b s (h d)"), {
    in: heads * headDim,
    out: hiddenDim,
    bias: false,
  });
  return { y: add(x, out), present: { k, v } };
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
