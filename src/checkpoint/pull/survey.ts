/** @file Which files of a pull are in the folder already. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "../../errors.ts";
import { endHash, type HubFile, hashFile, startHash } from "./checksum.ts";
import type { PulledFile, PullState } from "./state.ts";

export interface Survey {
  /** The wanted files; those that are whole have the time of their last change. */
  readonly files: readonly PulledFile[];
  /** Names of files that an earlier pull has put there and this one replaces or does without. */
  readonly outdated: readonly string[];
  /** Bytes that removing these frees. */
  readonly outdatedBytes: number;
}

/**
 * Compare a folder with what is wanted of it. A file that an earlier pull has recorded is known by its size and the
 * time of its last change, others are hashed.
 *
 * @param before what the earlier pull has kept
 * @param verify hash every file, and replace those that an earlier pull has put there and that are damaged
 * @param onWhole called with the length of each whole file
 * @throws CheckpointError for files that somebody else has put or changed there
 */
export async function surveyFolder(
  folder: string,
  wanted: readonly HubFile[],
  before: PullState | undefined,
  verify: boolean,
  signal: AbortSignal,
  onWhole: (file: HubFile) => void,
): Promise<Survey> {
  const recorded = new Map(before?.files.map((file) => [file.path, file]));
  const files: PulledFile[] = [];
  const outdated = new Map<string, number>();
  const foreign: string[] = [];
  for (const { path, size, checksum } of wanted) {
    const file = { path, size, checksum };
    const status = await statusOf(folder, file, recorded.get(path), verify, signal);
    if (status.kind === "whole") onWhole(file);
    if (status.kind === "outdated") outdated.set(path, status.sizeBytes);
    if (status.kind === "foreign") foreign.push(path);
    files.push(status.kind === "whole" ? { ...file, modifiedMs: status.modifiedMs } : file);
    recorded.delete(path);
  }
  for (const file of recorded.values()) {
    const found = await stat(join(folder, file.path)).catch(() => undefined);
    if (found !== undefined && isAsRecorded(found, file)) outdated.set(file.path, found.size);
  }
  if (foreign.length > 0)
    throw new CheckpointError(
      folder,
      foreign.map((path) => `${path}: expected the hub's file or none, found another`),
      before === undefined
        ? "choose a folder of its own, or remove what is not needed"
        : "they were changed after their download: remove them, or --verify replaces them",
    );
  const outdatedBytes = [...outdated.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { files, outdated: [...outdated.keys()], outdatedBytes };
}

type Status =
  | { readonly kind: "absent" | "foreign" }
  | { readonly kind: "whole"; readonly modifiedMs: number }
  | { readonly kind: "outdated"; readonly sizeBytes: number };

async function statusOf(
  folder: string,
  file: HubFile,
  record: PulledFile | undefined,
  verify: boolean,
  signal: AbortSignal,
): Promise<Status> {
  const path = join(folder, file.path);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return { kind: "absent" };
  const whole: Status = { kind: "whole", modifiedMs: found.mtimeMs };
  const outdated: Status = { kind: "outdated", sizeBytes: found.size };
  if (isAsRecorded(found, record) && !verify) return record?.checksum === file.checksum ? whole : outdated;
  if (found.isFile() && found.size === file.size) {
    const hash = startHash(file);
    await hashFile(path, hash, signal, () => {});
    if (endHash(hash, file) === file.checksum) return whole;
  }
  const isReplaceable = verify && record?.modifiedMs !== undefined;
  return isReplaceable || isAsRecorded(found, record) ? outdated : { kind: "foreign" };
}

const isAsRecorded = (
  found: { readonly size: number; readonly mtimeMs: number },
  record: PulledFile | undefined,
): boolean => record?.modifiedMs === found.mtimeMs && record.size === found.size;
