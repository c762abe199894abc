/** @file Files of records in any of the known formats, as one stream. */

import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { InputError, RequestError } from "../errors.ts";
import { recordOfConversations } from "./conversations.ts";
import { isObject, presentFields } from "./fields.ts";
import { jsonArrayRows } from "./json_array.ts";
import { jsonLineRows } from "./json_lines.ts";
import { isManifestRow, recordsOfRow } from "./manifest_records.ts";
import { parquetRows } from "./parquet_rows.ts";
import { pathFrom } from "./path_from.ts";
import { type Place, placeName } from "./place.ts";
import { type DataRecord, mapPictures, parseRecord } from "./record.ts";
import type { Row, RowOptions } from "./row.ts";

/** What a reader meets. Every record is one item, and a file may add items of its own. */
export type ReadItem =
  | {
      readonly kind: "record";
      readonly place: Place;
      readonly record: DataRecord;
      /** What of its source was not understood and is left out; of a manifest's row, on its first record alone. */
      readonly warnings?: readonly string[];
    }
  | Exclude<Row, { kind: "value" }>;

/** Fields that a user may state for all records of a source. */
export const statedFields = ["region", "task", "language", "dataset", "licence", "source", "group"] as const;
export type StatedField = (typeof statedFields)[number];

export interface ReadOptions {
  /** Where relative paths of pictures start; the folder of each file of records when absent. */
  readonly pictures?: string;
  /** Read what the official data needs: empty files, trailing commas, unknown fields, "Ture". */
  readonly lenient?: boolean;
  /** Values for records that do not say. */
  readonly stated?: Readonly<Partial<Record<StatedField, string>>>;
  /** Finds the group of a record that does not say in the path of its first picture: its first parenthesis, or all. */
  readonly groupPattern?: RegExp;
  readonly maxRecordBytes?: number;
}

const readers: Readonly<Record<string, (file: string, options: RowOptions) => AsyncGenerator<Row>>> = {
  ".jsonl": (file, options) => jsonLineRows(createReadStream(file), file, options),
  ".ndjson": (file, options) => jsonLineRows(createReadStream(file), file, options),
  ".json": (file, options) => jsonArrayRows(createReadStream(file), file, options),
  ".parquet": parquetRows,
};
const extensions = Object.keys(readers).join(", ");

/**
 * The files that inputs name: files as they are, folders with all that is below them, by name.
 *
 * @throws RequestError for an input that is not there or holds no records' file
 */
export async function recordFiles(inputs: readonly string[]): Promise<string[]> {
  const files = await Promise.all(inputs.map(filesOf));
  return files.flat();
}

async function filesOf(input: string): Promise<string[]> {
  const refuse = ({ code, message }: NodeJS.ErrnoException): never => {
    throw new RequestError(input, `expected a file or folder of records, got ${code ?? message}`);
  };
  const found = await stat(input).catch(refuse);
  if (!found.isDirectory()) {
    if (readers[extname(input).toLowerCase()] === undefined)
      throw new RequestError(input, `expected a file of records (${extensions}), got another kind`);
    return [input];
  }
  const below = await readdir(input, { recursive: true }).catch(refuse);
  const files = below
    .filter((file) => readers[extname(file).toLowerCase()] !== undefined)
    .sort()
    .map((file) => join(input, file));
  if (files.length === 0)
    throw new RequestError(input, `expected files of records (${extensions}) in this folder, got none`);
  return files;
}

/**
 * Read files of records, in order. Nothing is thrown for what the files hold: a bad record is an item as well.
 *
 * Formats are told by name, JSON lines, a JSON array or Parquet, and then record by record: `messages` and `images` as
 * ms-swift and this project write them, `conversations` and `image` as EchoVLM and LLaVA do, or `file` and `labels` as
 * a manifest of labelled pictures does, a row of which gives many records.
 *
 * @param files from `recordFiles`
 */
