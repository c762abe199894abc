/** @file Whether the disk has room, asked before hours of writing. */

import { statfs } from "node:fs/promises";
import { CheckpointError } from "../../src/errors.ts";

/** Kept free beside what is written. */
const RESERVE_BYTES = 1e9;

const inGB = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

/** @throws CheckpointError when `folder`, which exists, has no room for `bytes` and a reserve */
export async function assertDiskSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free < bytes + RESERVE_BYTES)
    throw new CheckpointError(
      folder,
      `expected ${inGB(bytes + RESERVE_BYTES)} free, found ${inGB(free)}`,
      "name a folder on another disk, or make a smaller model with --layers and --width",
    );
}
