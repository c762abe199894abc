/** @file What the measured programs are asked, and what they answer: one JSON line each. */

import type { EngineParts } from "../engine_times.ts";
import type { Memory } from "./memory.ts";

/** Where a program finds its model, as JSON in its first argument. */
export interface Opening {
  /** A checkpoint folder, or a GGUF file. */
  readonly model: string;
  readonly threads: number;
  /** Folder with node_modules/node-llama-cpp; only for that program. */
  readonly llama?: string;
}

/** Answer to "about". */
export interface About {
  readonly version: string;
  readonly loadMs: number;
  readonly memory: Memory;
}

/** Answer to "prefill". */
export interface Prefilled {
  readonly ms: number;
  /** The last token's first few logits, of programs that run the same weights. */
  readonly logits?: readonly number[];
  readonly memory: Memory;
}

/** Answer to "decode": milliseconds of each token. */
export interface Decoded {
  readonly tokenMs: readonly number[];
}

/** Answer to "answer". */
export interface Answered {
  readonly promptTokens: number;
  /** From the request to its first token: pictures, prompt and all. */
  readonly firstMs: number;
  /** Of each token after the first. */
  readonly tokenMs: readonly number[];
  readonly memory: Memory;
}

/** Answer to "together" and "batch": a number of requests at once. */
export interface Served {
  readonly ms: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly memory: Memory;
}

export const studyWays = ["one by one", "study", "study, all at once"] as const;
export type StudyWay = (typeof studyWays)[number];

/** What a study took: milliseconds in all, in pictures, in prompts and behind them; decoder passes and tokens. */
export interface StudyTimes extends EngineParts {
  readonly wholeMs: number;
  readonly tokens: number;
  readonly passes: number;
}

/** Requests by name, with what they take and what comes back. Every program answers the first three. */
export interface Requests {
  about: { readonly takes: object; readonly gives: About };
  /** Run a prompt of this many tokens through a new cache. */
  prefill: { readonly takes: { readonly tokens: number }; readonly gives: Prefilled };
  /** Decode tokens behind a context, which is prefilled once and kept. */
  decode: { readonly takes: { readonly context: number; readonly tokens: number }; readonly gives: Decoded };
  /** One request through the library's `stream`, with square pictures of `side` pixels. */
  answer: {
    readonly takes: { readonly pictures: number; readonly side: number; readonly newTokens: number };
    readonly gives: Answered;
  };
  /** Requests of about `promptTokens` tokens at once, each through `generate`. */
  together: {
    readonly takes: { readonly requests: number; readonly promptTokens: number; readonly newTokens: number };
    readonly gives: Served;
  };
  /** The same through one `generateBatch`. */
  batch: Requests["together"];
  /**
   * A study: report, diagnosis and two questions on the same pictures; each request for itself, as a study that keeps
   * what they share, or all at once. Nothing is guessed ahead: how well random weights repeat themselves says nothing.
   */
  study: {
    readonly takes: {
      readonly pictures: number;
      readonly side: number;
      readonly newTokens: number;
      readonly way: StudyWay;
    };
    readonly gives: StudyTimes;
  };
}

export type RequestName = keyof Requests;

/** A request as it is sent. */
export type Sent = { readonly [K in RequestName]: { readonly do: K } & Requests[K]["takes"] }[RequestName];
