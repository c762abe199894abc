/** @file Records as texts that a model reads, answer and all. */

import type { ForcedText } from "../generate/forced_text.ts";
import type { LoadedModel } from "../generate/load_model.ts";
import { partsOf } from "../processor/message.ts";
import { placeName } from "./place.ts";
import { keepRecords, readRecords, recordFiles } from "./read_records.ts";
import { messagesOf } from "./record.ts";

/**
 * The conversations of records, of which the last answer is what counts.
 *
 * @param inputs files or folders
 * @throws RequestError for an input that is not there, or the first bad record
 */
export async function* recordTexts(
  inputs: readonly string[],
  { processor }: LoadedModel,
): AsyncGenerator<ForcedText> {
  const files = await recordFiles(inputs);
  for await (const { place, record } of keepRecords(readRecords(files), "fail")) {
    const messages = messagesOf(record);
    const said = messages.slice(-1).flatMap(partsOf);
    const text = said.map((part) => (part.type === "text" ? part.text : "")).join("");
    yield {
      name: record.id ?? placeName(place),
      messages: messages.slice(0, -1),
      answer: processor.tokenizer.encode(`${text}<|im_end|>`),
    };
  }
}
