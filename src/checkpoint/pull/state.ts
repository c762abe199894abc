/** @file What a pull keeps in its folder: the commit, its files, and which of them are whole. */

import { access } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { CheckpointError } from "../../errors.ts";
import { readJsonFile } from "../json_file.ts";
import { replaceFile } from "../replace_file.ts";
import { type HubFile, isChecksum } from "./checksum.ts";
import { isPlainName } from "./wanted.ts";

const stateName = ".echovlm-pull.json";

/** A file of the pull. */
export interface PulledFile extends HubFile {
  /** When it was last written, once it is under its name: the file is then known without being read. */
  readonly modifiedMs?: number | undefined;
}

export interface PullState {
  readonly id: string;
  readonly commit: string;
  readonly files: readonly PulledFile[];
}

const State = z.object({
  id: z.string(),
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  files: z.array(
    z.object({
      path: z.string().refine(isPlainName),
      size: z.number().int().nonnegative(),
      checksum: z.string().refine(isChecksum),
      modifiedMs: z.number().optional(),
    }),
  ),
});

/** @throws CheckpointError for a file that is damaged */
export async function readState(folder: string): Promise<PullState | undefined> {
  const path = join(folder, stateName);
  const json = await readJsonFile(path);
  if (json === undefined) return undefined;
  const { data } = State.safeParse(json);
  if (data === undefined)
    throw new CheckpointError(
      path,
      "expected what an earlier pull has kept, found something else",
      "remove it: files that are there will be compared with the hub's",
    );
  return data;
}

export const writeState = (folder: string, state: PullState): Promise<void> =>
  replaceFile(join(folder, stateName), JSON.stringify(state, null, 1));

/** Whether a folder has been pulled into; without its configuration, that was not brought to an end. */
export const isPulled = (folder: string): Promise<boolean> =>
  access(join(folder, stateName)).then(
    () => true,
    () => false,
  );
