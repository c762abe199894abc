/** @file A new checkpoint in the Hugging Face layout, with random weights. */

import { join } from "node:path";
import { cardText } from "../checkpoint/model_card.ts";
import { replaceFolder, writeSynced } from "../checkpoint/replace_folder.ts";
import { type TensorToWrite, writeSafetensors } from "../checkpoint/safetensors.ts";
import { ConfigError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { isJsonObject, type JsonObject, shown } from "../model/json_fields.ts";
import { parameterShapes } from "../model/parameters.ts";
import { parseConfig } from "../model/parse_config.ts";
import { defaultImageConfig } from "../processor/image_config.ts";
import { minVocabSize } from "../processor/train_tokenizer.ts";
import { freshCard } from "./init_card.ts";
import { initialWeight } from "./initial_weights.ts";
import { jsonText, type TokenIds, type TokenizerSource } from "./tokenizer_source.ts";

export interface FreshOptions {
  /** Decides the weights; whole number, 0 to 2³² − 1. */
  readonly seed: number;
  /** Pixels that every picture is brought to. */
  readonly pixels: number;
  /** Taken off every channel of a pixel, 0 to 1; the released model's where absent. */
  readonly pixelMean?: number;
  /** What the rest is divided by, above 0; the released model's where absent. */
  readonly pixelStd?: number;
}

/** A configuration without token ids, checked. */
export interface Draft {
  readonly json: JsonObject;
  readonly where: string;
  /** As `json` says, with token ids that mean nothing yet. */
  readonly config: ModelConfig;
}

/** Fields of the released configuration that transformers ignores, and those that it reads in their place. */
const ignoredFields = { spatial_patch_size: "patch_size", in_chans: "in_channels" } as const;

/**
 * Check a configuration before anything is made of it.
 *
 * @param json config.json; token ids in it are ignored
 * @param pixels as in `FreshOptions`
 * @throws ConfigError naming everything that cannot work
 */
export function draftConfig(json: unknown, where: string, pixels: number): Draft {
  if (!isJsonObject(json)) throw new ConfigError(where, `expected a JSON object, found ${shown(json)}`);
  const problems: string[] = [];
  const vision = isJsonObject(json.vision_config) ? json.vision_config : {};
  for (const [ignored, read] of Object.entries(ignoredFields))
    if (vision[ignored] !== undefined && vision[ignored] !== vision[read])
      problems.push(
        `vision_config.${ignored}: expected the same as ${read}, the field that is read, found ${shown(vision[ignored])} and ${shown(vision[read])}`,
      );
  let config: ModelConfig | undefined;
  try {
    config = parseConfig(withTokens(json, placeholders), where);
    const { vocabSize } = config.decoder;
    const { patchSize, mergeSize } = config.vision;
    if (vocabSize < minVocabSize)
      problems.push(
        `vocab_size: expected at least ${minVocabSize}, for every byte and the special tokens, found ${vocabSize}`,
      );
    if (!Number.isSafeInteger(pixels) || pixels < (patchSize * mergeSize) ** 2)
      problems.push(
        `--pixels: expected a whole number of at least ${(patchSize * mergeSize) ** 2}, one visual token, got ${pixels}`,
      );
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.unshift(...error.problems);
  }
  if (config === undefined || problems.length > 0) throw new ConfigError(where, problems);
  return { json, where, config };
}

const placeholders: TokenIds = {
  image: 0,
  video: 1,
  visionStart: 2,
  visionEnd: 3,
  endOfTurn: 4,
  endOfText: 5,
};

const withTokens = (json: JsonObject, ids: TokenIds): JsonObject => ({
  ...json,
  bos_token_id: ids.endOfText,
  eos_token_id: ids.endOfTurn,
  image_token_id: ids.image,
  video_token_id: ids.video,
  vision_start_token_id: ids.visionStart,
  vision_end_token_id: ids.visionEnd,
});

/**
 * Write a checkpoint. It takes the place of a folder of that name once it is whole.
 *
 * @returns the configuration
 * @throws ConfigError when the vocabulary is smaller than the tokenizer's
 * @throws CheckpointError when the folder cannot be written to
 */
export async function writeFreshCheckpoint(
  folder: string,
  draft: Draft,
  tokenizer: TokenizerSource,
  options: FreshOptions,
): Promise<ModelConfig> {
  const { vocabSize } = draft.config.decoder;
  if (tokenizer.size > vocabSize)
    throw new ConfigError(
      draft.where,
      `vocab_size: expected at least ${tokenizer.size}, the size of the tokenizer, found ${vocabSize}`,
    );
  const json = { ...withTokens(draft.json, tokenizer.ids), torch_dtype: "float32" };
  const config = parseConfig(json, draft.where);
  const texts = new Map([
    ...tokenizer.files,
    ["config.json", jsonText(json)],
    ["generation_config.json", jsonText(generationConfig(tokenizer.ids))],
    ["preprocessor_config.json", jsonText(preprocessorConfig(config, options))],
    ["README.md", cardText(freshCard(config, tokenizer, options))],
  ]);
  const weights = [...parameterShapes(config)].map(([name, shape]): [string, TensorToWrite] => [
    name,
    { dtype: "float32", shape, load: async () => initialWeight(name, shape, config, options.seed) },
  ]);
  await replaceFolder(folder, async (built) => {
    for (const [name, text] of texts) await writeSynced(join(built, name), text);
    await writeSafetensors(join(built, "model.safetensors"), new Map(weights), { format: "pt" });
  });
  return config;
}

/** Answers take the likeliest token and end with the turn. */
const generationConfig = (ids: TokenIds) => ({
  bos_token_id: ids.endOfText,
  do_sample: false,
  eos_token_id: [ids.endOfTurn, ids.endOfText],
  pad_token_id: ids.endOfText,
});

const everyChannel = (value: number | undefined) =>
  value === undefined ? undefined : ([value, value, value] as const);

/** @see preprocessor_config.json of Qwen2-VL */
const preprocessorConfig = ({ vision }: ModelConfig, { pixels, pixelMean, pixelStd }: FreshOptions) => ({
  do_convert_rgb: true,
  do_normalize: true,
  do_rescale: true,
  do_resize: true,
  image_mean: everyChannel(pixelMean) ?? defaultImageConfig.mean,
  image_processor_type: "Qwen2VLImageProcessor",
  image_std: everyChannel(pixelStd) ?? defaultImageConfig.std,
  max_pixels: pixels,
  merge_size: vision.mergeSize,
  min_pixels: pixels,
  patch_size: vision.patchSize,
  processor_class: vision.window ? "Qwen2_5_VLProcessor" : "Qwen2VLProcessor",
  resample: 3,
  rescale_factor: defaultImageConfig.rescaleFactor,
  size: { longest_edge: pixels, shortest_edge: pixels },
  temporal_patch_size: vision.temporalPatchSize,
});
