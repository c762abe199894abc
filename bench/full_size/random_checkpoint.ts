/**
 * @file Writes a checkpoint of the released EchoVLM's build with pseudo-random weights: for speed and memory, its answers
 * mean nothing. Weights are normal numbers from blocks of 2²⁰ that repeat, so they come as fast as the disk takes them;
 * one tensor at a time is in memory.
 */

import { join } from "node:path";
import { replaceFolder, writeSynced } from "../../src/checkpoint/replace_folder.ts";
import type { TensorToWrite } from "../../src/checkpoint/safetensors.ts";
import { writeWeights } from "../../src/checkpoint/write_checkpoint.ts";
import { parameterShapes } from "../../src/model/parameters.ts";
import { parseConfig } from "../../src/model/parse_config.ts";
import { float32ToBfloat16 } from "../../src/tensor/half.ts";
import { namedRandom } from "../../src/tensor/random.ts";
import { elementCount, type Tensor, tensor } from "../../src/tensor/tensor.ts";
import { jsonText, tokenizerOf } from "../../src/train/tokenizer_source.ts";
import { assertDiskSpace } from "./free_disk.ts";
import { configOf, type ModelSize } from "./released.ts";

/** What a file of weights holds at most. */
const SHARD_BYTES = 4e9;

/** A prime, so that rows of a matrix do not line up with the block that they repeat. */
const BLOCK_VALUES = 1_048_573;

/** Values of a weight, by its name: constant, or normal around 0 with this deviation. */
type Values = { readonly constant: number } | { readonly std: number };

/**
 * Norms 1, biases and the mixing coefficient 0; tables and routers small; other matrices keep the variance of what they
 * are given. What a block adds to the residual stream is divided by √(2 · blocks), so that activations stay near 1
 * through every layer.
 */
export function valuesOf(name: string, shape: readonly number[], size: ModelSize): Values {
  if (name.endsWith(".bias") || name.endsWith(".coefficient.weight")) return { constant: 0 };
  if (shape.length === 1) return { constant: 1 };
  if (/\b(embed_tokens|moe\.gate|shared_expert_gate)\.weight$/.test(name)) return { std: 0.02 };
  const blocks = name.startsWith("visual.") ? size.blocks : size.layers;
  const residual = /\.(o_proj|down_proj|attn\.proj|fc2)\.weight$/.test(name) ? 1 / Math.sqrt(2 * blocks) : 1;
  return { std: residual / Math.sqrt(elementCount(shape.slice(1))) };
}

/** Weights of one seed; blocks of each deviation are made once. */
function createWeights(size: ModelSize, seed: number) {
  const made = new Map<number, Uint16Array>();
  const blockOf = (std: number): Uint16Array => {
    const block = made.get(std) ?? normalBlock(std, seed);
    made.set(std, block);
    return block;
  };
  return (name: string, shape: readonly number[]): Tensor<"bfloat16"> => {
    const data = new Uint16Array(elementCount(shape));
    const values = valuesOf(name, shape, size);
    if ("constant" in values) data.fill(bfloat16(values.constant));
    else repeat(blockOf(values.std), data, namedRandom(seed, name)());
    return tensor("bfloat16", shape, data);
  };
}

/** Fill `target` with a block again and again, from a place in it that differs from tensor to tensor. */
function repeat(block: Uint16Array, target: Uint16Array, start: number): void {
  let from = Math.floor(start * block.length);
  for (let filled = 0; filled < target.length; from = 0) {
    const piece = block.subarray(from, from + target.length - filled);
    target.set(piece, filled);
    filled += piece.length;
  }
}

/** Normal numbers in bfloat16, by Box and Muller. */
function normalBlock(std: number, seed: number): Uint16Array {
  const random = namedRandom(seed, String(std));
  const values = Float32Array.from(
    { length: BLOCK_VALUES },
    () => std * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
  const block = new Uint16Array(values.length);
  float32ToBfloat16(values, block);
  return block;
}

function bfloat16(value: number): number {
  const target = new Uint16Array(1);
  float32ToBfloat16(Float32Array.of(value), target);
  return target[0]!;
}

/** As the released model's: pictures keep their size between 4 and 16384 visual tokens. */
const preprocessor = {
  do_convert_rgb: true,
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: [0.48145466, 0.4578275, 0.40821073],
  image_processor_type: "Qwen2VLImageProcessor",
  image_std: [0.26862954, 0.26130258, 0.27577711],
  max_pixels: 12845056,
  merge_size: 2,
  min_pixels: 3136,
  patch_size: 14,
  processor_class: "Qwen2VLProcessor",
  temporal_patch_size: 2,
};

/**
 * Write a folder that every command loads. It takes the place of a folder of that name once it is whole.
 *
 * @param donor a checkpoint whose tokenizer is taken over; the table of tokens keeps its 152064 rows
 * @param seed whole number, 0 to 2³² − 1
 * @returns bytes of the weights
 * @throws CheckpointError when the disk has no room, before anything is written
 */
export async function writeRandomCheckpoint(
  folder: string,
  size: ModelSize,
  { donor, seed }: { readonly donor: string; readonly seed: number },
): Promise<number> {
  const { files, ids } = await tokenizerOf(donor);
  const config = {
    ...configOf(size),
    bos_token_id: ids.endOfText,
    eos_token_id: ids.endOfTurn,
    image_token_id: ids.image,
    video_token_id: ids.video,
    vision_end_token_id: ids.visionEnd,
    vision_start_token_id: ids.visionStart,
  };
  const shapes = parameterShapes(parseConfig(config, "config.json"));
  const bytes = [...shapes.values()].reduce((sum, shape) => sum + 2 * elementCount(shape), 0);
  await assertDiskSpace(folder, bytes);
  const texts = new Map([
    ...files,
    ["config.json", jsonText(config)],
    ["generation_config.json", jsonText({ do_sample: false, eos_token_id: [ids.endOfTurn, ids.endOfText] })],
    ["preprocessor_config.json", jsonText(preprocessor)],
  ]);
  const load = createWeights(size, seed);
  const weights = [...shapes].map(([name, shape]): [string, TensorToWrite] => [
    name,
    { dtype: "bfloat16", shape, load: async () => load(name, shape) },
  ]);
  await replaceFolder(folder, async (built) => {
    for (const [name, text] of texts) await writeSynced(join(built, name), text);
    await writeWeights(built, new Map(weights), SHARD_BYTES);
  });
  return bytes;
}
