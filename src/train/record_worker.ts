/** @file The thread that encodes records for the trainer. */

import { workerData } from "node:worker_threads";
import { readModelFiles } from "../checkpoint/hf_folder.ts";
import type { DataRecord } from "../data/record.ts";
import { openProcessor } from "../generate/load_model.ts";
import type { PixelBudget } from "../processor/preprocess.ts";
import { answerCalls } from "../runtime/node/thread_pool.ts";
import { type EncodedRecord, type MeasuredRecord, problemOf, recordEncoder } from "./encode_record.ts";

/** What the thread is opened with. */
export interface WorkerSettings {
  /** The checkpoint's folder. */
  readonly model: string;
  readonly budget: PixelBudget;
}

/** What each call gives. */
export interface Values {
  readonly encode: EncodedRecord;
  readonly measure: MeasuredRecord;
}

export interface WorkerCall {
  readonly do: keyof Values;
  readonly record: DataRecord;
}

export type WorkerReply =
  | { readonly value: Values[keyof Values] }
  | { readonly problem: string }
  | { readonly defect: string };

const { model, budget } = workerData as WorkerSettings;
const files = await readModelFiles(model);
const encoder = recordEncoder(openProcessor({ ...files, path: model }), budget);

async function reply({ do: what, record }: WorkerCall): Promise<WorkerReply> {
  try {
    return { value: await encoder[what](record) };
  } catch (error) {
    try {
      return { problem: problemOf(error) };
    } catch (defect) {
      return { defect: defect instanceof Error ? (defect.stack ?? defect.message) : String(defect) };
    }
  }
}

answerCalls<WorkerCall, WorkerReply>(async (call) => {
  const answer = await reply(call);
  const moved =
    "value" in answer && "ids" in answer.value
      ? answer.value.pictures.map(({ pixelValues }) => pixelValues.buffer)
      : [];
  return [answer, moved as ArrayBuffer[]];
});
