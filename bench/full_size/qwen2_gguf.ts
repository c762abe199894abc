/** @file A GGUF file in the shape of Qwen2-7B, EchoVLM's dense base, with random weights, for llama.cpp to run. */

import { byteCharacters } from "../../src/processor/byte_alphabet.ts";
import { namedRandom } from "../../src/tensor/random.ts";
import { assertDiskSpace } from "./free_disk.ts";
import { blocks, type GgmlType, randomBlocks } from "./ggml_blocks.ts";
import { type GgufTensor, type GgufValue, type Placed, placeTensors, writeGguf } from "./gguf.ts";
import { HEAD_DIM, type ModelSize, VOCABULARY, widthsOf } from "./released.ts";

/** Mixtures of types that `llama-quantize` makes, by its names. */
export const ggufMixtures = ["q4_0", "q4_k_m"] as const;
export type GgufMixture = (typeof ggufMixtures)[number];

/** As llama.cpp: the first and last eighth of the layers and every third between get more bits in q4_k_m. */
const getsMoreBits = (layer: number, layers: number): boolean =>
  layer < Math.floor(layers / 8) ||
  layer >= Math.floor((7 * layers) / 8) ||
  (layer - Math.floor(layers / 8)) % 3 === 2;

/**
 * The tensors of a mixture, as llama_model_quantize chooses their types: the head has 6 bits in both; in q4_k_m also
 * some layers' values and down projections.
 */
export function qwen2Tensors(mixture: GgufMixture, size: ModelSize): GgufTensor[] {
  const { kvHeads, mlp } = widthsOf(size);
  const { layers, width } = size;
  const [kv, four] = [kvHeads * HEAD_DIM, mixture === "q4_0" ? "q4_0" : "q4_k"] as const;
  const matrix = (name: string, out: number, from: number, type: GgmlType = four): GgufTensor => ({
    name: `${name}.weight`,
    type,
    shape: [out, from],
  });
  const vector = (name: string, length: number): GgufTensor => ({ name, type: "f32", shape: [length] });
  const layer = (i: number): GgufTensor[] => {
    const at = (part: string) => `blk.${i}.${part}`;
    const more = mixture === "q4_k_m" && getsMoreBits(i, layers) ? "q6_k" : four;
    return [
      vector(at("attn_norm.weight"), width),
      matrix(at("attn_q"), width, width),
      vector(at("attn_q.bias"), width),
      matrix(at("attn_k"), kv, width),
      vector(at("attn_k.bias"), kv),
      matrix(at("attn_v"), kv, width, more),
      vector(at("attn_v.bias"), kv),
      matrix(at("attn_output"), width, width),
      vector(at("ffn_norm.weight"), width),
      matrix(at("ffn_gate"), mlp, width),
      matrix(at("ffn_up"), mlp, width),
      matrix(at("ffn_down"), width, mlp, more),
    ];
  };
  return [
    matrix("token_embd", VOCABULARY, width),
    ...Array.from({ length: layers }, (_, i) => layer(i)).flat(),
    vector("output_norm.weight", width),
    matrix("output", VOCABULARY, width, "q6_k"),
  ];
}

function metadata(mixture: GgufMixture, size: ModelSize): Record<string, GgufValue> {
  const { heads, kvHeads, mlp } = widthsOf(size);
  return {
    "general.architecture": { string: "qwen2" },
    "general.name": { string: "random weights" },
    "general.file_type": { uint32: mixture === "q4_0" ? 2 : 15 },
    "general.quantization_version": { uint32: 2 },
    "qwen2.block_count": { uint32: size.layers },
    "qwen2.context_length": { uint32: 32768 },
    "qwen2.embedding_length": { uint32: size.width },
    "qwen2.feed_forward_length": { uint32: mlp },
    "qwen2.attention.head_count": { uint32: heads },
    "qwen2.attention.head_count_kv": { uint32: kvHeads },
    "qwen2.attention.layer_norm_rms_epsilon": { float32: 1e-6 },
    "qwen2.rope.freq_base": { float32: 1e6 },
    "qwen2.vocab_size": { uint32: VOCABULARY },
    ...vocabulary(),
  };
}

