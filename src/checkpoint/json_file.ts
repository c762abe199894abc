/** @file JSON and text files of a checkpoint folder; a file that is not there reads as undefined. */

import { readFile } from "node:fs/promises";
import { CheckpointError } from "../errors.ts";
import { refuseLfsPointer } from "./git_lfs.ts";

/**
 * The text of a file, or undefined if there is no such file.
 *
 * @throws CheckpointError if it cannot be read, is not UTF-8, or is a Git LFS pointer
 */
export async function readTextFile(path: string): Promise<string | undefined> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new CheckpointError(path, `cannot be read as UTF-8 text: ${message}`);
  }
  refuseLfsPointer(text, path);
  return text;
}

/** What a JSON file holds, or undefined if there is no such file. @throws CheckpointError as `readTextFile` */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readTextFile(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const message = (error as Error).message;
    // The engine tells the position, except where the text simply ends.
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
    const lines = text.slice(0, position).split("\n");
    const place = `line ${lines.length}, column ${(lines.at(-1) ?? "").length + 1}`;
    throw new CheckpointError(path, `expected JSON, at ${place} found: ${message}`);
  }
}
