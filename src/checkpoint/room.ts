/** @file Whether what is going to be written, or loaded, has room: asked before hours of work, not after. */

import { access, constants, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { CheckpointError } from "../errors.ts";
import { orRefuseWrite } from "./refuse_write.ts";

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

/**
 * @param path file or folder that will be written; its folder, or the next one above that exists, says how much there is
 * @throws CheckpointError when its disk has less room, or that folder cannot be written to
 */
export async function assertDiskRoom(
  path: string,
  neededBytes: number,
  hint = "free some, or choose a folder on another disk",
): Promise<void> {
  const free = await orRefuseWrite(path, hint, () => freeDisk(dirname(resolve(path))));
  if (free < neededBytes)
    throw new CheckpointError(
      path,
      `expected room for ${gigabytes(neededBytes)} on this disk, found ${gigabytes(free)}`,
      hint,
    );
}

async function freeDisk(folder: string): Promise<number> {
  try {
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(folder) === folder) throw error;
    return freeDisk(dirname(folder));
  }
}

/**
 * @param where the checkpoint, for the message
 * @param availableBytes what the system, or the container's limit, leaves to this process
 * @throws CheckpointError when the model would not fit
 */
export function assertMemory(
  where: string,
  neededBytes: number,
  hint: string,
  availableBytes = process.availableMemory(),
): void {
  if (availableBytes < neededBytes)
    throw new CheckpointError(
      where,
      `expected ${gigabytes(neededBytes)} of free memory to load it, found ${gigabytes(availableBytes)}`,
      hint,
    );
}
