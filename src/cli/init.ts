/** @file `echovlm init`: a new checkpoint to train, from a configuration or from a dense model. */

import { Command, Option } from "commander";
import { assertFree } from "../checkpoint/free_folder.ts";
import { openFloatCheckpoint } from "../checkpoint/hf_folder.ts";
import { describeCheckpoint } from "../checkpoint/inspect.ts";
import { readJsonFile } from "../checkpoint/json_file.ts";
import { together } from "../checkpoint/together.ts";
import { recordFiles } from "../data/read_records.ts";
import { ConfigError, RequestError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import type { JsonObject } from "../model/json_fields.ts";
import { parameterShapes } from "../model/parameters.ts";
import { createWordCounter } from "../processor/train_tokenizer.ts";
import { type Draft, draftConfig, writeFreshCheckpoint } from "../train/fresh_checkpoint.ts";
import { sparseConfig, writeSparseCheckpoint } from "../train/sparse_checkpoint.ts";
import { type SparseStart, sparseStarts } from "../train/sparse_start.ts";
import { type TokenizerSource, tokenizerOf, trainedTokenizer } from "../train/tokenizer_source.ts";
import { countPrompts, countRecord } from "../train/tokenizer_texts.ts";
import { countsLine, grouped, type OnError, onErrorOption, startReading } from "./data/input.ts";
import { interruptible } from "./interrupt.ts";
import { defined, idleProblems, numeric } from "./model_options.ts";

interface InitOptions {
  readonly config?: string;
  readonly tokenizerText?: string[];
  readonly tokenizerFrom?: string;
  readonly pixels: number;
  readonly pixelMean?: number;
  readonly pixelStd?: number;
  readonly onError: OnError;
  readonly base?: string;
  readonly experts: number;
  readonly topK: number;
  readonly expertDim?: number;
  readonly sharedDim?: number;
  readonly start: SparseStart;
  readonly denseShare: number;
  readonly out: string;
  readonly seed: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

export const initCommand = (): Command =>
  new Command("init")
    .description("Make a new checkpoint to train: of random weights, or a dense model with experts added.")
    .requiredOption("--out <folder>", "checkpoint to write; it appears once it is whole")
    .option("--seed <n>", "another seed, other weights", numeric, 1)
    .option("--force", "replace a checkpoint that is there")
    .option("--json", "print a summary as JSON")
    .optionsGroup("Random weights:")
    .option("--config <config.json>", "sizes of the model, as Hugging Face has them, without token ids")
    .option("--tokenizer-text <inputs...>", "train a tokenizer on the texts of these records")
    .addOption(onErrorOption("fail"))
    .option("--tokenizer-from <folder>", "take the tokenizer of this checkpoint")
    .option("--pixels <n>", "pixels that every picture is brought to", numeric, 50176)
    .option(
      "--pixel-mean <m>",
      "mean of your pictures' pixels, 0 to 1, taken off before they are seen",
      numeric,
    )
    .option("--pixel-std <s>", "their standard deviation, which the rest is divided by", numeric)
    .optionsGroup("Experts for a dense model:")
    .option("--base <folder>", "dense Qwen2-VL checkpoint; its weights stay as they are")
    .option("--experts <n>", "routed experts of a layer", numeric, 4)
    .option("--top-k <n>", "experts that a token is sent to", numeric, 2)
    .option("--expert-dim <n>", "neurons of an expert", numeric)
    .option("--shared-dim <n>", "neurons of the shared expert", numeric)
    .addOption(
      new Option("--start <choice>", "experts with neurons of the dense MLP, without an output, or random")
        .choices(sparseStarts)
        .default("copy"),
    )
    .option("--dense-share <s>", "share of the dense MLP in the mixture, below 1", numeric, 0.999)
    .addHelpText(
      "after",
      `
A trained tokenizer holds every byte, tokens learned from the records and the project's own prompts, and the special
tokens of Qwen2-VL. Same inputs and seed, same files.

Examples:
  $ echovlm init --config recipes/echovlm-nano/config.json --tokenizer-text split/train.jsonl --out runs/base
  $ echovlm init --config config.json --tokenizer-from ./Qwen2-VL-2B --pixels 100352 --seed 7 --out runs/base
  $ echovlm init --base ./Qwen2-VL-7B-Instruct --expert-dim 1408 --shared-dim 5632 --out runs/base`,
    )
    .action((options: InitOptions, command: Command) =>
      interruptible((signal) => init(options, givenOf(command), signal), null),
    );

/** Names and values of the options that were given, without defaults. */
const givenOf = (command: Command): ReadonlyMap<string, unknown> =>
  new Map(
    command.options
      .filter((option) => command.getOptionValueSource(option.attributeName()) === "cli")
      .map((option) => [option.name(), command.getOptionValue(option.attributeName())]),
  );

/** Options that say nothing without another one, by its name. */
const needing: Readonly<Record<string, readonly string[]>> = {
  config: ["tokenizer-text", "tokenizer-from", "pixels", "pixel-mean", "pixel-std"],
  "tokenizer-text": ["on-error"],
  base: ["experts", "top-k", "expert-dim", "shared-dim", "start", "dense-share"],
};

const allIdleProblems = (given: ReadonlyMap<string, unknown>): string[] =>
  Object.entries(needing).flatMap(([needed, names]) =>
    given.has(needed)
      ? []
      : idleProblems(needed, Object.fromEntries(names.map((name) => [name, given.get(name)]))),
  );

async function init(
  options: InitOptions,
  given: ReadonlyMap<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  const { out, seed, json } = options;
  const config = await checkpointOf(options, allIdleProblems(given), signal);
  const { parameters, activeParameters } = describeCheckpoint(config, parameterShapes(config), null);
  const summary = { out, family: config.family, parameters, activeParameters, seed };
  const text = `${out}: ${config.family}, ${grouped(parameters)} parameters, ${grouped(activeParameters)} active per token`;
  process.stdout.write(`${json ? JSON.stringify(summary) : text}\n`);
}

/** @param idle what is wrong with options that say nothing here */
function checkpointOf(
  options: InitOptions,
  idle: readonly string[],
  signal: AbortSignal,
): Promise<ModelConfig> {
  const { config, base } = options;
  if (config !== undefined && base === undefined) return initFresh(options, config, idle, signal);
  if (base !== undefined && config === undefined) return initSparse(options, base, idle, signal);
  throw new RequestError(
    "init",
    `expected --config or --base, got ${base === undefined ? "neither" : "both"}`,
  );
}

async function initFresh(
  options: InitOptions,
  path: string,
  idle: readonly string[],
  signal: AbortSignal,
): Promise<ModelConfig> {
  const { out, force = false, seed, pixels, pixelMean, pixelStd, tokenizerText, tokenizerFrom } = options;
  const problems = [...idle, ...seedProblems(seed), ...pixelProblems(options)];
  if ((tokenizerText === undefined) === (tokenizerFrom === undefined))
    problems.push(
      `expected --tokenizer-text or --tokenizer-from, got ${tokenizerText === undefined ? "neither" : "both"}`,
    );
  const [draft, files] = await together<[Draft, string[], unknown, unknown]>("init", [
    readDraft(path, pixels),
    recordFiles(tokenizerText ?? []),
    assertFree(out, { replace: force }),
    refuse(problems),
  ]);
  const tokenizer = await openTokenizer(files, draft, options, signal);
  return writeFreshCheckpoint(out, draft, tokenizer, { seed, pixels, ...defined({ pixelMean, pixelStd }) });
}

async function initSparse(
  options: InitOptions,
  base: string,
  idle: readonly string[],
  signal: AbortSignal,
): Promise<ModelConfig> {
  const { out, force = false, experts, topK, expertDim, sharedDim, start, denseShare, seed } = options;
  const problems = [...idle, ...seedProblems(seed)];
  for (const [option, dim] of Object.entries({ "--expert-dim": expertDim, "--shared-dim": sharedDim }))
    if (dim === undefined) problems.push(`expected ${option} with --base, got none`);
  const dims = { experts, topK, expertDim: expertDim ?? 1, sharedDim: sharedDim ?? 1 };
  const sparse = { start, denseShare, seed };
  const [json] = await together<[JsonObject, unknown, unknown]>("init", [
    sparseConfig(base, dims, sparse),
    assertFree(out, { replace: force, inputs: [base] }),
    refuse(problems),
  ]);
  const checkpoint = await openFloatCheckpoint(base, "to add experts to");
  try {
    return await writeSparseCheckpoint(out, checkpoint, json, { ...sparse, signal });
  } finally {
    await checkpoint.close();
  }
}

const seedProblems = (seed: number): string[] =>
  Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32
    ? []
    : [`--seed: expected a whole number from 0 to ${2 ** 32 - 1}, got ${seed}`];

function pixelProblems({ pixelMean, pixelStd }: InitOptions): string[] {
  const problems: string[] = [];
  if (pixelMean !== undefined && !(pixelMean >= 0 && pixelMean <= 1))
    problems.push(`--pixel-mean: expected a number from 0 to 1, got ${pixelMean}`);
  if (pixelStd !== undefined && !(pixelStd > 0 && pixelStd <= 1))
    problems.push(`--pixel-std: expected a number above 0, at most 1, got ${pixelStd}`);
  return problems;
}

async function refuse(problems: readonly string[]): Promise<void> {
  if (problems.length > 0) throw new RequestError("init", problems);
}

async function readDraft(path: string, pixels: number): Promise<Draft> {
  const json = await readJsonFile(path);
  if (json === undefined)
    throw new ConfigError(path, "expected the model's configuration, found no such file");
  return draftConfig(json, path, pixels);
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
  if (counts().kept === 0)
    throw new RequestError(
      "--tokenizer-text",
      `expected records to learn from, found none among ${counts().read}`,
    );
  const origin = `byte-level BPE trained on records: ${countsLine(counts())}`;
  return trainedTokenizer(counter, draft.config.decoder.vocabSize, origin);
}
