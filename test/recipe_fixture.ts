/** @file A recipe that trains the tiny checkpoint on a few records. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { picture, tiny } from "./cli_process.ts";

/** A recipe for the tiny checkpoint with its records beside it. @returns its path */
export function writeRecipe(
  folder: string,
  fields: object = {},
  records: readonly object[] = someRecords,
): string {
  writeFileSync(join(folder, "records.jsonl"), records.map((one) => `${JSON.stringify(one)}\n`).join(""));
  const recipe = {
    model: tiny,
    stage: "full",
    steps: 8,
    data: { train: ["records.jsonl"], validation: ["records.jsonl"], maxPixels: 12544 },
    batch: { tokens: 200, accumulate: 2 },
    optimiser: { rate: 0.002 },
    every: { log: 1, checkpoint: 1, validate: 4 },
    samples: { count: 1, maxNewTokens: 4 },
    ...fields,
  };
  const path = join(folder, "recipe.yaml"); // JSON is YAML
  writeFileSync(path, JSON.stringify(recipe));
  return path;
}

export const someRecords = ["liver", "kidney", "breast", "heart", "vessel"].map((region, n) => ({
  messages: [
    { role: "user", content: `<image>What is shown in picture ${n}?` },
    { role: "assistant", content: `The ${region}.` },
  ],
  images: [picture],
  region,
  id: region,
}));

/** A record whose picture has an intact header and nothing behind it; the picture is written to `folder`. */
export function tornRecord(folder: string): object {
  const torn = join(folder, "torn.png");
  writeFileSync(torn, readFileSync(picture).subarray(0, 2000));
  return { ...someRecords[0], images: [torn], id: "torn" };
}
