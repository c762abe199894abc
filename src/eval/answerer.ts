/** @file Whoever answers questions: a model in this process, or one behind an address. */

import type { ImageSource } from "../image/read_source.ts";
import type { Message } from "../processor/message.ts";
import type { Given } from "./exchange.ts";

/** All that decides an answer besides the question and the model. */
export interface AnswerSettings {
  /** Tokens of an answer at most, 1 or more. */
  readonly maxNewTokens: number;
  /** 0 takes the likeliest token. */
  readonly temperature: number;
  /** Whole number, 0 to 2³² − 1. */
  readonly seed: number;
  /** Alternatives to tell with each token, 0 or more; absent: no probabilities. */
  readonly logprobs?: number;
}

/** With what is to be told besides; it decides no answer, and so is no part of what was asked. */
export interface AskSettings extends AnswerSettings {
  /** Whether replies of a model with experts tell which were chosen. */
  readonly countsExperts?: boolean;
}

/** What came back, whichever question it was. */
export type Reply = Omit<Given, "id">;

/** Close it after use. */
export interface Answerer {
  /** What tells this model from others, for provenance: plain data, never a key. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** How many conversations are best asked together: an answer may depend on the others in its last digits. */
  readonly batch: number;
  /** How many batches may be under way at once; one when absent. */
  readonly concurrency?: number;
  /**
   * Answer the last message of every conversation. One that cannot be answered fails alone.
   *
   * @returns one reply for each, in order
   * @throws InputError when nothing can be answered, as by an address where no one listens
   * @throws the signal's reason when it is aborted
   */
  answer(
    conversations: readonly (readonly Message<ImageSource>[])[],
    settings: AskSettings,
    signal: AbortSignal,
  ): Promise<Reply[]>;
  close(): Promise<void>;
}

/** A model to evaluate. */
export interface ModelSource {
  /** What scores call it; unique in a run. */
  readonly name: string;
  open(signal: AbortSignal): Promise<Answerer>;
}

/** The reply where there is no answer. */
export const failed = (problem: string): Reply => ({ text: "", finish: "failed", problem });
