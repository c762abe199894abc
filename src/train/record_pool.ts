/** @file Threads that decode, resize and encode records ahead of the step. */

import { Worker } from "node:worker_threads";
import type { DataRecord } from "../data/record.ts";
import type { EncodedRecord, MeasuredRecord } from "./encode_record.ts";
import type { Values, WorkerCall, WorkerReply, WorkerSettings } from "./record_worker.ts";

/** A result, or a sentence on why there is none. */
export type Encoded<T> = { readonly value: T } | { readonly problem: string };

/** Close it after use. */
export interface RecordPool {
  /** As `RecordEncoder.encode`. */
  encode(record: DataRecord): Promise<Encoded<EncodedRecord>>;
  /** As `RecordEncoder.measure`. */
  measure(record: DataRecord): Promise<Encoded<MeasuredRecord>>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (reply: WorkerReply) => void;
  readonly reject: (error: Error) => void;
}

/** @param count threads, 1 or more */
export function openRecordPool(count: number, settings: WorkerSettings): RecordPool {
  const waiting = new Map<number, Waiting>();
  let failure: Error | undefined;
  const fail = (error: Error) => {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  const workers = Array.from({ length: count }, () => {
    const worker = new Worker(new URL("./record_worker.js", import.meta.url), { workerData: settings });
    worker.on("message", (reply: WorkerReply) => {
      waiting.get(reply.id)?.resolve(reply);
      waiting.delete(reply.id);
    });
    worker.on("error", fail);
    worker.on("exit", (code) => fail(new Error(`a record thread ended (code ${code})`)));
    return worker;
  });
  let calls = 0;
  const call = async <K extends keyof Values>(what: K, record: DataRecord): Promise<Encoded<Values[K]>> => {
    if (failure) throw failure;
    const id = calls++;
    const reply = await new Promise<WorkerReply>((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      workers[id % count]!.postMessage({ id, do: what, record } satisfies WorkerCall);
    });
    if ("problem" in reply) return reply;
    if ("defect" in reply) throw new Error(reply.defect);
    // A thread answers a call with what that call gives.
    return { value: reply.value as Values[K] };
  };
  return {
    encode: (record) => call("encode", record),
    measure: (record) => call("measure", record),
    async close() {
      failure ??= new Error("the record pool is closed");
      for (const worker of workers) worker.removeAllListeners("exit");
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
