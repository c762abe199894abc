/** @file What an answer is, and everything needed to get it again. */

import type { Model, ModelIdentity } from "./model.ts";
import type { PreparedPrompt } from "./prepare.ts";
import type { Settings } from "./settings.ts";
import type { FinishReason, TokenReport, Writer } from "./writer.ts";

/** Where an answer comes from. */
export interface Provenance {
  readonly software: { readonly name: "echovlm"; readonly version: string };
  readonly model: ModelIdentity;
  readonly settings: Settings;
  /** The rendered prompt; each picture is one placeholder. */
  readonly prompt: string;
  /** SHA-256 of each picture's file, in order. */
  readonly images: readonly string[];
  readonly notice: typeof RESEARCH_NOTICE;
}

export interface Answer {
  readonly text: string;
  /** Chosen tokens, the end token included. */
  readonly tokens: readonly number[];
  /** One per token; present when log-probabilities were asked for. */
  readonly logprobs?: readonly TokenReport[];
  /**
   * [layer][expert]: how many tokens of prompt and answer chose it, the last one, which the model never reads, left out.
   * Present when it was asked for of a model with experts.
   */
  readonly expertCounts?: readonly (readonly number[])[];
  readonly finishReason: FinishReason;
  readonly usage: {
    readonly promptTokens: number;
    /** Prompt tokens taken from the turn before. */
    readonly cachedTokens: number;
    readonly newTokens: number;
    /** Passes of the decoder behind the prompt: fewer than new tokens where a pass settled several. */
    readonly passes: number;
  };
  readonly provenance: Provenance;
}

/** Shown wherever results appear. */
export const RESEARCH_NOTICE = "Research use only. Not a medical device; not for diagnosis or treatment.";

/** Version of this package, said once beside package.json; a test holds them together. */
export const VERSION = "0.1.0";

export const answerOf = (
  model: Model,
  parts: {
    prompt: PreparedPrompt;
    settings: Settings;
    writer: Writer;
    cachedTokens: number;
    passes: number;
    expertCounts?: readonly (readonly number[])[];
  },
): Answer => {
  const { prompt, settings, writer, cachedTokens, passes, expertCounts } = parts;
  return {
    text: writer.text,
    tokens: writer.ids,
    ...(writer.reports.length > 0 && { logprobs: writer.reports }),
    ...(expertCounts && { expertCounts }),
    finishReason: writer.finish ?? "length",
    usage: { promptTokens: prompt.ids.length, cachedTokens, newTokens: writer.ids.length, passes },
    provenance: {
      software: { name: "echovlm", version: VERSION },
      model: model.identity,
      settings,
      prompt: prompt.text,
      images: prompt.imageHashes,
      notice: RESEARCH_NOTICE,
    },
  };
};
