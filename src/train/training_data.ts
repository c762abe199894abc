/** @file The records of a run with their lengths, and their micro-batches in order, loaded ahead of the step. */

import { createHash } from "node:crypto";
import { type Place, placeName } from "../data/place.ts";
import { type Counts, keepRecords, type ReadItem, readRecords, recordFiles } from "../data/read_records.ts";
import type { DataRecord } from "../data/record.ts";
import { RequestError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { batchFeeds, type TrainingRow } from "./batch.ts";
import type { EncodedRecord, MeasuredRecord } from "./encode_record.ts";
import { IGNORED } from "./labels.ts";
import type { Encoded, RecordPool } from "./record_pool.ts";
import { epochBatches, type SampledRecord, type SamplerOptions } from "./sampler.ts";
import type { MicroBatch } from "./stepper.ts";

/** A record and what the sampler knows of it. */
export interface TrainingRecord extends SampledRecord {
  readonly record: DataRecord;
  readonly place: Place;
}

export interface TrainingData {
  readonly records: readonly TrainingRecord[];
  /** Of everything that is learnt, pictures included, in order. */
  readonly sha256: string;
  /** Its `kept` are `records`. */
  readonly counts: Readonly<Counts>;
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

const skipHint = "data.onError: skip in the recipe leaves it out";

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
  let counts: Readonly<Counts> = { read: 0, kept: 0, skipped: 0, badFiles: 0, warnings: 0 };
  const leaveOut = (place: Place, problems: readonly string[]) => {
    if (onError === "fail") throw new RequestError(placeName(place), problems, skipHint);
    onSkip(place, problems);
  };
  let waiting: { place: Place; record: DataRecord; measuring: Promise<Encoded<MeasuredRecord>> }[] = [];
  const settle = async () => {
    for (const { place, record, measuring } of waiting) {
      const measured = await measuring;
      if ("problem" in measured) {
        leaveOut(place, [measured.problem]);
        continue;
      }
      const { tokens, pictures } = measured.value;
      if (tokens > mostTokens) {
        leaveOut(place, [`expected at most ${mostTokens} tokens, got ${tokens}`]);
        continue;
      }
      hash.update(JSON.stringify([record.messages, record.region, tokens, pictures]));
      records.push({ record, place, length: tokens, region: record.region ?? "" });
    }
    waiting = [];
    onProgress(counts.read);
    signal.throwIfAborted();
  };
  const items = readRecords(
    await recordFiles(inputs),
    imageRoot === undefined ? {} : { pictures: imageRoot },
  );
  const onItem = (item: ReadItem, now: Readonly<Counts>) => {
    counts = now;
    if (item.kind !== "record") onSkip(item.place, item.problems);
  };
  const readable = keepRecords(
    items,
    onError,
    onItem,
    `\`echovlm data validate\` names every bad record, ${skipHint}`,
  );
  for await (const { place, record } of readable) {
    const measuring = pool.measure(record);
    measuring.catch(() => {}); // reported when its turn comes
    waiting.push({ place, record, measuring });
    if (waiting.length >= atOnce) await settle();
  }
  await settle();
  if (records.length === 0)
    throw new RequestError(
      inputs.join(", "),
      `expected records to learn from, found none among ${counts.read}`,
    );
  const kept = records.length;
  return {
    records,
    sha256: hash.digest("hex"),
    counts: { ...counts, kept, skipped: counts.read - kept },
  };
}

/** A micro-batch and where it stands. */
export interface LoadedBatch {
  /** From 0. */
  readonly epoch: number;
  /** Place in the epoch, from 0. */
  readonly batch: number;
  /** Absent when no record could be loaded. */
  readonly micro?: MicroBatch;
  /** Tokens in it, padding not counted. */
  readonly tokens: number;
}

/** Micro-batches loaded while earlier ones are computed. */
const ahead = 3;

/**
 * Micro-batches without end, from a place on. They are made ready, down to the step's inputs, while earlier ones are
 * computed.
 *
 * @param from the first batch wanted; may lie behind its epoch's end
 * @throws RequestError as `loadBatch`, and when no record is left that can be loaded
 */
export async function* loadBatches(
  { records }: TrainingData,
  sampler: SamplerOptions,
  loading: Loading,
  from: { readonly epoch: number; readonly batch: number },
): AsyncGenerator<LoadedBatch, never> {
  const order = batchOrder(records, sampler, from);
  const queue: Promise<LoadedBatch>[] = [];
  for (;;) {
    while (queue.length < ahead) {
      const { indices, ...where } = order.next().value;
      const chosen = indices.map((index) => records[index]!);
      const loaded = loadBatch(chosen, loading).then((batch) => ({ ...where, ...batch }));
      loaded.catch(() => {}); // reported when its turn comes
      queue.push(loaded);
    }
    const batch = await queue.shift()!;
    if (!batch.micro && records.every((record) => loading.refused.has(record)))
      throw new RequestError(
        "data.train",
        `expected a record that can be loaded, got none of ${records.length}`,
      );
    yield batch;
  }
}

function* batchOrder(
  records: readonly SampledRecord[],
  sampler: SamplerOptions,
  from: { readonly epoch: number; readonly batch: number },
): Generator<{ epoch: number; batch: number; indices: number[] }, never> {
  let { batch } = from;
  for (let { epoch } = from; ; epoch++) {
    const all = epochBatches(records, epoch, sampler);
    for (; batch < all.length; batch++) yield { epoch, batch, indices: all[batch]! };
    batch = 0;
  }
}

/** What loading needs beside the records. */
export interface Loading extends Pick<DataOptions, "onError" | "onSkip"> {
  readonly pool: RecordPool;
  readonly config: ModelConfig;
  /** Records that could not be loaded: they are told once, and not tried again. */
  readonly refused: Set<TrainingRecord>;
}

/**
 * Encode records, pad them on the right to one length, and make them the inputs of a step.
 *
 * @throws RequestError under "fail", for the first that cannot be loaded
 */
export async function loadBatch(
  records: readonly TrainingRecord[],
  { pool, config, onError, onSkip, refused }: Loading,
): Promise<Pick<LoadedBatch, "micro" | "tokens">> {
  const left = records.filter((record) => !refused.has(record));
  const encoded = await Promise.all(left.map(({ record }) => pool.encode(record)));
  const good = encoded.flatMap((outcome, i) => {
    if ("value" in outcome) return [outcome.value];
    const record = left[i]!;
    if (onError === "fail") throw new RequestError(placeName(record.place), outcome.problem, skipHint);
    if (!refused.has(record)) onSkip(record.place, [outcome.problem]); // a batch loaded beside this one may have it
    refused.add(record);
    return [];
  });
  if (good.length === 0) return { tokens: 0 };
  const length = Math.max(...good.map(({ ids }) => ids.length));
  const feeds = batchFeeds(
    good.map((row) => padded(row, length)),
    config,
  );
  const tokens = good.reduce((sum, { ids }) => sum + ids.length, 0);
  return { micro: { feeds, labels: feeds.labels!.data.length }, tokens };
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
