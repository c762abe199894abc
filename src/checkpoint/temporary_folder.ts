/** @file A folder for files that must not outlive the process. */

import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointError } from "../errors.ts";

export interface TemporaryFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * Make a folder in the system's folder for temporary files. It goes with `remove`, or with the process: converted
 * weights are as large as the model.
 *
 * @throws CheckpointError when that is not possible
 */
export async function openTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), "echovlm-")).catch((error: NodeJS.ErrnoException) => {
    throw new CheckpointError(
      tmpdir(),
      `expected a folder for temporary files, found one that takes none: ${error.code ?? error.message}`,
      "set TMPDIR to a folder that can be written to",
    );
  });
  const removeNow = () => rmSync(path, { recursive: true, force: true });
  process.once("exit", removeNow);
  return {
    path,
    async remove() {
      process.off("exit", removeNow);
      await rm(path, { recursive: true, force: true });
    },
  };
}