/** Bytes and fillers: the bindings of llama.cpp tokenise a few characters when they load, and stop without a vocabulary. */
function vocabulary(): Record<string, GgufValue> {
  const [merge, merged] = ["a b", "ab"];
  const fillers = Array.from({ length: VOCABULARY - byteCharacters.length - 1 }, (_, i) => `filler${i}`);
  return {
    "tokenizer.ggml.model": { string: "gpt2" },
    "tokenizer.ggml.pre": { string: "qwen2" },
    "tokenizer.ggml.tokens": { strings: [...byteCharacters, merged, ...fillers] },
    "tokenizer.ggml.merges": { strings: [merge] },
    "tokenizer.ggml.eos_token_id": { uint32: VOCABULARY - 1 },
  };
}

/** Blocks of one pattern; a tensor repeats it. An odd number, so that rows do not line up with it. */
const PATTERN_BLOCKS = 16381;

/** Random patterns by type and deviation: few, since tensors of one shape share theirs. */
type Patterns = Map<string, Uint8Array>;

function patternOf(patterns: Patterns, type: GgmlType, std: number, seed: number): Uint8Array {
  const key = `${type} ${std}`;
  const pattern = patterns.get(key) ?? randomBlocks(type, PATTERN_BLOCKS, std, namedRandom(seed, key));
  patterns.set(key, pattern);
  return pattern;
}

/** One tensor's bytes: norms 1, biases 0, and for matrices a random pattern again and again. */
function* fill(
  { name, type, shape, bytes }: Placed,
  { layers, seed, patterns }: { layers: number; seed: number; patterns: Patterns },
): Generator<Uint8Array> {
  if (type === "f32") {
    const values = new Float32Array(bytes / 4).fill(name.endsWith("norm.weight") ? 1 : 0);
    yield new Uint8Array(values.buffer);
    return;
  }
  // What a layer adds to the residual stream is small, so that the stream does not grow with depth.
  const residual = /attn_output|ffn_down/.test(name) ? 1 / Math.sqrt(2 * layers) : 1;
  const std = name.startsWith("token_embd") ? 0.02 : residual / Math.sqrt(shape.at(-1)!);
  const pattern = patternOf(patterns, type, std, seed);
  for (let left = bytes; left > 0; left -= pattern.length) yield pattern.subarray(0, left);
}

/** Bytes of the tensors whose names begin with one of these. */
const bytesOf = (mixture: GgufMixture, size: ModelSize, ...starts: readonly string[]): number =>
  placeTensors(qwen2Tensors(mixture, size))
    .placed.filter(({ name }) => starts.some((start) => name.startsWith(start)))
    .reduce((sum, { bytes }) => sum + bytes, 0);

/** Bytes that a generated token reads: every tensor but the table, of which it is one row. */
export const activeGgufBytes = (mixture: GgufMixture, size: ModelSize): number =>
  bytesOf(mixture, size, "blk.", "output");

/** The layers' part of it. */
export const activeGgufLayerBytes = (mixture: GgufMixture, size: ModelSize): number =>
  bytesOf(mixture, size, "blk.");

/** Weights of the layers that one token is multiplied with. */
export const qwen2LayerWeights = (size: ModelSize): number =>
  qwen2Tensors("q4_0", size)
    .filter(({ name, type }) => name.startsWith("blk.") && blocks[type].weights > 1)
    .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

/**
 * Write the file; only patterns are in memory, some megabytes each.
 *
 * @throws CheckpointError when the disk has no room
 */
export async function writeQwen2Gguf(
  path: string,
  mixture: GgufMixture,
  size: ModelSize,
  seed: number,
): Promise<void> {
  const tensors = qwen2Tensors(mixture, size);
  await assertDiskSpace(path, placeTensors(tensors).bytes);
  const source = { layers: size.layers, seed, patterns: new Map() };
  await writeGguf(path, metadata(mixture, size), tensors, (tensor) => fill(tensor, source));
}
