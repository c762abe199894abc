/** @file Folders that must be there, and whole ranges of bytes in and out of an open file. */

import { type FileHandle, stat } from "node:fs/promises";
import { CheckpointError } from "../errors.ts";

/** @throws CheckpointError unless there is a folder at `path` */
export async function assertFolder(path: string): Promise<void> {
  const found = await stat(path).then(
    (stats) => (stats.isDirectory() ? null : "a file"),
    ({ code, message }: NodeJS.ErrnoException) => (code === "ENOENT" ? "nothing there" : message),
  );
  if (found !== null) throw new CheckpointError(path, `expected a folder, found ${found}`);
}

/** Node passes lengths as 32-bit integers, so one call moves less than 2 GiB. */
const maxCallBytes = 2 ** 30;

/**
 * Fill `target` from `position` on.
 *
 * @returns how many bytes there were: fewer than `target` holds only at the end of the file
 */
export async function readFully(handle: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const part = target.subarray(done, done + maxCallBytes);
    const { bytesRead } = await handle.read(part, 0, part.length, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Append all of `source`. */
export async function writeFully(handle: FileHandle, source: Uint8Array): Promise<void> {
  let done = 0;
  while (done < source.length) {
    const part = source.subarray(done, done + maxCallBytes);
    done += (await handle.write(part, 0, part.length)).bytesWritten;
  }
}
