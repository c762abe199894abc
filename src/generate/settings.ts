/** @file How an answer is generated: what a request may say, and what holds where it says nothing. */

import { ConfigError, RequestError } from "../errors.ts";
import { isJsonObject, shown } from "../model/json_fields.ts";
import type { PixelBudget } from "../processor/preprocess.ts";

/** What a request may set; everything has a default, most from the checkpoint's generation_config.json. */
export interface GenerateOptions {
  /** Tokens at most, 1 or more; 1024 when absent. */
  readonly maxNewTokens?: number;
  /**
   * 0 picks the likeliest token; larger spreads the choice. A request that gives a temperature chooses its own way of
   * sampling: the checkpoint's top-k and top-p then do not apply.
   */
  readonly temperature?: number;
  /** Choose among this many likeliest tokens, 1 or more. */
  readonly topK?: number;
  /** Choose among the likeliest tokens that together reach this probability, above 0 up to 1. */
  readonly topP?: number;
  /** Divides the score of tokens already seen, 0.001 to 1000; 1 changes nothing. */
  readonly repetitionPenalty?: number;
  /**
   * Whether the program computes the products that the answer writes out, as in "1.17 × 83 = 97 mm"; as the checkpoint
   * says when absent, and without a word of it no.
   */
  readonly calculator?: boolean;
  /** Whole number, 0 to 2³² − 1: the same seed gives the same text. Random when absent; the answer tells which. */
  readonly seed?: number;
  /** The answer ends before the first of these texts. */
  readonly stop?: readonly string[];
  /** Bounds on the pixels of each picture after resizing. */
  readonly pixels?: PixelBudget;
  /** How many alternatives to report for each token, 0 or more, besides the token itself; absent: no probabilities. */
  readonly logprobs?: number;
  /** How far to guess ahead from text that repeats: it changes the speed, never the answer. */
  readonly lookup?: Lookup;
  /**
   * Stops the generation; the call then rejects with the signal's reason. What is under way is finished first: one
   * picture, one stretch of the prompt, or one token.
   */
  readonly signal?: AbortSignal;
}

/**
 * Guesses are looked up in the prompt, in the answer so far, in the conversation's earlier answers and in the texts that
 * the checkpoint brings (`lookup_texts.json`).
 */
export interface Lookup {
  /** Tokens guessed at most before each pass of the model, 0 or more; 0 guesses none, 8 when absent. */
  readonly most?: number;
  /** More texts that the answer may repeat: earlier reports of the same kind, a template. */
  readonly texts?: readonly string[];
}

/** How a token is chosen. */
export interface Sampling {
  readonly temperature: number;
  /** null: all tokens. */
  readonly topK: number | null;
  readonly topP: number;
  readonly repetitionPenalty: number;
}

/** Everything that decides which tokens are chosen; recorded with the answer. */
export interface Settings extends Sampling {
  readonly calculator: boolean;
  readonly maxNewTokens: number;
  readonly seed: number;
  readonly stop: readonly string[];
  /** What the request says; where it says nothing the checkpoint's budget holds. */
  readonly pixels: PixelBudget;
}

/** What generation_config.json says. */
export interface GenerationDefaults extends Sampling {
  /** Whether products are computed; a field of this project. */
  readonly calculator: boolean;
  /** Ids that end an answer. */
  readonly endTokens: readonly number[];
}

const DEFAULT_MAX_NEW_TOKENS = 1024;

/** Tokens guessed ahead at most when a request does not say. */
export const DEFAULT_LOOKUP = 8;

/** Logits of a whole vocabulary are computed for every guess. */
const MOST_LOOKUP = 64;

/** One value, whether it is allowed, and what would be. */
type Rule = readonly [ok: boolean, name: string, expected: string, got: unknown];

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && (value as number) >= least && (value as number) <= most;

const samplingRules = ({ temperature, topK, topP, repetitionPenalty }: Sampling): Rule[] => [
  [Number.isFinite(temperature) && temperature >= 0, "temperature", "a number of 0 or more", temperature],
  [topK === null || isWhole(topK, 1, 2 ** 31), "topK", "a whole number of 1 or more", topK],
  [Number.isFinite(topP) && topP > 0 && topP <= 1, "topP", "a number above 0 and up to 1", topP],
  [
    Number.isFinite(repetitionPenalty) && repetitionPenalty >= 1e-3 && repetitionPenalty <= 1e3,
    "repetitionPenalty",
    "a number from 0.001 to 1000", // scores stay finite in float32
    repetitionPenalty,
  ],
];

const isAbsentOr = (value: unknown, allows: (value: number) => boolean): boolean =>
  value === undefined || (typeof value === "number" && allows(value));

