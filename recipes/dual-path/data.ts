/** @file The experiment's data on disk: pictures, records, and what the base must know of them. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../../src/checkpoint/replace_file.ts";
import { readRecords } from "../../src/data/read_records.ts";
import type { DataRecord } from "../../src/data/record.ts";
import { openRecordWriter } from "../../src/data/write_records.ts";
import { makePictures, type PictureOptions, pixelStatistics, planPictures } from "./pictures.ts";
import { type RecordFile, recordFiles } from "./records.ts";
import type { Scale } from "./scale.ts";

/** The data of an experiment. */
export interface Data {
  readonly fileOf: (name: RecordFile) => string;
  /** Of all pictures that are learnt from, 0 to 1. */
  readonly pixels: { readonly mean: number; readonly deviation: number };
}

const names = Object.keys(recordFiles) as RecordFile[];

/** Make the data, or what is missing of it. */
export async function makeData(
  folder: string,
  scale: Scale,
  options: Omit<PictureOptions, "size">,
): Promise<Data> {
  const fileOf = (name: RecordFile) => join(folder, `${name}.jsonl`);
  const done = join(folder, "pixels.json");
  if (!existsSync(done)) {
    const pictures = await makePictures(planPictures(scale), join(folder, "pictures"), {
      ...options,
      size: scale.pictureSize,
    });
    for (const name of names) {
      const { part, records } = recordFiles[name];
      const own = pictures.filter((picture) => picture.part === part);
      await writeRecords(fileOf(name), own.flatMap(records));
    }
    const learnt = pictures.filter(({ part }) => part === "shapes" || part === "train");
    await replaceFile(done, JSON.stringify(pixelStatistics(learnt)));
  }
  return { fileOf, pixels: JSON.parse(await readFile(done, "utf8")) as Data["pixels"] };
}

async function writeRecords(path: string, records: readonly DataRecord[]): Promise<void> {
  const writer = await openRecordWriter(path, true);
  try {
    for (const record of records) await writer.write(record);
    await writer.commit();
  } finally {
    await writer.discard();
  }
}

/** The records of a file that this experiment wrote. */
export async function recordsIn(path: string): Promise<DataRecord[]> {
  const records: DataRecord[] = [];
  for await (const item of readRecords([path])) if (item.kind === "record") records.push(item.record);
  return records;
}
