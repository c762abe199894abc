/** @file One record as the trainer reads it: token ids, labels, patches. */

import type { DataRecord } from "../data/record.ts";
import { messagesOf } from "../data/record.ts";
import { InputError, RequestError } from "../errors.ts";
import { decodeMessages } from "../image/decode.ts";
import { readImageHeader } from "../image/header.ts";
import { framesOf, partsOf } from "../processor/message.ts";
import type { PixelBudget } from "../processor/preprocess.ts";
import { visualTokens } from "../processor/preprocess.ts";
import { assertPlainText, encodePrompt, gridOf, type Processor } from "../processor/prompt.ts";
import type { Picture } from "./batch.ts";
import { assistantLabels, IGNORED, type TurnMarks } from "./labels.ts";

/** A record before it is padded. */
export interface EncodedRecord {
  /** [S] */
  readonly ids: readonly number[];
  /** [S] */
  readonly labels: readonly number[];
  readonly pictures: readonly Picture[];
}

/** What is known of a record whose pictures are not decoded. */
export interface MeasuredRecord {
  /** Tokens it will have. */
  readonly tokens: number;
  /** SHA-256 of each picture's file, in order. */
  readonly pictures: readonly string[];
}

/** Turns records into what a step reads, as one checkpoint's processor does. */
export interface RecordEncoder {
  /** Decode its pictures and encode it. @throws RequestError when it cannot be learnt from */
  encode(record: DataRecord): Promise<EncodedRecord>;
  /** Read its pictures' headers alone. @throws RequestError as `encode`, for what can be told so */
  measure(record: DataRecord): Promise<MeasuredRecord>;
}

export function recordEncoder(processor: Processor, budget: PixelBudget): RecordEncoder {
  const { tokenizer, template, image } = processor;
  const marks: TurnMarks = {
    open: tokenizer.encode("<|im_start|>assistant\n"),
    close: tokenizer.encode("<|im_end|>\n"),
  };
  const labelled = (record: DataRecord, ids: readonly number[]): number[] => {
    const labels = assistantLabels(ids, marks);
    if (labels.every((label) => label === IGNORED))
      throw new RequestError(record.id ?? "record", "expected an assistant's turn to learn, found none");
    return labels;
  };
  return {
    async encode(record) {
      const { decoded } = await decodeMessages(messagesOf(record));
      const { ids, media } = encodePrompt(decoded, processor, { addGenerationPrompt: false, budget });
      return {
        ids,
        labels: labelled(record, ids),
        pictures: media.map((item) => ({ ...gridOf(item), pixelValues: item.pixelValues.data })),
      };
    },
    async measure(record) {
      const messages = messagesOf(record);
      assertPlainText(messages, tokenizer);
      const ids = tokenizer.encode(template.render(messages, false));
      labelled(record, ids);
      const pictures: string[] = [];
      let visual = 0;
      for (const part of messages.flatMap(partsOf)) {
        if (part.type === "text") continue;
        const headers = await Promise.all(framesOf(part).map((frame) => readImageHeader(frame)));
        pictures.push(...headers.map(({ hash }) => hash));
        visual += visualTokens(headers, image, budget) - 1; // the placeholder is counted already
      }
      return { tokens: ids.length + visual, pictures };
    },
  };
}

/** An error of an input as its text; others are defects and go on. */
export const problemOf = (error: unknown): string => {
  if (error instanceof InputError) return error.message;
  throw error;
};
