/** @file Answers on disk as they come, a JSON line each, so that a run goes on where it was stopped. */

import { open, readFile } from "node:fs/promises";
import { writeFully } from "../checkpoint/file_access.ts";
import { orRefuseWrite } from "../checkpoint/refuse_write.ts";
import { replaceFile } from "../checkpoint/replace_file.ts";
import { CheckpointError } from "../errors.ts";
import { isJsonObject } from "../model/json_fields.ts";
import type { Given } from "./exchange.ts";

/** An answer and what it answers. */
export interface JournalEntry {
  /** Hash of everything that was asked; empty where nothing could be. */
  readonly asked: string;
  readonly given: Given;
}

/** The answers of one model under one condition. Close it after use. */
export interface Journal {
  /** By question id; the last of each. */
  readonly entries: ReadonlyMap<string, JournalEntry>;
  /**
   * Add answers behind those that are being added; they are on disk when this returns.
   *
   * @throws CheckpointError when they, or any before them, cannot be written
   */
  append(entries: readonly JournalEntry[]): Promise<void>;
  close(): Promise<void>;
}

const hint = "answers written before are unchanged";

/**
 * Open the journal at `path`, or begin one. A last line that was being written when the run was killed is cut off.
 *
 * @throws CheckpointError when it is damaged or cannot be written
 */
export async function openJournal(path: string): Promise<Journal> {
  const { entries, bytes } = await readJournal(path);
  return orRefuseWrite(path, hint, async () => {
    const file = await open(path, "a");
    await file.truncate(bytes);
    let written = Promise.resolve();
    const write = (added: readonly JournalEntry[]) =>
      orRefuseWrite(path, hint, async () => {
        await writeFully(file, linesOf(added));
        await file.sync();
        for (const entry of added) entries.set(entry.given.id, entry);
      });
    return {
      entries,
      append: (added) => {
        written = written.then(() => write(added));
        return written;
      },
      close: () => file.close(),
    };
  });
}

/** Write the journal of a run that is done: all answers in this order, nothing else. */
export const finishJournal = (path: string, entries: readonly JournalEntry[]): Promise<void> =>
  orRefuseWrite(path, hint, () => replaceFile(path, linesOf(entries)));

const linesOf = (entries: readonly JournalEntry[]): Buffer =>
  Buffer.concat(entries.map((entry) => Buffer.from(`${JSON.stringify(lineOf(entry))}\n`)));

function lineOf({ asked, given: { id, text, finish, problem, tokens, expertCounts } }: JournalEntry) {
  return {
    id,
    asked,
    text,
    finish,
    ...(problem !== undefined && { problem }),
    ...(tokens && { tokens }),
    ...(expertCounts && { expertCounts }),
  };
}

/** @returns what the whole lines say, and how many bytes they are */
async function readJournal(path: string): Promise<{ entries: Map<string, JournalEntry>; bytes: number }> {
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return Buffer.alloc(0);
    throw new CheckpointError(path, `cannot be read: ${error.message}`);
  });
  const entries = new Map<string, JournalEntry>();
  let start = 0;
  for (let line = 1; ; line++) {
    const end = content.indexOf("\n", start);
    if (end < 0) return { entries, bytes: start };
    const entry = entryOf(content.toString("utf8", start, end), `${path}: line ${line}`);
    entries.set(entry.given.id, entry);
    start = end + 1;
  }
}

function entryOf(line: string, where: string): JournalEntry {
  try {
    const json: unknown = JSON.parse(line);
    if (isJsonObject(json) && [json.id, json.asked, json.text, json.finish].every(isText)) {
      const { asked, ...given } = json as unknown as { asked: string } & Given; // written by lineOf
      return { asked, given };
    }
  } catch {} // told below
  throw new CheckpointError(
    where,
    "expected an answer as JSON",
    "move the damaged journal away to ask again",
  );
}

const isText = (value: unknown): value is string => typeof value === "string";
