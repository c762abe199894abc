/** @file Whether the disk has room, asked before hours of writing. */

import { assertDiskRoom } from "../../src/checkpoint/room.ts";

/** Kept free beside what is written. */
const RESERVE_BYTES = 1e9;

/**
 * @param path file or folder that will be written
 * @throws CheckpointError when its disk has no room for `bytes` and a reserve
 */
export const assertDiskSpace = (path: string, bytes: number): Promise<void> =>
  assertDiskRoom(
    path,
    bytes + RESERVE_BYTES,
    "name a folder on another disk, or make a smaller model with --layers and --width",
  );
