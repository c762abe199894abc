/**
 * @file config.json to `ModelConfig`, by the rules of the reference: a value in the file wins, the
 * configuration class supplies what is absent (transformers 4.47 for Qwen2-VL and EchoVLM, 4.49 for
 * Qwen2.5-VL), and keys that the class does not read mean nothing, such as `vision_config.in_chans`.
 */

import { ConfigError } from "../errors.ts";
import type { DecoderConfig, Family, ModelConfig, MoeConfig, SpecialTokens, VisionConfig } from "./config.ts";
import {
  isJsonObject,
  type JsonFields,
  type JsonObject,
  jsonFields,
  type Range,
  shown,
} from "./json_fields.ts";
import { parseQuantisation } from "./quantisation.ts";

/** Far above any published model; what exceeds them is a mistake, and later arithmetic stays exact. */
const width: Range = { min: 1, max: 2 ** 20 };
const count: Range = { min: 1, max: 2 ** 12 };
const tokenCount: Range = { min: 1, max: 2 ** 24 };

/** Whether two numbers are known (not NaN) and not the same. */
const differ = (a: number, b: number): boolean => Math.abs(a - b) > 0;

/**
 * Parse a config.json, in the flat layout or in the newer one with a nested `text_config`.
 *
 * Differs: `num_experts` is honoured, where the reference's constructor swallows it and keeps 4.
 *
 * @param json what the file holds
 * @param where the file's name, for messages
 * @throws ConfigError naming every missing, mistyped, impossible or unsupported field
 */
export function parseConfig(json: unknown, where: string): ModelConfig {
  if (!isJsonObject(json)) throw new ConfigError(where, `expected a JSON object, found ${shown(json)}`);
  const problems: string[] = [];
  const family = familyOf(json, where);
  const root = jsonFields(json, "", problems);
  const nested = isJsonObject(json.text_config) ? json.text_config : {};
  const text = json.text_config == null ? root : root.object("text_config");

  const decoder = readDecoder(text, root, family, problems);
  const vision = readVision(root.object("vision_config"), family, problems);
  const moe =
    family === "echovlm" ? readMoe(jsonFields({ ...nested, ...json }, "", problems), problems) : null;
  const tokens = readTokens(root, text, decoder.vocabSize, problems);
  if (differ(vision.outDim, decoder.hiddenDim))
    problems.push(
      `vision_config.${family === "qwen2.5-vl" ? "out_hidden_size" : "hidden_size"}: expected the decoder's ` +
        `hidden_size ${decoder.hiddenDim}, found ${vision.outDim}`,
    );
  const quantisation = parseQuantisation(root, where, problems);
  if (problems.length > 0) throw new ConfigError(where, problems);
  return { family, decoder, vision, moe, tokens, ...(quantisation && { quantisation }) };
}

const moeFields = [
  "moe_intermediate_size",
  "shared_expert_intermediate_size",
  "num_experts_per_tok",
  "num_experts",
];
const hasMoeField = (json: unknown): boolean =>
  isJsonObject(json) && moeFields.some((name) => Object.hasOwn(json, name));

/** EchoVLM calls itself qwen2_vl; only its experts tell it from the dense model. */
function familyOf(json: JsonObject, where: string): Family {
  const sparse =
    hasMoeField(json) ||
    hasMoeField(json.text_config) ||
    (Array.isArray(json.architectures) && json.architectures.some((name) => /moe/i.test(String(name))));
  if (json.model_type === "qwen2_vl") return sparse ? "echovlm" : "qwen2-vl";
  if (json.model_type !== "qwen2_5_vl")
    throw new ConfigError(
      where,
      `model_type: expected "qwen2_vl" or "qwen2_5_vl", found ${shown(json.model_type)}`,
    );
  if (sparse)
    throw new ConfigError(where, "model_type: a mixture of experts on qwen2_5_vl is not a known model");
  return "qwen2.5-vl";
}

