/** @file A folder that appears under its name only when it is whole. */

import { rmSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CheckpointError } from "../errors.ts";

/**
 * Refuse a name that is taken. Only a checkpoint, or a folder with nothing in it, may be replaced: a slip of the
 * keyboard must not cost a folder of other things.
 *
 * @throws CheckpointError
 */
export async function assertFree(path: string, replace: boolean): Promise<void> {
  const names = await namesIn(path);
  if (names === null || names.length === 0) return;
  if (!replace)
    throw new CheckpointError(path, "expected no such folder yet, found one", "--force replaces it");
  if (!names.includes("config.json"))
    throw new CheckpointError(path, "expected a checkpoint to replace, found a folder without config.json");
}

/** Names in a folder; null when there is none. */
async function namesIn(path: string): Promise<string[] | null> {
  return readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new CheckpointError(path, `expected a folder or nothing, found ${error.code ?? error.message}`);
  });
}

/**
 * Fill a folder. It lies beside its final place until it is whole and is removed if it does not become so; a folder
 * that it replaces stays as it was until then.
 *
 * @param fill writes into the folder it is given
 * @throws CheckpointError as `assertFree`, and when the folder cannot be written to
 */
export async function writeFolder<T>(
  path: string,
  replace: boolean,
  fill: (folder: string) => Promise<T>,
): Promise<T> {
  await assertFree(path, replace);
  const target = resolve(path);
  const beside = (what: string) => join(dirname(target), `.${basename(target)}.${process.pid}.${what}`);
  const [temporary, replaced] = [beside("tmp"), beside("old")];
  const removeNow = () => rmSync(temporary, { recursive: true, force: true });
  process.once("exit", removeNow);
  try {
    await mkdir(temporary, { recursive: true });
    const result = await fill(temporary);
    if ((await namesIn(target)) !== null) await rename(target, replaced);
    await rename(temporary, target);
    await rm(replaced, { recursive: true, force: true });
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CheckpointError(path, `expected a folder that can be written, found ${message}`);
  } finally {
    process.off("exit", removeNow);
  }
}
