/** @file A conversation and its answer as one row of tokens, for models that are to read it rather than write it. */

import { InputError, RequestError } from "../errors.ts";
import type { ImageSource } from "../image/read_source.ts";
import { positionIds, type RowPositions } from "../model/positions.ts";
import type { Message } from "../processor/message.ts";
import type { PixelBudget } from "../processor/preprocess.ts";
import { gridOf } from "../processor/prompt.ts";
import type { Model } from "./model.ts";
import { type PreparedPrompt, preparePrompt } from "./prepare.ts";
import { contextExceeded, cutRow, joined, type PromptRow } from "./prompt_row.ts";

/** What is read, with the name it has in results. */
export interface ForcedText {
  readonly name: string;
  /** Where it was found, for errors; its name when absent. */
  readonly place?: string;
  readonly messages: readonly Message<ImageSource>[];
  /** Tokens that stand behind the prompt; none where the prompt alone is read. */
  readonly answer: readonly number[];
  readonly pixels?: PixelBudget;
}

/** A text as tokens. */
export interface ForcedRow {
  readonly ids: readonly number[];
  readonly positions: RowPositions;
  readonly media: PreparedPrompt["media"];
  /** Tokens start..end−1 have logits that count: those that the answer was drawn from, or without an answer all. */
  readonly start: number;
  readonly end: number;
}

/** @throws RequestError naming the text's place when a message or picture cannot be served, or all is too long */
export async function forcedRow(
  model: Pick<Model, "processor" | "engine">,
  text: ForcedText,
): Promise<ForcedRow> {
  try {
    return await encodedRow(model, text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new RequestError(text.place ?? text.name, error.message);
  }
}

async function encodedRow(
  { processor, engine }: Pick<Model, "processor" | "engine">,
  { messages, answer, pixels }: ForcedText,
): Promise<ForcedRow> {
  const { config } = engine;
  const prompt = await preparePrompt(messages, processor, config, pixels);
  const ids = [...prompt.ids, ...answer];
  const most = config.decoder.maxPositions;
  if (ids.length > most) throw contextExceeded(ids.length, most);
  const grids = prompt.media.map(({ media }) => gridOf(media));
  return {
    ids,
    positions: positionIds(ids, grids, config),
    media: prompt.media,
    start: answer.length > 0 ? prompt.ids.length - 1 : 0,
    end: answer.length > 0 ? ids.length - 1 : ids.length,
  };
}

/** Tokens read at a time: bounds the memory of logits, a number for every word of the vocabulary each. */
const CHUNK = 128;

/**
 * Let a model read a row.
 *
 * @returns the logits [≤ CHUNK, V] of one chunk after another, with the place of the first
 */
export async function* readRow(
  { engine }: Pick<Model, "engine">,
  { ids, positions, media }: ForcedRow,
): AsyncGenerator<{ readonly at: number; readonly logits: Float32Array }> {
  const seen: Float32Array[] = [];
  for (const { media: item } of media) seen.push(await engine.see(item.pixelValues, item.grid));
  const row: PromptRow = { ids, positions, ...(seen.length > 0 && { visual: joined(seen) }) };
  const cache = engine.openCache(1);
  try {
    let used = 0;
    for (let at = 0; at < ids.length; at += CHUNK) {
      const part = cutRow(row, at, Math.min(at + CHUNK, ids.length), used, engine.config);
      used += part.visualCount;
      const { logits } = await engine.forward(cache, [part.row], { logits: "all" });
      yield { at, logits: logits.data };
    }
  } finally {
    await engine.closeCache(cache);
  }
}