const pixelRules = ({ minPixels, maxPixels }: PixelBudget): Rule[] => [
  [isAbsentOr(minPixels, (least) => least > 0), "pixels.minPixels", "a number above 0", minPixels],
  [
    isAbsentOr(maxPixels, (most) => most > 0 && most >= (minPixels ?? 0)),
    "pixels.maxPixels",
    `a number above 0${minPixels === undefined ? "" : " and not below minPixels"}`,
    maxPixels,
  ],
];

const broken = (rules: readonly Rule[]): string[] =>
  rules
    .filter(([ok]) => !ok)
    .map(([, name, expected, got]) => `${name}: expected ${expected}, got ${brief(got)}`);

const brief = (value: unknown): string => (typeof value === "number" ? String(value) : shown(value));

/**
 * Fill in what the request leaves open.
 *
 * Differs: in the reference a temperature of the request meets the checkpoint's top-k, which in the released ones is 1
 * and would leave the temperature without effect.
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
  const filters = options.temperature === undefined ? defaults : UNFILTERED;
  const settings: Settings = {
    maxNewTokens: options.maxNewTokens ?? DEFAULT_MAX_NEW_TOKENS,
    temperature: options.temperature ?? defaults.temperature,
    topK: options.topK ?? filters.topK,
    topP: options.topP ?? filters.topP,
    repetitionPenalty: options.repetitionPenalty ?? defaults.repetitionPenalty,
    calculator: options.calculator ?? defaults.calculator,
    seed: options.seed ?? randomSeed(),
    stop: options.stop ?? [],
    pixels: options.pixels ?? {},
  };
  const { maxNewTokens, seed, stop } = settings;
  const { logprobs = 0, lookup: { most = DEFAULT_LOOKUP, texts = [] } = {} } = options;
  const isText = (text: unknown) => typeof text === "string" && text !== "";
  const problems = broken([
    [isWhole(maxNewTokens, 1, 2 ** 31), "maxNewTokens", "a whole number of 1 or more", maxNewTokens],
    ...samplingRules(settings),
    [typeof settings.calculator === "boolean", "calculator", "true or false", settings.calculator],
    [isWhole(seed, 0, 2 ** 32 - 1), "seed", "a whole number from 0 to 4294967295", seed],
    [Array.isArray(stop) && stop.every(isText), "stop", "a list of texts that are not empty", stop],
    ...pixelRules(settings.pixels),
    [isWhole(logprobs, 0, 1000), "logprobs", "a whole number from 0 to 1000", logprobs],
    [isWhole(most, 0, MOST_LOOKUP), "lookup.most", `a whole number from 0 to ${MOST_LOOKUP}`, most],
    [
      Array.isArray(texts) && texts.every(isText),
      "lookup.texts",
      "a list of texts that are not empty",
      texts,
    ],
  ]);
  if (problems.length > 0) throw new RequestError("generation options", problems);
  return settings;
}

const UNFILTERED = { topK: null, topP: 1 } as const;

/**
 * Read the checkpoint's generation_config.json.
 *
 * @param json its content, undefined if the file is missing
 * @param fallbackEnd ids that end an answer when it names none
 * @throws ConfigError naming every value out of range
 */
export function generationDefaults(
  json: unknown,
  fallbackEnd: readonly number[],
  where = "generation_config.json",
): GenerationDefaults {
  if (json !== undefined && !isJsonObject(json)) throw new ConfigError(where, "expected a JSON object");
  const fields = json ?? {};
  const value = (name: string, otherwise: number) => (fields[name] ?? otherwise) as number; // rules check the type
  const named = [fields.eos_token_id ?? []].flat() as number[];
  const sampled = fields.do_sample === true;
  const topK = fields.top_k === null ? 0 : value("top_k", 50);
  const defaults: GenerationDefaults = {
    temperature: sampled ? value("temperature", 1) : 0,
    topK: sampled && topK !== 0 ? topK : null,
    topP: sampled ? value("top_p", 1) : 1,
    repetitionPenalty: value("repetition_penalty", 1),
    calculator: (fields.calculator ?? false) as boolean,
    endTokens: named.length > 0 ? named : fallbackEnd,
  };
  const isId = (id: unknown) => isWhole(id, 0, 2 ** 31);
  const problems = broken([
    ...samplingRules(defaults).map(([ok, name, ...rest]): Rule => [ok, inSnakeCase(name), ...rest]),
    [typeof defaults.calculator === "boolean", "calculator", "true or false", defaults.calculator],
    [named.every(isId), "eos_token_id", "a token id or a list of them", fields.eos_token_id],
  ]);
  if (problems.length > 0) throw new ConfigError(where, problems);
  return defaults;
}

const inSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
