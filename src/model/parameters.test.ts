import assert from "node:assert/strict";
import { test } from "node:test";
import { topological } from "../graph/value.ts";
import { lower } from "../onnx/lower.ts";
import { elementCount } from "../tensor/tensor.ts";
import type { ModelConfig } from "./config.ts";
import { cacheNames, decoderGraph, routerName } from "./decoder.ts";
import { parameterShapes, rowWeights } from "./parameters.ts";
import { visionGraph } from "./vision.ts";

/** The released 7B model. @see spec 1 */
const released: ModelConfig = {
  family: "echovlm",
  decoder: {
    vocabSize: 152_064,
    hiddenDim: 3584,
    mlpDim: 18_944,
    layers: 28,
    heads: 28,
    kvHeads: 4,
    headDim: 128,
    rmsEps: 1e-6,
    ropeTheta: 1e6,
    mropeSection: [16, 24, 24],
    maxPositions: 32_768,
    slidingWindow: null,
    tiedHead: false,
  },
  vision: {
    depth: 32,
    embedDim: 1280,
    outDim: 3584,
    heads: 16,
    mlpDim: 5120,
    channels: 3,
    patchSize: 14,
    temporalPatchSize: 2,
    mergeSize: 2,
    window: null,
    tokensPerSecond: null,
  },
  moe: { experts: 4, topK: 2, expertDim: 1408, sharedDim: 5632, normTopK: false },
  tokens: { image: 151_655, video: 151_656, visionStart: 151_652, visionEnd: 151_653 },
};
const count = (shapes: Iterable<readonly number[]>): number =>
  [...shapes].reduce((sum, shape) => sum + elementCount(shape), 0);

test("the released model has 11,683,172,920 parameters in 1,262 tensors", () => {
  const shapes = parameterShapes(released);
  assert.equal(shapes.size, 1262);
  assert.equal(count(shapes.values()), 11_683_172_920);
});

test("a token meets the matrices of the decoder, of four experts two", () => {
  for (const config of [released, { ...released, moe: null, family: "qwen2-vl" as const }]) {
    const met = [...parameterShapes(config)].map(([name, shape]) => {
      if (!/^(model\.layers\.|lm_head)/.test(name) || shape.length < 2) return 0;
      return elementCount(shape) * (/\.experts\./.test(name) ? 1 / 2 : 1);
    });
    const all = met.reduce((sum, weights) => sum + weights, 0);
    assert.ok(Math.abs(rowWeights(config) / all - 1) < 1e-3, `${rowWeights(config)} of ${all}`);
  }
});

test("the weights of the sparse path are the ones that stage 1 trains", () => {
  const sparse = [...parameterShapes(released)].filter(([name]) => /moe|coefficient/.test(name));
  assert.equal(count(sparse.map(([, shape]) => shape)), 3_391_797_304);
});

test("weights have their checkpoint names", () => {
  const shapes = parameterShapes(released);
  const named: readonly [string, number[]][] = [
    ["visual.patch_embed.proj.weight", [1280, 3, 2, 14, 14]],
    ["visual.blocks.31.norm1.bias", [1280]],
    ["visual.blocks.0.attn.qkv.weight", [3840, 1280]],
    ["visual.blocks.7.mlp.fc2.weight", [1280, 5120]],
    ["visual.merger.ln_q.weight", [1280]],
    ["visual.merger.mlp.2.weight", [3584, 5120]],
    ["model.embed_tokens.weight", [152_064, 3584]],
    ["model.layers.27.self_attn.k_proj.bias", [512]],
    ["model.layers.0.self_attn.o_proj.weight", [3584, 3584]],
    ["model.layers.3.moe.experts.3.down_proj.weight", [3584, 1408]],
    ["model.layers.3.moe.shared_expert.up_proj.weight", [5632, 3584]],
    ["model.layers.3.moe.shared_expert_gate.weight", [1, 3584]],
    ["model.layers.3.coefficient.bias", [2]],
    ["model.layers.3.post_attention_layernorm.weight", [3584]],
    ["model.norm.weight", [3584]],
    ["lm_head.weight", [152_064, 3584]],
  ];
  for (const [name, shape] of named) assert.deepEqual(shapes.get(name), shape, name);
  assert.ok(!shapes.has("model.layers.0.self_attn.o_proj.bias"));
});

test("the dense family is the released one without its sparse path, and a tied head has no weight", () => {
  const dense = { ...released, family: "qwen2-vl", moe: null } as const;
  const names = [...parameterShapes(dense).keys()];
  assert.deepEqual(
    names,
    [...parameterShapes(released).keys()].filter((name) => !/moe|coefficient/.test(name)),
  );
  const tied = { ...dense, decoder: { ...dense.decoder, tiedHead: true } };
  assert.deepEqual(
    [...parameterShapes(tied).keys()],
    names.filter((name) => name !== "lm_head.weight"),
  );
});

test("Qwen2.5-VL normalises its pictures without bias and gates their MLPs", () => {
  const vision = { ...released.vision, window: { sizePx: 112, fullBlocks: [7] } };
  const names = [...parameterShapes({ ...released, vision }).keys()];
  const block = names.filter((name) => name.startsWith("visual.blocks.0.")).map((name) => name.slice(16));
  assert.deepEqual(block.sort(), [
    "attn.proj.bias",
    "attn.proj.weight",
    "attn.qkv.bias",
    "attn.qkv.weight",
    "mlp.down_proj.bias",
    "mlp.down_proj.weight",
    "mlp.gate_proj.bias",
    "mlp.gate_proj.weight",
    "mlp.up_proj.bias",
    "mlp.up_proj.weight",
    "norm1.weight",
    "norm2.weight",
  ]);
  assert.ok(names.includes("visual.merger.ln_q.weight") && !names.includes("visual.merger.ln_q.bias"));
});

test("the decoder returns logits, the new cache rows of every layer and the routers' logits", () => {
  const { outputs } = decoderGraph(released);
  const layers = Array.from({ length: 28 }, (_, i) => i);
  const named = layers.flatMap((i) => [cacheNames(i).present.k, cacheNames(i).present.v, routerName(i)]);
  assert.deepEqual(Object.keys(outputs).sort(), [...named, "logits"].sort());
  assert.deepEqual(outputs.logits?.shape, ["Q", 152_064]);
  assert.deepEqual(outputs[cacheNames(27).present.k]?.shape, ["B", 4, "S", 128]);
  assert.deepEqual(outputs[routerName(0)]?.shape, ["B*S", 4]);
  const fed = topological(Object.values(outputs)).flatMap((value) =>
    value.op === "input" && "name" in value.attrs ? [value.attrs.name] : [],
  );
  const past = layers.flatMap((i) => [cacheNames(i).past.k, cacheNames(i).past.v]);
  const own = ["ids", "visual", "visual_rows", "positions", "mask", "rows"];
  assert.deepEqual(fed.sort(), [...past, ...own].sort());
});

for (const kernels of ["fused", "plain"] as const)
  test(`a model of 120 layers is lowered to ${kernels} nodes without exhausting the stack`, () => {
    const deep = { ...released, decoder: { ...released.decoder, layers: 120 } };
    const options = { kernels, storage: "float32" } as const;
    assert.equal(lower(decoderGraph(deep).outputs, options).outputs.length, 120 * 3 + 1);
    assert.equal(lower(visionGraph({ ...released.vision, depth: 120 }).outputs, options).outputs.length, 1);
  });
