/** @file How an answer is generated: what a request may say, and what holds where it says nothing. */

import { RequestError } from "../errors.ts";
import type { PixelBudget } from "../processor/preprocess.ts";

/** What a request may set; everything has a default, most from the checkpoint's generation_config.json. */
export interface GenerateOptions {
  /** Tokens at most, 1 or more; 1024 when absent. */
  readonly maxNewTokens?: number;
  /** 0 picks the likeliest token; larger spreads the choice. */
  readonly temperature?: number;
  /** Choose among this many likeliest tokens, 1 or more. */
  readonly topK?: number;
  /** Choose among the likeliest tokens that together reach this probability, above 0 up to 1. */
  readonly topP?: number;
  /** Divides the score of tokens already seen, above 0; 1 changes nothing. */
  readonly repetitionPenalty?: number;
  /** Whole number, 0 to 2³² − 1: the same seed gives the same text. Random when absent; the answer tells which. */
  readonly seed?: number;
  /** The answer ends before the first of these texts. */
  readonly stop?: readonly string[];
  /** Bounds on the pixels of each picture after resizing. */
  readonly pixels?: PixelBudget;
  /** How many alternatives to report for each token, 0 or more, besides the token itself; absent: no probabilities. */
  readonly logprobs?: number;
  /** Stops the generation; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Everything that decides which tokens are chosen; recorded with the answer. */
export interface Settings {
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK: number | null;
  readonly topP: number;
  readonly repetitionPenalty: number;
  readonly seed: number;
  readonly stop: readonly string[];
}

const DEFAULT_MAX_NEW_TOKENS = 1024;

/**
 * Fill in what the request leaves open.
 *
 * @param options the request
 * @param defaults the checkpoint's own
 * @param randomSeed called when the request has no seed
 * @throws RequestError naming every value out of range
 */
export function resolveSettings(
  options: GenerateOptions,
  defaults: GenerationDefaults,
  randomSeed: () => number,
): Settings {
  const settings: Settings = {
    maxNewTokens: options.maxNewTokens ?? DEFAULT_MAX_NEW_TOKENS,
    temperature: options.temperature ?? defaults.temperature,
    topK: options.topK ?? defaults.topK,
    topP: options.topP ?? defaults.topP,
    repetitionPenalty: options.repetitionPenalty ?? defaults.repetitionPenalty,
    seed: options.seed ?? randomSeed(),
    stop: options.stop ?? [],
  };
  const { maxNewTokens, temperature, topK, topP, repetitionPenalty, seed, stop } = settings;
  const whole = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  const logprobs = options.logprobs ?? 0;
  const rules: readonly [ok: boolean, name: string, expected: string, got: unknown][] = [
    [whole(maxNewTokens, 1, 2 ** 31), "maxNewTokens", "a whole number of 1 or more", maxNewTokens],
    [temperature >= 0 && Number.isFinite(temperature), "temperature", "a number of 0 or more", temperature],
    [topK === null || whole(topK, 1, 2 ** 31), "topK", "a whole number of 1 or more", topK],
    [topP > 0 && topP <= 1, "topP", "a number above 0 and up to 1", topP],
    [
      repetitionPenalty > 0 && Number.isFinite(repetitionPenalty),
      "repetitionPenalty",
      "a number above 0",
      repetitionPenalty,
    ],
    [whole(seed, 0, 2 ** 32 - 1), "seed", "a whole number from 0 to 4294967295", seed],
    [stop.every((text) => text !== ""), "stop", "texts that are not empty", JSON.stringify(stop)],
    [whole(logprobs, 0, 1000), "logprobs", "a whole number from 0 to 1000", logprobs],
  ];
  const problems = rules
    .filter(([ok]) => !ok)
    .map(([, name, expected, got]) => `${name}: expected ${expected}, got ${got}`);
  if (problems.length > 0) throw new RequestError("generation options", problems);
  return settings;
}

/** What generation_config.json and config.json say. */
export interface GenerationDefaults
  extends Pick<Settings, "temperature" | "topK" | "topP" | "repetitionPenalty"> {
  /** Ids that end an answer. */
  readonly endTokens: readonly number[];
}

/**
 * Read the checkpoint's generation_config.json.
 *
 * @param json its content, undefined if the file is missing
 * @param fallbackEnd ids that end an answer when it names none
 */
export function generationDefaults(json: unknown, fallbackEnd: readonly number[]): GenerationDefaults {
  const fields = (typeof json === "object" && json !== null ? json : {}) as Record<string, unknown>;
  const number = (name: string, otherwise: number): number => {
    const value = fields[name];
    return typeof value === "number" && Number.isFinite(value) ? value : otherwise;
  };
  const end = [fields.eos_token_id].flat().filter((id) => typeof id === "number");
  const sampled = fields.do_sample === true;
  const topK = number("top_k", 50);
  return {
    temperature: sampled ? number("temperature", 1) : 0,
    topK: sampled && topK > 0 ? topK : null,
    topP: sampled ? number("top_p", 1) : 1,
    repetitionPenalty: number("repetition_penalty", 1),
    endTokens: end.length > 0 ? end : fallbackEnd,
  };
}
