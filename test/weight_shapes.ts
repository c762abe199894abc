import type { ModelConfig } from "../src/model/config.ts";

/** The published table of weights (reference specification 1.11), written out for Qwen2-VL and EchoVLM. */
export function weightShapes({ decoder, vision, moe }: ModelConfig): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  const norm = (name: string, size: number) => {
    shapes.set(`${name}.weight`, [size]).set(`${name}.bias`, [size]);
  };
  const linear = (name: string, out: number, input: number, bias = true) => {
    shapes.set(`${name}.weight`, [out, input]);
    if (bias) shapes.set(`${name}.bias`, [out]);
  };
  const swiglu = (name: string, width: number) => {
    linear(`${name}.gate_proj`, width, decoder.hiddenDim, false);
    linear(`${name}.up_proj`, width, decoder.hiddenDim, false);
    linear(`${name}.down_proj`, decoder.hiddenDim, width, false);
  };

  const { embedDim: d, patchSize } = vision;
  shapes.set("visual.patch_embed.proj.weight", [
    d,
    vision.channels,
    vision.temporalPatchSize,
    patchSize,
    patchSize,
  ]);
  for (let b = 0; b < vision.depth; b++) {
    const block = `visual.blocks.${b}`;
    norm(`${block}.norm1`, d);
    norm(`${block}.norm2`, d);
    linear(`${block}.attn.qkv`, 3 * d, d);
    linear(`${block}.attn.proj`, d, d);
    linear(`${block}.mlp.fc1`, vision.mlpDim, d);
    linear(`${block}.mlp.fc2`, d, vision.mlpDim);
  }
  const cell = d * vision.mergeSize ** 2;
  norm("visual.merger.ln_q", d);
  linear("visual.merger.mlp.0", cell, cell);
  linear("visual.merger.mlp.2", vision.outDim, cell);

  const h = decoder.hiddenDim;
  shapes.set("model.embed_tokens.weight", [decoder.vocabSize, h]);
  for (let i = 0; i < decoder.layers; i++) {
    const layer = `model.layers.${i}`;
    const kv = decoder.kvHeads * decoder.headDim;
    linear(`${layer}.self_attn.q_proj`, h, h);
    linear(`${layer}.self_attn.k_proj`, kv, h);
    linear(`${layer}.self_attn.v_proj`, kv, h);
    linear(`${layer}.self_attn.o_proj`, h, h, false);
    swiglu(`${layer}.mlp`, decoder.mlpDim);
    shapes.set(`${layer}.input_layernorm.weight`, [h]);
    shapes.set(`${layer}.post_attention_layernorm.weight`, [h]);
    if (moe === null) continue;
    linear(`${layer}.moe.gate`, moe.experts, h, false);
    for (let e = 0; e < moe.experts; e++) swiglu(`${layer}.moe.experts.${e}`, moe.expertDim);
    swiglu(`${layer}.moe.shared_expert`, moe.sharedDim);
    linear(`${layer}.moe.shared_expert_gate`, 1, h, false);
    linear(`${layer}.coefficient`, 2, h);
  }
  shapes.set("model.norm.weight", [h]);
  if (!decoder.tiedHead) shapes.set("lm_head.weight", [decoder.vocabSize, h]);
  return shapes;
}
