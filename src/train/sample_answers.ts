/** @file Answers of the model in training to a few validation records, to be read by people. */

import { placeName } from "../data/place.ts";
import { messagesOf, plainText } from "../data/record.ts";
import { loadModel } from "../generate/load_model.ts";
import type { PixelBudget } from "../processor/preprocess.ts";
import type { Sample } from "./train_event.ts";
import type { TrainingRecord } from "./training_data.ts";

/**
 * Answer the first question of some records, evenly spread over all, with the likeliest tokens.
 *
 * @param options.folder the model
 * @param options.adapter folder of its adapter, where that is apart
 * @param options.pixels as in training
 */
export async function* sampleAnswers(
  options: {
    folder: string;
    adapter?: string;
    count: number;
    maxNewTokens: number;
    pixels: PixelBudget;
    threads: number;
    signal: AbortSignal;
  },
  records: readonly TrainingRecord[],
): AsyncGenerator<Sample> {
  const { folder, adapter, threads, signal, maxNewTokens, pixels } = options;
  const model = await loadModel(folder, { threads, ...(adapter !== undefined && { adapter }) });
  try {
    const count = Math.min(options.count, records.length);
    for (let n = 0; n < count; n++) {
      const { record, place } = records[Math.floor((n * records.length) / count)]!;
      const answered = record.messages.findIndex(({ role }) => role === "assistant");
      const asked = messagesOf(record).slice(0, answered);
      const { text } = await model.generate(asked, { maxNewTokens, pixels, temperature: 0, signal });
      yield {
        record: record.id ?? placeName(place),
        prompt: plainText(record.messages[answered - 1]?.content ?? ""),
        expected: record.messages[answered]?.content ?? "",
        answer: text,
      };
    }
  } finally {
    await model.close();
  }
}
