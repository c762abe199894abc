/** config.json of a very small EchoVLM. */
export const tinyEchoVlm = {
  model_type: "qwen2_vl",
  architectures: ["Qwen2VLMOEForConditionalGeneration"],
  vocab_size: 16,
  hidden_size: 8,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  rms_norm_eps: 1e-6,
  rope_scaling: { type: "mrope", mrope_section: [0, 1, 1] },
  max_position_embeddings: 64,
  sliding_window: 64,
  tie_word_embeddings: false,
  moe_intermediate_size: 4,
  shared_expert_intermediate_size: 6,
  num_experts: 3,
  num_experts_per_tok: 1,
  image_token_id: 12,
  video_token_id: 13,
  vision_start_token_id: 14,
  vision_end_token_id: 15,
  vision_config: { depth: 2, embed_dim: 8, hidden_size: 8, num_heads: 2, patch_size: 2 },
};

/** The same without its experts. */
const { architectures: _, ...rest } = tinyEchoVlm;
export const tinyDense = Object.fromEntries(
  Object.entries(rest).filter(([name]) => !/expert|moe/.test(name)),
);
