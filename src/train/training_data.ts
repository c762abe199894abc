/** @file The records of a run with their lengths, and their micro-batches in order, loaded ahead of the step. */

import { createHash } from "node:crypto";
import { type Place, placeName } from "../data/place.ts";
import { keepRecords, readRecords, recordFiles } from "../data/read_records.ts";
import type { DataRecord } from "../data/record.ts";
import { RequestError } from "../errors.ts";
import type { TrainingRow } from "./batch.ts";
import type { EncodedRecord } from "./encode_record.ts";
import { IGNORED } from "./labels.ts";
import type { Encoded, RecordPool } from "./record_pool.ts";
import { epochBatches, type SampledRecord, type SamplerOptions } from "./sampler.ts";

/** A record and what the sampler knows of it. */
export interface TrainingRecord extends SampledRecord {
  readonly record: DataRecord;
  readonly place: Place;
}

export interface TrainingData {
  readonly records: readonly TrainingRecord[];
  /** Of everything that is learnt, in order. */
  readonly sha256: string;
  /** read = records + skipped. */
  readonly read: number;
  readonly skipped: number;
}

export interface DataOptions {
  readonly imageRoot?: string;
  readonly onError: "fail" | "skip";
  /** Longest record in tokens. */
  readonly mostTokens: number;
  /** Called for what is left out. */
  readonly onSkip: (place: Place, problems: readonly string[]) => void;
  /** Called while records are read and measured. */
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
}

/** Records measured at once: enough to keep the threads busy, few enough to stop soon. */
const atOnce = 64;

/**
 * Read records and count their tokens.
 *
 * @param inputs files or folders
 * @throws RequestError for an input that is not there, no record at all, or under "fail" the first bad record
 */
export async function readTrainingData(
  inputs: readonly string[],
  pool: RecordPool,
  options: DataOptions,
): Promise<TrainingData> {
  const { imageRoot, onError, mostTokens, onSkip, onProgress, signal } = options;
  const hash = createHash("sha256");
  const records: TrainingRecord[] = [];
  let [read, skipped] = [0, 0];
  const leaveOut = (place: Place, problems: readonly string[]) => {
    if (onError === "fail") throw new RequestError(placeName(place), problems, "data.onError: skip goes on");
    skipped++;
    onSkip(place, problems);
  };
  let waiting: { place: Place; record: DataRecord; length: Promise<Encoded<number>> }[] = [];
  const settle = async () => {
    for (const { place, record, length } of waiting) {
      const measured = await length;
      if ("problem" in measured) leaveOut(place, [measured.problem]);
      else if (measured.value > mostTokens)
        leaveOut(place, [`expected at most ${mostTokens} tokens, got ${measured.value}`]);
      else {
        hash.update(JSON.stringify([record.messages, record.region, measured.value]));
        records.push({ record, place, length: measured.value, region: record.region ?? "" });
      }
    }
    waiting = [];
    onProgress(read);
    signal.throwIfAborted();
  };
  const items = readRecords(
    await recordFiles(inputs),
    imageRoot === undefined ? {} : { pictures: imageRoot },
  );
  const kept = keepRecords(items, onError, (item) => {
    read++;
    if (item.kind === "record") return;
    skipped++;
    onSkip(item.place, item.problems);
  });
  for await (const { place, record } of kept) {
    const length = pool.length(record);
    length.catch(() => {}); // reported when its turn comes
    waiting.push({ place, record, length });
    if (waiting.length >= atOnce) await settle();
  }
  await settle();
  if (records.length === 0)
    throw new RequestError(inputs.join(", "), `expected records to learn from, found none among ${read}`);
  return { records, sha256: hash.digest("hex"), read, skipped };
}

/** A micro-batch and where it stands. */
export interface LoadedBatch {
  /** From 0. */
  readonly epoch: number;
  /** Place in the epoch, from 0. */
  readonly batch: number;
  /** Batches of the epoch. */
  readonly batches: number;
  /** Padded to one length; empty when no record could be loaded. */
  readonly rows: readonly TrainingRow[];
}

/** Micro-batches loaded while earlier ones are computed. */
const ahead = 3;

/**
 * Micro-batches without end, from a place on.
 *
 * @param from the first batch wanted; may lie behind its epoch's end
 */
export async function* loadBatches(
  { records }: TrainingData,
  sampler: SamplerOptions,
  pool: RecordPool,
  from: { readonly epoch: number; readonly batch: number },
  options: Pick<DataOptions, "onError" | "onSkip">,
): AsyncGenerator<LoadedBatch, never> {
  const order = batchOrder(records, sampler, from);
  const queue: Promise<LoadedBatch>[] = [];
  for (;;) {
    while (queue.length < ahead) {
      const { indices, ...where } = order.next().value;
      const chosen = indices.map((index) => records[index]!);
      const loading = loadRows(chosen, pool, options).then((rows) => ({ ...where, rows }));
      loading.catch(() => {}); // reported when its turn comes
      queue.push(loading);
    }
    yield await queue.shift()!;
  }
}

function* batchOrder(
  records: readonly SampledRecord[],
  sampler: SamplerOptions,
  from: { readonly epoch: number; readonly batch: number },
): Generator<{ epoch: number; batch: number; batches: number; indices: number[] }, never> {
  let { batch } = from;
  for (let { epoch } = from; ; epoch++) {
    const all = epochBatches(records, epoch, sampler);
    for (; batch < all.length; batch++) yield { epoch, batch, batches: all.length, indices: all[batch]! };
    batch = 0;
  }
}

/**
 * Encode records and pad them on the right to one length.
 *
 * @throws RequestError under "fail", for the first that cannot be loaded
 */
export async function loadRows(
  records: readonly TrainingRecord[],
  pool: RecordPool,
  { onError, onSkip }: Pick<DataOptions, "onError" | "onSkip">,
): Promise<TrainingRow[]> {
  const encoded = await Promise.all(records.map(({ record }) => pool.encode(record)));
  const good = encoded.flatMap((outcome, i) => {
    if ("value" in outcome) return [outcome.value];
    const { place } = records[i]!;
    if (onError === "fail") throw new RequestError(placeName(place), outcome.problem);
    onSkip(place, [outcome.problem]);
    return [];
  });
  const length = Math.max(0, ...good.map(({ ids }) => ids.length));
  return good.map((row) => padded(row, length));
}

const padded = ({ ids, labels, pictures }: EncodedRecord, length: number): TrainingRow => {
  const missing = length - ids.length;
  return {
    ids: [...ids, ...Array<number>(missing).fill(0)],
    labels: [...labels, ...Array<number>(missing).fill(IGNORED)],
    attended: Array.from({ length }, (_, s) => s < ids.length),
    pictures,
  };
};
