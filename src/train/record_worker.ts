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

export interface WorkerCall {
  readonly id: number;
  readonly do: "encode" | "measure";
  readonly record: DataRecord;
}

export type WorkerReply =
  | { readonly id: number; readonly encoded: EncodedRecord }
  | { readonly id: number; readonly measured: MeasuredRecord }
  | { readonly id: number; readonly problem: string }
  | { readonly id: number; readonly defect: string };

const { model, budget } = workerData as WorkerSettings;
const files = await readModelFiles(model);
const encoder = recordEncoder(openProcessor({ ...files, path: model }), budget);

async function reply({ id, do: what, record }: WorkerCall): Promise<WorkerReply> {
  try {
    if (what === "measure") return { id, measured: await encoder.measure(record) };
    return { id, encoded: await encoder.encode(record) };
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
    "encoded" in answer ? answer.encoded.pictures.map(({ pixelValues }) => pixelValues.buffer) : [];
  parentPort!.postMessage(answer, moved as ArrayBuffer[]);
});
