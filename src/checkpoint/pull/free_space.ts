/** @file Whether a disk has room. */

import { statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CheckpointError } from "../../errors.ts";
import { sizeText } from "./size_text.ts";

/** Bytes that may be written where a folder is, or will be; infinite where the system does not tell. */
export async function freeBytes(folder: string): Promise<number> {
  const path = resolve(folder);
  try {
    const { bavail, bsize, blocks } = await statfs(path);
    return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && dirname(path) !== path)
      return freeBytes(dirname(path));
    return Number.POSITIVE_INFINITY; // writing will tell
  }
}

/** @throws CheckpointError */
export function assertRoom(folder: string, neededBytes: number, free: number): void {
  if (neededBytes > free)
    throw new CheckpointError(
      folder,
      `expected a disk with ${sizeText(neededBytes)} free, found ${sizeText(free)}`,
      "free some space, or choose a folder on another disk",
    );
}
