/** @file Threads that decode, resize and encode records ahead of the step. */

import type { DataRecord } from "../data/record.ts";
import { openThreadPool } from "../runtime/node/thread_pool.ts";
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

/** @param count threads, 1 or more */
export function openRecordPool(count: number, settings: WorkerSettings): RecordPool {
  const script = new URL("./record_worker.js", import.meta.url);
  const pool = openThreadPool<WorkerCall, WorkerReply>(script, {
    name: "record",
    ...{ count, workerData: settings },
  });
  const call = async <K extends keyof Values>(what: K, record: DataRecord): Promise<Encoded<Values[K]>> => {
    const reply = await pool.call({ do: what, record });
    if ("problem" in reply) return reply;
    if ("defect" in reply) throw new Error(reply.defect);
    // A thread answers a call with what that call gives.
    return { value: reply.value as Values[K] };
  };
  return {
    encode: (record) => call("encode", record),
    measure: (record) => call("measure", record),
    close: () => pool.close(),
  };
}
