/** @file Several conversations answered together, row by row of one batch. */

import { RequestError } from "../errors.ts";
import type { PictureSource } from "../image/decode.ts";
import { assertAsksSomething, assertMessages, type Message } from "../processor/message.ts";
import { type Answer, answerOf } from "./answer.ts";
import type { Model } from "./model.ts";
import { type PreparedPrompt, preparePrompt } from "./prepare.ts";
import { contextExceeded, joined, type PromptRow } from "./prompt_row.ts";
import { type GenerateOptions, resolveSettings } from "./settings.ts";
import { Writer } from "./writer.ts";

/** What may be asked of conversations answered together. */
export interface BatchOptions extends GenerateOptions {
  /**
   * Whether answers of a model with experts tell how many tokens chose each; no when absent. The answers stay the same;
   * passes are not shared with other requests.
   */
  readonly countsExperts?: boolean;
}

/**
 * Answer every conversation; each answer is what it would be alone.
 *
 * @throws RequestError when a request cannot be served; none is answered then
 */
export async function generateBatch(
  model: Model,
  conversations: readonly (readonly Message<PictureSource>[])[],
  options: BatchOptions = {},
): Promise<Answer[]> {
  const { engine, processor, defaults } = model;
  if (conversations.length === 0)
    throw new RequestError("batch", "expected at least one conversation, got none");
  for (const messages of conversations) {
    assertMessages(messages);
    assertAsksSomething(messages);
  }
  const settings = resolveSettings(options, defaults, model.randomSeed);
  const prompts = await Promise.all(
    conversations.map((messages) => preparePrompt(messages, processor, engine.config, options.pixels)),
  );
  const length = Math.max(...prompts.map(({ ids }) => ids.length));
  const most = engine.config.decoder.maxPositions;
  if (length >= most) throw contextExceeded(length + 1, most);
  options.signal?.throwIfAborted();
  const visual = await seeAll(model, prompts, options.signal);
  const rows = prompts.map((prompt, b) => padLeft(prompt, visual[b]!, length));
  const writers = prompts.map(
    ({ ids }) =>
      new Writer(processor.tokenizer, ids, settings, {
        endTokens: defaults.endTokens,
        logprobs: options.logprobs,
        room: most - ids.length,
      }),
  );
  const cache = engine.openCache(rows.length, { countsExperts: options.countsExperts ?? false });
  try {
    let logits = await engine.prefill(cache, rows, options.signal);
    for (;;) {
      options.signal?.throwIfAborted();
      const vocab = engine.config.decoder.vocabSize;
      const chosen = writers.map((writer, b) =>
        writer.finish ? undefined : writer.take(logits.data.subarray(b * vocab, (b + 1) * vocab)).id,
      );
      const going = chosen.map((id, b) => (writers[b]!.finish ? undefined : id));
      if (going.every((id) => id === undefined)) break;
      logits = await engine.step(cache, going);
    }
  } finally {
    await engine.closeCache(cache);
  }
  return prompts.map((prompt, b) => {
    const writer = writers[b]!;
    const expertCounts = cache.expertCounts?.[b];
    return answerOf(model, {
      prompt,
      settings,
      writer,
      cachedTokens: 0,
      passes: writer.ids.length - 1,
      ...(expertCounts && { expertCounts }),
    });
  });
}

/** Visual tokens of every prompt; a picture that several prompts share is looked at once. */
async function seeAll(
  { engine }: Model,
  prompts: readonly PreparedPrompt[],
  signal: AbortSignal | undefined,
): Promise<Float32Array[]> {
  const seen = new Map<string, Float32Array>();
  const all: Float32Array[] = [];
  for (const { media } of prompts) {
    const parts: Float32Array[] = [];
    for (const { key, media: item } of media) {
      signal?.throwIfAborted();
      const tokens = seen.get(key) ?? (await engine.see(item.pixelValues, item.grid));
      seen.set(key, tokens);
      parts.push(tokens);
    }
    all.push(joined(parts));
  }
  return all;
}

/** Padding on the left, so that every row's last token is in the last column. */
function padLeft({ ids, positions }: PreparedPrompt, visual: Float32Array, length: number): PromptRow {
  const padding = length - ids.length;
  const pad = (value: number, values: readonly number[]) => [
    ...Array<number>(padding).fill(value),
    ...values,
  ];
  const [t, h, w] = positions.axes.map((axis) => pad(1, axis)) as [number[], number[], number[]];
  return {
    ids: pad(0, ids),
    positions: { axes: [t, h, w] },
    visual,
    attended: Array.from({ length }, (_, s) => s >= padding),
  };
}
