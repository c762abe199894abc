/** @file The checksums of a quantised folder: a flipped bit in a code is another weight, and no NaN betrays it. */

import { join } from "node:path";
import { z } from "zod";
import { CheckpointError } from "../errors.ts";
import { readJsonFile } from "./json_file.ts";

/** Beside the weights: SHA-256 of every tensor's bytes. */
export const checksumFile = "checksums.json";

const Checksums = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256"));

/** The text of the file. @param sha256 of the bytes of every tensor, by name */
export const checksumText = (sha256: ReadonlyMap<string, string>): string =>
  `${JSON.stringify(Object.fromEntries([...sha256].sort()), null, 1)}\n`;

/** @throws CheckpointError when the file is missing or damaged */
export async function readChecksums(folder: string): Promise<ReadonlyMap<string, string>> {
  const path = join(folder, checksumFile);
  const json = await readJsonFile(path);
  if (json === undefined)
    throw new CheckpointError(
      path,
      "expected the checksums of a quantised checkpoint, found no such file",
      "copy the whole folder that `echovlm quantize` wrote",
    );
  const parsed = Checksums.safeParse(json);
  if (parsed.success) return new Map(Object.entries(parsed.data));
  throw new CheckpointError(
    path,
    parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
  );
}
