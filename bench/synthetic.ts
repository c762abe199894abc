/** @file Checkpoints with random weights in realistic shapes, to measure speed and memory; their answers mean nothing. */

import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSafetensors } from "../src/checkpoint/safetensors.ts";
import { parameterShapes } from "../src/model/parameters.ts";
import { parseConfig } from "../src/model/parse_config.ts";
import { createRandom } from "../src/tensor/random.ts";
import { elementCount, float32, type Tensor } from "../src/tensor/tensor.ts";

/** Shapes by name: parameters in millions are in the name. */
export const presets = {
  "60m": {
    hidden_size: 512,
    intermediate_size: 1408,
    num_hidden_layers: 8,
    num_attention_heads: 8,
    vision: 384,
  },
  "300m": {
    hidden_size: 1024,
    intermediate_size: 2816,
    num_hidden_layers: 12,
    num_attention_heads: 16,
    vision: 768,
  },
  "1300m": {
    hidden_size: 1536,
    intermediate_size: 8960,
    num_hidden_layers: 16,
    num_attention_heads: 12,
    vision: 1280,
  },
} as const;
export type Preset = keyof typeof presets;

/**
 * Write a checkpoint folder.
 *
 * @param donor a checkpoint whose tokenizer and processor files are taken over
 */
export async function writeSynthetic(preset: Preset, folder: string, donor: string): Promise<void> {
  const { vision, ...sizes } = presets[preset];
  const tiny = JSON.parse(await readFile(join(donor, "config.json"), "utf8"));
  const headDim = sizes.hidden_size / sizes.num_attention_heads;
  const json = {
    ...tiny,
    ...sizes,
    num_key_value_heads: sizes.num_attention_heads / 4,
    rope_scaling: { type: "mrope", mrope_section: [headDim / 8, (3 * headDim) / 16, (3 * headDim) / 16] },
    moe_intermediate_size: sizes.intermediate_size / 8,
    shared_expert_intermediate_size: sizes.intermediate_size / 4,
    max_position_embeddings: 32768,
    sliding_window: 32768,
    vision_config: {
      ...tiny.vision_config,
      depth: 12,
      embed_dim: vision,
      num_heads: vision / 64,
      hidden_size: sizes.hidden_size,
    },
  };
  await mkdir(folder, { recursive: true });
  for (const name of [
    "tokenizer.json",
    "tokenizer_config.json",
    "preprocessor_config.json",
    "generation_config.json",
  ])
    await cp(join(donor, name), join(folder, name));
  await writeFile(join(folder, "config.json"), JSON.stringify(json));
  const random = createRandom(1);
  const weights = new Map<string, Tensor>();
  for (const [name, shape] of parameterShapes(parseConfig(json, preset))) {
    const isNorm = /norm\d?\.weight$|ln_q\.weight$/.test(name);
    const data = new Float32Array(elementCount(shape));
    const scale = 1 / Math.sqrt(elementCount(shape.slice(1)));
    for (let i = 0; i < data.length; i++) data[i] = isNorm ? 1 : (random() - 0.5) * 2 * scale;
    weights.set(name, float32(shape, data));
  }
  await writeSafetensors(join(folder, "model.safetensors"), weights, {});
}
