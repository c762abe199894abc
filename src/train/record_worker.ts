/** @file The thread that encodes records for the trainer. */

import { parentPort, workerData } from "node:worker_threads";
import { readModelFiles } from "../checkpoint/hf_folder.ts";
import type { DataRecord } from "../data/record.ts";
import { openProcessor } from "../generate/load_model.ts";
import type { PixelBudget } from "../processor/preprocess.ts";
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
  readonly id: number;
  readonly do: keyof Values;
  readonly record: DataRecord;
}

export type WorkerReply =
  | { readonly id: number; readonly value: Values[keyof Values] }
  | { readonly id: number; readonly problem: string }
  | { readonly id: number; readonly defect: string };

const { model, budget } = workerData as WorkerSettings;
const files = await readModelFiles(model);
const encoder = recordEncoder(openProcessor({ ...files, path: model }), budget);

async function reply({ id, do: what, record }: WorkerCall): Promise<WorkerReply> {
  try {
    return { id, value: await encoder[what](record) };
  } catch (error) {
    try {
      return { id, problem: problemOf(error) };
    } catch (defect) {
      return { id, defect: defect instanceof Error ? (defect.stack ?? defect.message) : String(defect) };
    }
  }
}

parentPort!.on("message", async (call: WorkerCall) => {
  const answer = await reply(call);
  const moved =
    "value" in answer && "ids" in answer.value
      ? answer.value.pictures.map(({ pixelValues }) => pixelValues.buffer)
      : [];
  parentPort!.postMessage(answer, moved as ArrayBuffer[]);
});