function readDecoder(text: JsonFields, root: JsonFields, family: Family, problems: string[]): DecoderConfig {
  const hiddenDim = text.integer("hidden_size", 8192, width);
  const heads = text.integer("num_attention_heads", 64, count);
  const kvHeads =
    text.raw("num_key_value_heads") === null ? heads : text.integer("num_key_value_heads", 8, count);
  const headDim = hiddenDim / heads;
  const maxPositions = text.integer("max_position_embeddings", 32768, tokenCount);
  text.word("hidden_act", "silu", ["silu"]);
  if (hiddenDim % heads > 0)
    problems.push(`hidden_size: expected a multiple of num_attention_heads ${heads}, found ${hiddenDim}`);
  else if (headDim % 2 > 0)
    problems.push(`hidden_size / num_attention_heads: expected an even head size, found ${headDim}`);
  if (heads % kvHeads > 0)
    problems.push(
      `num_key_value_heads: expected a divisor of num_attention_heads ${heads}, found ${kvHeads}`,
    );
  return {
    vocabSize: text.integer("vocab_size", 152064, tokenCount),
    hiddenDim,
    mlpDim: text.integer("intermediate_size", 29568, width),
    layers: text.integer("num_hidden_layers", 80, count),
    heads,
    kvHeads,
    headDim,
    rmsEps: text.real("rms_norm_eps", 1e-5, { min: 1e-30, max: 1 }),
    ...readRope(text, headDim),
    maxPositions,
    slidingWindow: readSlidingWindow(text, family, maxPositions, problems),
    tiedHead: readTiedHead(text, root, problems),
  };
}

/**
 * Rotary positions: `rope_scaling` beside `rope_theta`, or `rope_parameters` (transformers 5) with both inside.
 * One of them must be there: the reference has no default for `mrope_section` and fails without it.
 */
function readRope(text: JsonFields, headDim: number) {
  const name =
    text.raw("rope_scaling") == null && text.raw("rope_parameters") != null
      ? "rope_parameters"
      : "rope_scaling";
  const rope = text.object(name, 'an object such as {"type": "mrope", "mrope_section": [16, 24, 24]}');
  const theta = rope.raw("rope_theta") === undefined ? text : rope;
  if (rope.raw("type") !== undefined || rope.raw("rope_type") === undefined)
    rope.word("type", null, ["mrope", "default"]);
  rope.word("rope_type", "default", ["default", "mrope"]);
  const section = rope.integers("mrope_section", null, null, { min: 0, max: width.max });
  const sum = section.length === 0 ? Number.NaN : section.reduce((a, b) => a + b);
  if (section.length % 3 !== 0) rope.problem("mrope_section", "3 integers or a multiple of 3");
  else if (headDim % 2 === 0 && differ(sum, headDim / 2))
    rope.problem("mrope_section", `integers with the sum ${headDim / 2}, half of the head size ${headDim}`);
  return {
    ropeTheta: theta.real("rope_theta", 1e6, { min: 1, max: 1e12 }),
    mropeSection: section,
  };
}

/**
 * EchoVLM's masks apply `sliding_window` whenever it is not null, whatever `use_sliding_window` says.
 * The dense models apply it on request; a window that cannot matter is no window, a shorter one is refused.
 */
function readSlidingWindow(text: JsonFields, family: Family, maxPositions: number, problems: string[]) {
  const wanted = text.flag("use_sliding_window", false);
  const window =
    text.raw("sliding_window") === null ? null : text.integer("sliding_window", 4096, tokenCount);
  if (family === "echovlm") return window;
  if (wanted && window !== null && window < maxPositions)
    problems.push(
      `use_sliding_window: not supported with a sliding_window (${window}) shorter than max_position_embeddings (${maxPositions})`,
    );
  return null;
}

/** With a nested layout, transformers 4 reads the inner flag and transformers 5 the outer: they must agree. */
function readTiedHead(text: JsonFields, root: JsonFields, problems: string[]): boolean {
  const name = "tie_word_embeddings";
  const outer = root.flag(name, false);
  const inner = text === root ? outer : text.flag(name, outer);
  if (root.raw(name) !== undefined && inner !== outer)
    problems.push(`text_config.${name}: expected ${outer} as outside text_config, found ${inner}`);
  return inner;
}