export async function* readRecords(
  files: readonly string[],
  options: ReadOptions = {},
): AsyncGenerator<ReadItem> {
  const { lenient = false, maxRecordBytes } = options;
  for (const file of files) {
    const read = readers[extname(file).toLowerCase()];
    if (read === undefined)
      throw new RequestError(file, `expected a file of records (${extensions}), got another kind`);
    try {
      const rows = read(file, { lenient, ...(maxRecordBytes === undefined ? {} : { maxRecordBytes }) });
      for await (const row of rows) {
        if (row.kind !== "value") yield row;
        else if (isObject(row.value) && isManifestRow(row.value))
          yield* itemsOfRow(row.value, row.place, options);
        else yield itemOf(row.value, row.place, options);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      yield { kind: "bad file", place: { file }, problems: [`expected a readable file, got ${code}`] };
    }
  }
}

/** The many records of one row of a manifest; a row that gives none is one bad record. */
async function* itemsOfRow(value: object, place: Place, options: ReadOptions): AsyncGenerator<ReadItem> {
  const made = await recordsOfRow(value, options.pictures ?? dirname(place.file)).catch((error: unknown) => {
    if (error instanceof InputError) return { problems: [error.message] };
    throw error;
  });
  if ("problems" in made) {
    yield { kind: "bad record", place, problems: made.problems };
    return;
  }
  for (const [index, value] of made.values.entries()) {
    const item = itemOf(value, place, options);
    const isWarned = item.kind === "record" && index === 0 && made.unknown.length > 0;
    yield isWarned ? { ...item, warnings: made.unknown } : item;
  }
}

function itemOf(value: unknown, place: Place, options: ReadOptions): ReadItem {
  const bad = (problems: readonly string[]): ReadItem => ({ kind: "bad record", place, problems });
  if (!isObject(value))
    return bad([
      `expected a record, got ${Array.isArray(value) ? "a list" : value === null ? "null" : typeof value}`,
    ]);
  let shaped: object = value;
  if ("conversations" in value) {
    const converted = recordOfConversations(value, options.lenient ?? false);
    if ("problems" in converted) return bad(converted.problems);
    shaped = converted.value;
  } else if (!("messages" in value)) return bad(["expected messages or conversations, got neither"]);
  // A field that is null leaves the stated value.
  const parsed = parseRecord({ ...options.stated, ...presentFields(shaped) }, options.lenient ?? false);
  if ("problems" in parsed) return bad(parsed.problems);

  const record = withGroup(parsed.record, options.groupPattern);
  if (record === null)
    return bad([
      `images.0: expected a path that matches ${options.groupPattern}, got ${firstPath(parsed.record)}`,
    ]);
  const folder = options.pictures ?? dirname(place.file);
  return {
    kind: "record",
    place,
    record: mapPictures(record, (source) => (typeof source === "string" ? pathFrom(folder, source) : source)),
  };
}

const firstPath = ({ images: [image] = [] }: DataRecord) => (typeof image === "string" ? image : "none");

/** The record with its group; null when the pattern finds none. */
function withGroup(record: DataRecord, pattern?: RegExp): DataRecord | null {
  if (pattern === undefined || record.group !== undefined) return record;
  const match = pattern.exec(firstPath(record));
  const group = match?.[1] ?? match?.[0];
  return group ? { ...record, group } : null;
}

/** How many records there were: `read` is `kept` and `skipped` together. Bad files and warnings are counted apart. */
export interface Counts {
  read: number;
  kept: number;
  skipped: number;
  badFiles: number;
  warnings: number;
}

/**
 * The records alone.
 *
 * @param onError skip what is bad, or fail at the first
 * @param onItem sees every item, with the counts so far
 * @param hint what to do about a bad one, in the words of whoever reads
 * @throws RequestError under "fail", naming the place and all that is wrong there
 */
export async function* keepRecords(
  items: AsyncIterable<ReadItem>,
  onError: "skip" | "fail",
  onItem: (item: ReadItem, counts: Readonly<Counts>) => void = () => {},
  hint?: string,
): AsyncGenerator<{ readonly place: Place; readonly record: DataRecord }> {
  const counts: Counts = { read: 0, kept: 0, skipped: 0, badFiles: 0, warnings: 0 };
  for await (const item of items) {
    if (item.kind !== "record" && onError === "fail")
      throw new RequestError(placeName(item.place), item.problems, hint);
    if (item.kind === "bad file") counts.badFiles++;
    else {
      counts.read++;
      counts[item.kind === "record" ? "kept" : "skipped"]++;
    }
    if (item.kind === "record") counts.warnings += item.warnings?.length ?? 0;
    onItem(item, counts);
    if (item.kind === "record") yield item;
  }
}
