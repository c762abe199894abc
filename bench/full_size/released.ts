/** @file The released EchoVLM's configuration, and smaller models of the same build. */

import { RequestError } from "../../src/errors.ts";

/** How much of the released model is made. */
export interface ModelSize {
  /** Of the decoder; the released model has 28. */
  readonly layers: number;
  /** Of the decoder's hidden state, a multiple of 256; the released model has 3584. The rest shrinks in proportion. */
  readonly width: number;
  /** Of the vision tower; the released model has 32. */
  readonly blocks: number;
}

export const releasedSize: ModelSize = { layers: 28, width: 3584, blocks: 32 };

/** Widths that follow from a size; those of the released model at its own. */
export interface Widths {
  readonly heads: number;
  readonly kvHeads: number;
  readonly mlp: number;
  readonly expert: number;
  readonly shared: number;
}

export const HEAD_DIM = 128;
export const VOCABULARY = 152064;

/** @throws RequestError when no model of that size can be made */
export function widthsOf({ layers, width, blocks }: ModelSize): Widths {
  const problems: string[] = [];
  const whole = (name: string, value: number) => {
    if (!(Number.isInteger(value) && value >= 1))
      problems.push(`--${name}: expected a whole number of 1 or more, got ${value}`);
  };
  whole("layers", layers);
  whole("blocks", blocks);
  if (!(Number.isInteger(width) && width >= 256 && width % 256 === 0))
    problems.push(`--width: expected a multiple of 256, got ${width}`);
  if (problems.length > 0) throw new RequestError("size of the model", problems);
  const heads = width / HEAD_DIM;
  const share = (released: number, step: number) =>
    step * Math.max(1, Math.round((released * width) / releasedSize.width / step));
  return {
    heads,
    kvHeads: heads % 4 === 0 ? 4 : 2,
    mlp: share(18944, 256),
    expert: share(1408, 128),
    shared: share(5632, 128),
  };
}

/** config.json without token ids. */
export function configOf(size: ModelSize): Record<string, unknown> {
  const { heads, kvHeads, mlp, expert, shared } = widthsOf(size);
  return {
    architectures: ["Qwen2VLMOEForConditionalGeneration"],
    attention_dropout: 0,
    hidden_act: "silu",
    hidden_size: size.width,
    intermediate_size: mlp,
    max_position_embeddings: 32768,
    max_window_layers: 28,
    model_type: "qwen2_vl",
    moe_intermediate_size: expert,
    norm_topk_prob: false,
    num_attention_heads: heads,
    num_experts: 4,
    num_experts_per_tok: 2,
    num_hidden_layers: size.layers,
    num_key_value_heads: kvHeads,
    rms_norm_eps: 1e-6,
    rope_scaling: { mrope_section: [16, 24, 24], rope_type: "default", type: "default" },
    rope_theta: 1e6,
    shared_expert_intermediate_size: shared,
    sliding_window: 32768,
    tie_word_embeddings: false,
    torch_dtype: "bfloat16",
    use_sliding_window: false,
    vision_config: {
      depth: size.blocks,
      embed_dim: 1280,
      hidden_size: size.width,
      in_channels: 3,
      mlp_ratio: 4,
      model_type: "qwen2_vl",
      num_heads: 16,
      patch_size: 14,
      spatial_merge_size: 2,
      temporal_patch_size: 2,
    },
    vocab_size: VOCABULARY,
  };
}
