/** @file A checkpoint in the Hugging Face layout: configuration, tokenizer and processor files, weights. */

import { dirname, join } from "node:path";
import { CheckpointError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { parseConfig } from "../model/parse_config.ts";
import { readChecksums } from "./checksums.ts";
import { assertFolder } from "./file_access.ts";
import { readJsonFile, readTextFile } from "./json_file.ts";
import { isPulled } from "./pull/state.ts";
import { together } from "./together.ts";
import { openWeights, type Weights } from "./weight_files.ts";

/** Everything in a checkpoint folder but the weights. JSON is as parsed; undefined where there is no file. */
export interface ModelFiles {
  readonly config: ModelConfig;
  /** preprocessor_config.json */
  readonly preprocessor: unknown;
  /** generation_config.json */
  readonly generation: unknown;
  /** tokenizer.json */
  readonly tokenizer: unknown;
  /** tokenizer_config.json */
  readonly tokenizerConfig: unknown;
  /** chat_template.json */
  readonly chatTemplate: unknown;
  /** chat_template.jinja */
  readonly jinja: string | undefined;
  /** lookup_texts.json */
  readonly lookupTexts: unknown;
}

/** An open checkpoint: its files, and its weights to be read one at a time. Close it after use. */
export interface Checkpoint extends ModelFiles, Weights {
  /** SHA-256 of every tensor's bytes, where the checkpoint has them: those that `echovlm quantize` wrote. */
  readonly checksums?: ReadonlyMap<string, string>;
}

/**
 * Open a checkpoint folder; its files are read, its weights are not.
 *
 * @throws CheckpointError if a file is missing or damaged
 * @throws ConfigError if config.json does not describe a model of the family
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const files = await readModelFiles(folder);
  const checksums = files.config.quantisation && (await readChecksums(folder));
  return { ...files, ...(await openWeights(folder)), ...(checksums && { checksums }) };
}

/**
 * Open a checkpoint whose weights are numbers, for work that changes them.
 *
 * @param purpose what it is opened for, as in "to train"
 * @throws CheckpointError or ConfigError as `openCheckpoint`, and for a quantised one
 */
export async function openFloatCheckpoint(folder: string, purpose: string): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(folder);
  const { quantisation } = checkpoint.config;
  if (!quantisation) return checkpoint;
  await checkpoint.close();
  throw new CheckpointError(
    folder,
    `expected float weights ${purpose}, found ${quantisation.bits}-bit ones`,
    "take the checkpoint that it was quantised from",
  );
}

/** Read everything but the weights. @throws CheckpointError or ConfigError as `openCheckpoint` */
export async function readModelFiles(folder: string): Promise<ModelFiles> {
  await assertFolder(folder);
  const json = (name: string) => readJsonFile(join(folder, name));
  const [config, preprocessor, generation, tokenizer, tokenizerConfig, chatTemplate, jinja, lookupTexts] =
    await together<[ModelConfig, unknown, unknown, unknown, unknown, unknown, string | undefined, unknown]>(
      folder,
      [
        readConfig(join(folder, "config.json")),
        json("preprocessor_config.json"),
        json("generation_config.json"),
        json("tokenizer.json"),
        json("tokenizer_config.json"),
        json("chat_template.json"),
        readTextFile(join(folder, "chat_template.jinja")),
        json("lookup_texts.json"),
      ],
    );
  return { config, preprocessor, generation, tokenizer, tokenizerConfig, chatTemplate, jinja, lookupTexts };
}

async function readConfig(path: string): Promise<ModelConfig> {
  const json = await readJsonFile(path);
  if (json === undefined)
    throw new CheckpointError(
      path,
      "expected the model's configuration, found no such file",
      (await isPulled(dirname(path))) ? "`echovlm pull` has not come to its end: run it again" : undefined,
    );
  return parseConfig(json, path);
}
