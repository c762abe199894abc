/** @file The checksums that a hub tells of its files, and those of bytes on this machine. */

import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 of the content for large files, Git's blob id for small ones; both in hexadecimal. */
export type Checksum = `sha256:${string}` | `git-sha1:${string}`;

export const isChecksum = (text: string): text is Checksum =>
  /^(sha256:[0-9a-f]{64}|git-sha1:[0-9a-f]{40})$/.test(text);

/** A file as a hub describes it. */
export interface HubFile {
  /** Its name; nothing wanted is in a folder. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly checksum: Checksum;
}

/** A hash of the kind that the file's checksum is. @see https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
export const startHash = ({ size, checksum }: HubFile): Hash =>
  checksum.startsWith("sha256:") ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);

/** What the hash has come to, to be compared with the file's checksum. */
export const endHash = (hash: Hash, { checksum }: HubFile): string =>
  `${checksum.slice(0, checksum.indexOf(":"))}:${hash.digest("hex")}`;

/**
 * Hash what is on the disk.
 *
 * @param onBytes called with the length of every piece
 */
export async function hashFile(
  path: string,
  hash: Hash,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 })) {
    signal.throwIfAborted();
    hash.update(piece);
    onBytes(piece.length);
  }
}
