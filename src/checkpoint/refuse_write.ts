/** @file What a file that cannot be written is called: a full disk or a locked folder is an input's fault. */

import { CheckpointError } from "../errors.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EACCES: "the folder may not be written to",
  EPERM: "the folder may not be written to",
  EROFS: "the disk is read-only",
  EFBIG: "the file may not grow further",
  EBUSY: "the folder is in use or a mount point",
  ENOTEMPTY: "a folder of that name has appeared meanwhile",
  EEXIST: "something of that name has appeared meanwhile",
  ENOENT: "there is no such folder",
  ENOTDIR: "a part of the path is a file",
};

/** What stands in the way of `mkdir`, which meets a read-only disk as ENOENT when it is recursive. */
const folderReasons: Readonly<Record<string, string>> = {
  ENOENT: "no folder can be made there, as on a read-only disk",
  EEXIST: "something else has the name of a folder in the path",
};

const reasonOf = (code: string, syscall: string): string =>
  (syscall === "mkdir" ? folderReasons[code] : undefined) ?? reasons[code] ?? code;

/**
 * Do something that writes.
 *
 * @param path what is being written, for the message
 * @param hint what became of the files that were there before
 * @throws CheckpointError when the system refuses; other errors pass
 */
export async function orRefuseWrite<T>(path: string, hint: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined || syscall === undefined) throw error;
    throw new CheckpointError(path, `cannot be written: ${reasonOf(code, syscall)} (${code})`, hint);
  }
}
