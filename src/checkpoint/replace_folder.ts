/** @file A folder that is written whole or not at all, in the place of the one before. */

import { rmSync } from "node:fs";
import { access, lstat, mkdir, open, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { CheckpointError } from "../errors.ts";
import { writeFully } from "./file_access.ts";
import { orRefuseWrite } from "./refuse_write.ts";

/** Write a new file so that it is on disk when this returns. */
export async function writeSynced(path: string, content: Uint8Array | string): Promise<void> {
  const handle = await open(path, "wx");
  try {
    await writeFully(handle, typeof content === "string" ? new TextEncoder().encode(content) : content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Build a folder beside `folder`, then put it in its place; what was in the old one is gone. A failure or a crash
 * before that leaves the old folder as it was. No system can exchange two folders in one step, so a crash at that very
 * moment may leave none under the name, with both whole beside it, under names that begin with a dot; the next
 * replacement puts the new one in its place first.
 *
 * @param fill writes the files, each on disk when it returns
 * @param options.replace false where nothing but an empty folder may go, not even one that appears while this one is built
 * @throws CheckpointError when the disk is full or the folder cannot be written to; the old folder is then as it was
 */
export async function replaceFolder(
  folder: string,
  fill: (built: string) => Promise<void>,
  { replace = true }: { readonly replace?: boolean } = {},
): Promise<void> {
  const target = resolve(folder);
  const beside = (what: string) => join(dirname(target), `.${basename(target)}.echovlm-${what}`);
  const [built, old] = [beside("new"), beside("old")];
  const removeNow = () => rmSync(built, { recursive: true, force: true });
  await orRefuseWrite(folder, "a folder that was there before is unchanged", async () => {
    await mkdir(dirname(target), { recursive: true });
    await refuseMountPoint(folder, target);
    await finishReplacement(target, built, old);
    await mkdir(built);
    process.once("exit", removeNow);
    try {
      await fill(built);
      if (replace && (await exists(target))) await rename(target, old);
      else await removeEmpty(target);
      await rename(built, target);
    } catch (error) {
      if ((await exists(old)) && !(await exists(target))) await rename(old, target);
      await rm(built, { recursive: true, force: true });
      throw error;
    } finally {
      process.off("exit", removeNow);
    }
    await rm(old, { recursive: true, force: true });
  });
}

/** Not every system renames a folder onto an empty one. */
const removeEmpty = (path: string): Promise<void> =>
  rmdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });

/** A mount point cannot be moved away: said before the work, not after it. */
async function refuseMountPoint(folder: string, target: string): Promise<void> {
  const [own, around] = [await lstat(target).catch(() => undefined), await lstat(dirname(target))];
  if (own !== undefined && own.dev !== around.dev)
    throw new CheckpointError(
      folder,
      "expected a folder that can be replaced, found a mount point",
      "name a folder in it",
    );
}

/** Bring a replacement that a crash cut off to its end: a folder is moved away only for a new one that is whole. */
async function finishReplacement(target: string, built: string, old: string): Promise<void> {
  if ((await exists(old)) && !(await exists(target)))
    await rename((await exists(built)) ? built : old, target);
  await rm(built, { recursive: true, force: true });
  await rm(old, { recursive: true, force: true });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
