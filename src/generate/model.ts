/** @file What a loaded model consists of. */

import type { Family } from "../model/config.ts";
import type { CacheStorage } from "../nn/cache_rows.ts";
import type { Processor } from "../processor/prompt.ts";
import type { Engine } from "./engine.ts";
import type { GenerationDefaults } from "./settings.ts";

/** What identifies a loaded model. */
export interface ModelIdentity {
  /** Last part of the checkpoint folder's path. */
  readonly name: string;
  readonly family: Family;
  /** SHA-256 over the configuration, tokenizer, template and every weight as stored, adapters included. */
  readonly sha256: string;
  /** How weights are kept in memory. */
  readonly weights: "float32" | "float16";
  /** How keys and values are kept; float32 when absent. */
  readonly cache?: CacheStorage;
  /** Bits of quantised weights; absent for float ones. */
  readonly bits?: 4 | 8;
  /** Name of the merged adapter's folder, if any. */
  readonly adapter?: string;
}

/** A loaded model's parts, as the generation code uses them. */
export interface Model {
  readonly identity: ModelIdentity;
  readonly engine: Engine;
  readonly processor: Processor;
  readonly defaults: GenerationDefaults;
  /** Tokens of the checkpoint's own texts to look guesses up in. */
  readonly lookupTokens: readonly number[];
  readonly randomSeed: () => number;
}
