/** @file What is read of files of records, in short. */

import { fileURLToPath } from "node:url";
import { type ReadItem, type ReadOptions, readRecords, recordFiles } from "../src/data/read_records.ts";

export const picture = fileURLToPath(
  new URL("../../test/golden/echovlm-tiny/images/nodule.png", import.meta.url),
);

export async function itemsOf(inputs: readonly string[], options: ReadOptions = {}): Promise<ReadItem[]> {
  const items: ReadItem[] = [];
  for await (const item of readRecords(await recordFiles(inputs), options)) items.push(item);
  return items;
}

/** Records and problems in short. */
export const brief = (items: readonly ReadItem[]) =>
  items.map((item) => (item.kind === "record" ? item.record : `${item.kind}: ${item.problems.join("; ")}`));

export const turns = (question: string, answer: string) => [
  { role: "user", content: question },
  { role: "assistant", content: answer },
];
