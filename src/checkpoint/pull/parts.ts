/** @file Files that have not come to their end: `<name>.part`, beside their place. */

import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { orRefuseWrite } from "../refuse_write.ts";
import type { HubFile } from "./checksum.ts";
import type { PullState } from "./state.ts";

export const partPath = (folder: string, name: string): string => join(folder, `${name}.part`);

/** Bytes of files that have come already. */
export async function partBytes(folder: string, files: readonly HubFile[]): Promise<number> {
  const sizes = files.map(async ({ path, size }) => {
    const part = await stat(partPath(folder, path)).catch(() => undefined);
    return part === undefined || part.size > size ? 0 : part.size;
  });
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}

/** Remove parts of files that have another content at the commit wanted now, or are not wanted any more. */
export async function removeStaleParts(
  folder: string,
  wanted: readonly HubFile[],
  before: PullState | undefined,
): Promise<void> {
  const checksums = new Map(wanted.map(({ path, checksum }) => [path, checksum]));
  const stale = before?.files.filter(({ path, checksum }) => checksums.get(path) !== checksum) ?? [];
  await orRefuseWrite(folder, "run again to go on", async () => {
    for (const { path } of stale) await rm(partPath(folder, path), { force: true });
  });
}
