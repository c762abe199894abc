/** @file Everything that a folder lacks, downloaded side by side, and put in its place in an order that is safe. */

import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { eachAtOnce } from "../../http/each_at_once.ts";
import { parseConfig } from "../../model/parse_config.ts";
import { readJsonFile } from "../json_file.ts";
import { orRefuseWrite } from "../refuse_write.ts";
import { downloadFile } from "./download_file.ts";
import type { Hub } from "./hub.ts";
import { partPath } from "./parts.ts";
import { type PulledFile, writeState } from "./state.ts";
import type { Survey } from "./survey.ts";
import { isEntry } from "./wanted.ts";

export interface Pull {
  readonly hub: Hub;
  readonly folder: string;
  readonly commit: string;
  /** Files at once. */
  readonly parallel: number;
  /** Called as files grow; see `OnLength`. */
  readonly onLength: (path: string, length: number, fetchedBytes: number) => void;
}

/**
 * Make a folder what its survey wants it to be. While anything is missing, config.json is not under its name, so that
 * no command opens a folder whose files are partly those of another commit.
 *
 * @throws ConfigError for a model of another family, before its weights are asked for
 */
export async function completeFolder(pull: Pull, survey: Survey): Promise<void> {
  const { folder } = pull;
  const isWhole = survey.files.every(({ modifiedMs }) => modifiedMs !== undefined);
  await orRefuseWrite(folder, "run again to go on", async () => {
    await mkdir(folder, { recursive: true });
    if (isWhole && survey.outdated.length === 0) return startRecord(pull, survey.files).save();
    const files = survey.files.map((file) =>
      isEntry(file.path) ? { ...file, modifiedMs: undefined } : file,
    );
    for (const { path, modifiedMs } of survey.files)
      if (isEntry(path) && modifiedMs !== undefined) await rename(join(folder, path), partPath(folder, path));
    for (const path of survey.outdated) await rm(join(folder, path), { force: true });
    const record = startRecord(pull, files);
    await record.save();

    const entries = files.filter(({ path }) => isEntry(path));
    await downloadAll(pull, entries, async () => {});
    if (entries.some(({ path }) => path === "config.json"))
      parseConfig(await readJsonFile(partPath(folder, "config.json")), join(folder, "config.json"));
    const rest = files.filter((file) => !entries.includes(file) && file.modifiedMs === undefined);
    await downloadAll(
      pull,
      rest.sort((a, b) => a.size - b.size),
      record.place,
    );
    for (const entry of entries) await record.place(entry);
  });
}

/** What is whole so far; it is kept in the folder. */
function startRecord({ hub, folder, commit }: Pull, surveyed: readonly PulledFile[]) {
  const files = new Map(surveyed.map((file) => [file.path, file]));
  let saving = Promise.resolve();
  const save = (): Promise<void> => {
    saving = saving.then(() => writeState(folder, { id: hub.id, commit, files: [...files.values()] }));
    return saving;
  };
  return {
    save,
    /** Put a file that is whole under its name. */
    async place(file: PulledFile): Promise<void> {
      const path = join(folder, file.path);
      await rename(partPath(folder, file.path), path);
      files.set(file.path, { ...file, modifiedMs: (await stat(path)).mtimeMs });
      await save();
    },
  };
}

/** Download files, `parallel` at once; where one fails, the others stop. */
const downloadAll = (
  { hub, folder, commit, parallel, onLength }: Pull,
  files: readonly PulledFile[],
  whenWhole: (file: PulledFile) => Promise<void>,
): Promise<void> =>
  eachAtOnce(files, { concurrency: parallel, signal: hub.signal }, async (file, signal) => {
    const tell = (length: number, fetchedBytes: number) => onLength(file.path, length, fetchedBytes);
    await downloadFile({ ...hub, signal }, commit, file, partPath(folder, file.path), tell);
    await whenWhole(file);
  });
