/** @file A file that is written whole or not at all, in the place of the one before. */

import { randomUUID } from "node:crypto";
import { rename, rm } from "node:fs/promises";
import { writeSynced } from "./replace_folder.ts";

/** Put a file in the place of the one before; it is on disk when this returns. */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeSynced(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
