/** @file Whether a checkpoint may be written under a name. */

import { readdir, realpath } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { CheckpointError, RequestError } from "../errors.ts";

export interface Claim {
  /** Whether a checkpoint of that name may be replaced. */
  readonly replace?: boolean;
  /** What the checkpoint is made from. */
  readonly inputs?: readonly string[];
}

/**
 * Refuse a name that is taken. Only a checkpoint, or a folder with nothing in it, may be replaced, and never one that
 * holds an input or the folder one is in: a slip of the keyboard must not cost a folder of other things.
 *
 * @param path the option `--out`
 * @throws RequestError, CheckpointError
 */
export async function assertFree(path: string, { replace = false, inputs = [] }: Claim): Promise<void> {
  if (path === "") throw new RequestError("--out", "expected the name of a folder, got an empty one");
  const target = await realPath(path);
  if (holds(target, process.cwd()))
    throw new RequestError("--out", `expected a new folder, got ${path}, which holds the folder you are in`);
  for (const input of inputs)
    if (holds(target, await realPath(input)))
      throw new RequestError("--out", `expected another folder than that of ${input}, got ${path}`);
  const names = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [] as string[];
    throw new CheckpointError(path, `expected a folder or nothing, found ${error.code ?? error.message}`);
  });
  if (names.length === 0) return;
  if (!replace)
    throw new CheckpointError(path, "expected no such folder yet, found one", "--force replaces it");
  if (!names.includes("config.json"))
    throw new CheckpointError(path, "expected a checkpoint to replace, found a folder without config.json");
}

/** Without links, where there is something of that name. */
const realPath = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

/** Whether a folder is another path or lies around it. */
function holds(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way.split(sep)[0] !== ".." && !isAbsolute(way);
}
