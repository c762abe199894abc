/** @file `echovlm init`: a new checkpoint to train, from a configuration or from a dense model. */

import { Command } from "commander";
import { assertFree } from "../checkpoint/free_folder.ts";
import { describeCheckpoint } from "../checkpoint/inspect.ts";
import { readJsonFile } from "../checkpoint/json_file.ts";
import { together } from "../checkpoint/together.ts";
import { recordFiles } from "../data/read_records.ts";
import { ConfigError, RequestError } from "../errors.ts";
import { parameterShapes } from "../model/parameters.ts";
import { createWordCounter } from "../processor/train_tokenizer.ts";
import {
  type Draft,
  draftConfig,
  type FreshOptions,
  writeFreshCheckpoint,
} from "../train/fresh_checkpoint.ts";
import { type TokenizerSource, tokenizerOf, trainedTokenizer } from "../train/tokenizer_source.ts";
import { countPrompts, countRecord } from "../train/tokenizer_texts.ts";
import { countsLine, grouped, type OnError, onErrorOption, startReading } from "./data/input.ts";
import { interruptible } from "./interrupt.ts";
import { numeric } from "./model_options.ts";

interface InitOptions extends FreshOptions {
  readonly config: string;
  readonly tokenizerText?: string[];
  readonly tokenizerFrom?: string;
  readonly out: string;
  readonly onError: OnError;
  readonly force?: boolean;
  readonly json?: boolean;
}

export const initCommand = (): Command =>
  new Command("init")
    .description("Make a new checkpoint to train.")
    .requiredOption(
      "--config <config.json>",
      "sizes of the model, as Hugging Face has them, without token ids",
    )
    .option("--tokenizer-text <inputs...>", "train a tokenizer on the texts of these records")
    .option("--tokenizer-from <folder>", "take the tokenizer of this checkpoint")
    .requiredOption("--out <folder>", "checkpoint to write; it appears once it is whole")
    .option("--seed <n>", "another seed, other weights", numeric, 1)
    .option("--pixels <n>", "pixels that every picture is brought to", numeric, 50176)
    .option("--force", "replace a checkpoint that is there")
    .option("--json", "print a summary as JSON")
    .addOption(onErrorOption("fail"))
    .addHelpText(
      "after",
      `
The vocabulary holds every byte, tokens learned from the records and the project's own prompts, and the special tokens
of Qwen2-VL. Same inputs, same seed, same files.

Examples:
  $ echovlm init --config recipes/echovlm-nano/config.json --tokenizer-text split/train.jsonl --seed 1 --out runs/base
  $ echovlm init --config config.json --tokenizer-from ./Qwen2-VL-2B --pixels 100352 --out runs/base`,
    )
    .action(init);

async function init(options: InitOptions): Promise<void> {
  const { out, force = false, json } = options;
  const [draft, files] = await together<[Draft, string[], unknown, unknown]>("init", [
    readDraft(options),
    recordFiles(options.tokenizerText ?? []),
    assertFree(out, force),
    checkOptions(options),
  ]);
  await interruptible(async (signal) => {
    const tokenizer = await openTokenizer(files, draft, options, signal);
    const config = await writeFreshCheckpoint(out, draft, tokenizer, options);
    const { parameters } = describeCheckpoint(config, parameterShapes(config), null);
    const summary = { out, family: config.family, parameters, tokens: tokenizer.size, seed: options.seed };
    process.stdout.write(
      json
        ? `${JSON.stringify(summary)}\n`
        : `${out}: ${config.family}, ${grouped(parameters)} parameters, ${grouped(tokenizer.size)} tokens for ${grouped(config.decoder.vocabSize)} places\n`,
    );
  }, null);
}

async function checkOptions({ seed, tokenizerText, tokenizerFrom }: InitOptions): Promise<void> {
  const problems: string[] = [];
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    problems.push(`--seed: expected a whole number from 0 to ${2 ** 32 - 1}, got ${seed}`);
  if ((tokenizerText === undefined) === (tokenizerFrom === undefined))
    problems.push(
      `expected --tokenizer-text or --tokenizer-from, got ${tokenizerText === undefined ? "neither" : "both"}`,
    );
  if (problems.length > 0) throw new RequestError("init", problems);
}

async function readDraft(options: InitOptions): Promise<Draft> {
  const json = await readJsonFile(options.config);
  if (json === undefined)
    throw new ConfigError(options.config, "expected the model's configuration, found no such file");
  return draftConfig(json, options.config, options);
}

async function openTokenizer(
  files: readonly string[],
  draft: Draft,
  { tokenizerFrom, onError }: InitOptions,
  signal: AbortSignal,
): Promise<TokenizerSource> {
  if (tokenizerFrom !== undefined) return tokenizerOf(tokenizerFrom);
  const counter = createWordCounter();
  countPrompts(counter);
  const { records, counts } = startReading(files, { onError }, signal);
  for await (const { record } of records) countRecord(counter, record);
  const origin = `byte-level BPE trained on ${grouped(counts().kept)} records (${countsLine(counts())})`;
  return trainedTokenizer(counter, draft.config.decoder.vocabSize, origin);
}
