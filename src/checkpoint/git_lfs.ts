/** @file Files that a `git clone` without Git LFS leaves behind: a few lines of text in place of the content. */

import { CheckpointError } from "../errors.ts";

const signature = "version https://git-lfs.github.com/spec/v1";

/** Length of the start of a file that `refuseLfsPointer` wants to see. */
export const lfsSignatureBytes = signature.length;

/**
 * @param start the first bytes of the file, or all its text
 * @throws CheckpointError if the file is a Git LFS pointer
 */
export function refuseLfsPointer(start: Uint8Array | string, where: string): void {
  const text = typeof start === "string" ? start : new TextDecoder("latin1").decode(start);
  if (text.startsWith(signature))
    throw new CheckpointError(
      where,
      "expected the file itself, found a Git LFS pointer to it",
      "run `git lfs pull` in that folder, or download the file",
    );
}
