/** @file The sizes of the small dense Qwen2-VL that every run starts from, and of what is put beside it. */

import type { ModelConfig } from "../../src/model/config.ts";
import type { JsonObject } from "../../src/model/json_fields.ts";
import { parameterShapes } from "../../src/model/parameters.ts";
import { elementCount } from "../../src/tensor/tensor.ts";
import { draftConfig } from "../../src/train/fresh_checkpoint.ts";
import type { SparseDims } from "../../src/train/sparse_checkpoint.ts";
import type { SparseStart } from "../../src/train/sparse_start.ts";

/** Pixels along one side of a picture as the model sees it: 64 patches, 16 visual tokens. */
export const pictureSide = 112;
/** Neurons of the dense MLP. */
const mlpDim = 384;
const hiddenDim = 128;

/** The sparse path that a run adds to its base. */
export interface SparsePath extends SparseDims {
  /** Without it a shared expert without output stands frozen in its place. */
  readonly hasShared: boolean;
  readonly start: SparseStart;
  /** What the mixing coefficient gives the dense path at the start. */
  readonly denseShare: number;
}

/**
 * Four experts of which two are chosen, as in the paper. The shared expert has a third of the dense MLP's neurons and an
 * expert a quarter, where the paper's have 30 % and 7 %: a twelfth of so small an MLP would be hardly any.
 */
export const paperPath: SparsePath = {
  experts: 4,
  topK: 2,
  expertDim: 96,
  sharedDim: 128,
  hasShared: true,
  start: "copy",
  denseShare: 0.9,
};

export const bases = ["base", "wide-base"] as const;
export type BaseName = (typeof bases)[number];

/** config.json of a base, without token ids. */
export const baseJson = (base: BaseName, layers: number): JsonObject =>
  denseJson(layers, base === "base" ? mlpDim : wideMlpDim(layers));

/** Neurons of a dense MLP with which the model has as many parameters as with the paper's sparse path. */
function wideMlpDim(layers: number): number {
  const [dense, sparse] = [denseJson(layers, mlpDim), sparseJson(denseJson(layers, mlpDim), paperPath)].map(
    (json) => parametersOf(checked(json)),
  );
  return mlpDim + Math.round((sparse! - dense!) / (layers * 3 * hiddenDim));
}

/** The configuration of a run's model; token ids in it mean nothing. */
export function configOf(base: BaseName, sparse: SparsePath | null, layers: number): ModelConfig {
  const json = baseJson(base, layers);
  return checked(sparse ? sparseJson(json, sparse) : json);
}

const checked = (json: JsonObject): ModelConfig =>
  draftConfig(json, "recipes/dual-path", pictureSide ** 2).config;

export const parametersOf = (config: ModelConfig): number =>
  [...parameterShapes(config).values()].reduce((sum, shape) => sum + elementCount(shape), 0);

const sparseJson = (json: JsonObject, { experts, topK, expertDim, sharedDim }: SparsePath): JsonObject => ({
  ...json,
  architectures: ["Qwen2VLMOEForConditionalGeneration"],
  num_experts: experts,
  num_experts_per_tok: topK,
  moe_intermediate_size: expertDim,
  shared_expert_intermediate_size: sharedDim,
  norm_topk_prob: false,
});

const denseJson = (layers: number, mlpDim: number): JsonObject => ({
  architectures: ["Qwen2VLForConditionalGeneration"],
  attention_dropout: 0,
  hidden_act: "silu",
  hidden_size: hiddenDim,
  initializer_range: 0.02,
  intermediate_size: mlpDim,
  max_position_embeddings: 2048,
  max_window_layers: layers,
  model_type: "qwen2_vl",
  num_attention_heads: 4,
  num_hidden_layers: layers,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_scaling: { mrope_section: [4, 6, 6], rope_type: "default", type: "default" },
  rope_theta: 10000,
  sliding_window: null,
  tie_word_embeddings: true,
  torch_dtype: "float32",
  use_cache: true,
  use_sliding_window: false,
  vision_config: {
    depth: layers,
    embed_dim: 128,
    hidden_size: hiddenDim,
    in_channels: 3,
    mlp_ratio: 3,
    model_type: "qwen2_vl",
    num_heads: 4,
    patch_size: 14,
    spatial_merge_size: 2,
    temporal_patch_size: 2,
  },
  vocab_size: 2048,
});
