/** @file The options that every command with a model shares, and loading it with a progress bar. */

import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { RequestError } from "../errors.ts";
import type { LoadedModel, LoadOptions } from "../generate/load_model.ts";
import { type GenerateOptions, generationDefaults, resolveSettings } from "../generate/settings.ts";
import { shippedModel } from "../generate/shipped_model.ts";
import { decodeImage } from "../image/decode.ts";
import { assertAspectRatio } from "../processor/smart_resize.ts";
import { type Language, languages, type Region, regions } from "../tasks/regions.ts";
import { loadWithProgress } from "./progress.ts";

/** How a model is loaded, whatever it is loaded for. */
export interface RuntimeOptions {
  readonly weights: "float32" | "float16";
  readonly cache: "float32" | "int8";
  readonly threads?: number;
}

export interface ModelOptions extends RuntimeOptions {
  readonly model: string;
  readonly adapter?: string;
}

export interface AnswerOptions extends ModelOptions {
  readonly lang: Language;
  readonly region?: Region;
  readonly system?: string;
  readonly maxNewTokens?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly repetitionPenalty?: number;
  readonly seed?: number;
  readonly minPixels?: number;
  readonly maxPixels?: number;
  readonly lookup?: number;
  readonly lookupText?: string;
  readonly json?: boolean;
}

/** Of a command that asks about an examination. */
export interface TaskOptions extends AnswerOptions {
  readonly pixelMm?: number;
}

/** A number; ranges are checked where the value is used, for the library's callers too. */
export function numeric(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("expected a number");
  return value;
}

/** What is wrong with options that say how many, by name; undefined for one that was not given. */
export const countProblems = (counts: Readonly<Record<string, number | undefined>>): string[] =>
  Object.entries(counts).flatMap(([name, value]) =>
    value === undefined || (Number.isInteger(value) && value >= 1)
      ? []
      : [`expected --${name} to be a whole number of 1 or more, got ${value}`],
  );

/**
 * What is wrong with options that say nothing without another one.
 *
 * @param needed the other one, which was not given
 * @param options values by name; undefined for one that was not given
 */
export const idleProblems = (needed: string, options: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(defined(options)).map((name) => `expected --${needed} with --${name}, got none`);

export const withRuntimeOptions = (command: Command): Command =>
  command
    .addOption(
      new Option("--weights <dtype>", "how weights are kept in memory")
        .choices(["float32", "float16"])
        .default("float32"),
    )
    .addOption(
      new Option("--cache <dtype>", "how keys and values of what was read are kept")
        .choices(["float32", "int8"])
        .default("float32"),
    )
    .option("--threads <n>", "threads (default: all cores)", numeric);

export const withAnswerOptions = (command: Command): Command =>
  withRuntimeOptions(
    command
      .addOption(
        new Option("--model <folder>", "checkpoint folder")
          .env("ECHOVLM_MODEL")
          .default(shippedModel, "the small model of the package"),
      )
      .option("--adapter <folder>", "PEFT LoRA adapter to merge into the weights"),
  )
    .addOption(new Option("--lang <language>", "language of the prompt").choices(languages).default("en"))
    .addOption(new Option("--region <region>", "examined region, told to the model").choices(regions))
    .option("--system <text>", "system prompt instead of the template's own")
    .option("--max-new-tokens <n>", "tokens to write at most", numeric)
    .option("--temperature <t>", "0 always takes the likeliest token", numeric)
    .option("--top-k <n>", "choose among the n likeliest tokens", numeric)
    .option("--top-p <p>", "choose among the likeliest tokens that reach this probability", numeric)
    .option("--repetition-penalty <r>", "above 1 discourages repetition; 0.001 to 1000", numeric)
    .option("--seed <n>", "same seed, same text", numeric)
    .option("--min-pixels <n>", "pixels of a picture after resizing, at least", numeric)
    .option("--max-pixels <n>", "pixels of a picture after resizing, at most", numeric)
    .option(
      "--lookup <n>",
      "tokens guessed ahead at most from text that repeats; 0: none (same answer)",
      numeric,
    )
    .option(
      "--lookup-text <file>",
      "text that answers may repeat, such as earlier reports (same answer, faster)",
    )
    .option("--json", "print the answer with its provenance as JSON");

export const withTaskOptions = (command: Command): Command =>
  withAnswerOptions(command).option(
    "--pixel-mm <mm>",
    "side of one pixel of the picture file, so that sizes can be told; for one picture",
    numeric,
  );

/** The part of the options that loading takes. */
export const loadOptions = ({ weights, cache, threads }: RuntimeOptions): LoadOptions =>
  defined({ weights, cache, threads });

/** The part of the options that generation takes. */
export function generateOptions(options: AnswerOptions, signal?: AbortSignal): GenerateOptions {
  const { minPixels, maxPixels, maxNewTokens, temperature, topK, topP, repetitionPenalty, seed } = options;
  const texts = options.lookupText === undefined ? undefined : [readText(options.lookupText)];
  return defined({
    ...defined({ maxNewTokens, temperature, topK, topP, repetitionPenalty, seed }),
    pixels: defined({ minPixels, maxPixels }),
    lookup: defined({ most: options.lookup, texts }),
    signal,
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new RequestError(
      path,
      `expected a text file, got ${error instanceof Error ? error.message : error}`,
    );
  }
}

/**
 * Refuse wrong settings and pictures now, before a large model is loaded for them.
 *
 * @returns the pictures' sizes in pixels
 */
export async function checkRequest(
  images: readonly string[],
  options: AnswerOptions,
): Promise<{ width: number; height: number }[]> {
  resolveSettings(generateOptions(options), generationDefaults(undefined, []), () => 0);
  const sizes: { width: number; height: number }[] = [];
  for (const image of images) {
    const decoded = await decodeImage(image);
    assertAspectRatio(decoded);
    const { width, height } = decoded;
    sizes.push({ width, height });
  }
  return sizes;
}

/** Only what is set: absent and undefined are not the same to the library. */
export const defined = <T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

/** Load the model that the options name; a progress bar shows on a terminal. */
export async function openModel(options: ModelOptions, signal: AbortSignal): Promise<LoadedModel> {
  const { model, adapter } = options;
  // An empty variable counts as none, as in a shell.
  return loadWithProgress(model === "" ? shippedModel : model, {
    ...loadOptions(options),
    ...defined({ adapter }),
    signal,
  });
}
