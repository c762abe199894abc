/** @file Whether a checkpoint may be written under a name. */

import { readdir } from "node:fs/promises";
import { CheckpointError } from "../errors.ts";

/**
 * Refuse a name that is taken. Only a checkpoint, or a folder with nothing in it, may be replaced: a slip of the
 * keyboard must not cost a folder of other things.
 *
 * @param replace whether a checkpoint of that name may be replaced
 * @throws CheckpointError
 */
export async function assertFree(path: string, replace: boolean): Promise<void> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [] as string[];
    throw new CheckpointError(path, `expected a folder or nothing, found ${error.code ?? error.message}`);
  });
  if (names.length === 0) return;
  if (!replace)
    throw new CheckpointError(path, "expected no such folder yet, found one", "--force replaces it");
  if (!names.includes("config.json"))
    throw new CheckpointError(path, "expected a checkpoint to replace, found a folder without config.json");
}