function readVision(vision: JsonFields, family: Family, problems: string[]): VisionConfig {
  const windowed = family === "qwen2.5-vl";
  const depth = vision.integer("depth", 32, count);
  const embedDim = windowed
    ? vision.integer("hidden_size", 3584, width)
    : vision.integer("embed_dim", 1280, width);
  const heads = vision.integer("num_heads", 16, count);
  const patchSize = vision.integer("patch_size", 14, count);
  const mergeSize = vision.integer("spatial_merge_size", 2, count);
  vision.word("hidden_act", windowed ? "silu" : "quick_gelu", [windowed ? "silu" : "quick_gelu"]);
  if (embedDim % (4 * heads) > 0)
    problems.push(
      `vision_config.${windowed ? "hidden_size" : "embed_dim"}: expected a multiple of 4 * num_heads ` +
        `(${4 * heads}: rows and columns each rotate pairs), found ${embedDim}`,
    );
  return {
    depth,
    embedDim,
    outDim: vision.integer(windowed ? "out_hidden_size" : "hidden_size", 3584, width),
    heads,
    mlpDim: windowed
      ? vision.integer("intermediate_size", 3420, width)
      : Math.trunc(embedDim * vision.real("mlp_ratio", 4, { min: 0.25, max: 64 })),
    channels: vision.integer("in_channels", 3, count),
    patchSize,
    temporalPatchSize: vision.integer("temporal_patch_size", 2, count),
    mergeSize,
    window: windowed ? readWindow(vision, depth, patchSize * mergeSize, problems) : null,
    tokensPerSecond: windowed ? vision.integer("tokens_per_second", 4, count) : null,
  };
}

function readWindow(vision: JsonFields, depth: number, cellPx: number, problems: string[]) {
  const sizePx = vision.integer("window_size", 112, width);
  if (sizePx % cellPx > 0)
    problems.push(
      `vision_config.window_size: expected a multiple of patch_size * spatial_merge_size ${cellPx}, found ${sizePx}`,
    );
  const absent = [7, 15, 23, 31].filter((block) => block < depth);
  const last = Number.isNaN(depth) ? count.max : depth - 1;
  const fullBlocks = vision.integers("fullatt_block_indexes", absent, null, { min: 0, max: last });
  return { sizePx, fullBlocks };
}

function readMoe(fields: JsonFields, problems: string[]): MoeConfig {
  const experts = fields.integer("num_experts", 4, count);
  const topK = fields.integer("num_experts_per_tok", 2, count);
  if (topK > experts)
    problems.push(`num_experts_per_tok: expected at most num_experts ${experts}, found ${topK}`);
  return {
    experts,
    topK,
    expertDim: fields.integer("moe_intermediate_size", 1408, width),
    sharedDim: fields.integer("shared_expert_intermediate_size", 5632, width),
    normTopK: fields.flag("norm_topk_prob", false),
  };
}

/** Token ids stand outside `text_config`; some exporters put them, or null, inside as well. */
function readTokens(
  root: JsonFields,
  text: JsonFields,
  vocabSize: number,
  problems: string[],
): SpecialTokens {
  function id(name: string, absent: number): number {
    const holder = [root, text].find((fields) => fields.raw(name) != null);
    const value =
      holder === undefined ? absent : holder.integer(name, absent, { min: 0, max: tokenCount.max });
    const origin = holder === undefined ? " by default" : "";
    if (value >= vocabSize)
      problems.push(`${name}: expected less than vocab_size ${vocabSize}, found ${value}${origin}`);
    return value;
  }
  const tokens = {
    image: id("image_token_id", 151655),
    video: id("video_token_id", 151656),
    visionStart: id("vision_start_token_id", 151652),
    visionEnd: id("vision_end_token_id", 151653),
  };
  const ids = Object.values(tokens).filter((value) => !Number.isNaN(value));
  if (new Set(ids).size < ids.length)
    problems.push(
      `image, video, vision_start and vision_end token ids: expected all different, found ${ids.join(", ")}`,
    );
  return tokens;
}
