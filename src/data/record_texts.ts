/** @file Records as texts that a model reads, answer and all. */

import { RequestError } from "../errors.ts";
import type { ForcedText } from "../generate/forced_text.ts";
import type { LoadedModel } from "../generate/load_model.ts";
import { partsOf } from "../processor/message.ts";
import { placeName } from "./place.ts";
import { readRecords, recordFiles } from "./read_records.ts";
import { messagesOf } from "./record.ts";

const hint =
  "`echovlm data validate` names every bad record, `echovlm data convert --on-error skip` leaves them out";

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
  for await (const item of readRecords(files)) {
    const place = placeName(item.place);
    if (item.kind !== "record") throw new RequestError(place, item.problems, hint);
    const { record } = item;
    const messages = messagesOf(record);
    const said = messages.slice(-1).flatMap(partsOf);
    const text = said.map((part) => (part.type === "text" ? part.text : "")).join("");
    yield {
      name: record.id ?? place,
      place,
      messages: messages.slice(0, -1),
      answer: processor.tokenizer.encode(`${text}<|im_end|>`),
    };
  }
}
