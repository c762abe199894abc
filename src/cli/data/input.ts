/** @file What every `echovlm data` command shares: which records to read, what to do with bad ones, how far it is. */

import { type Command, InvalidArgumentError, Option } from "commander";
import type { Place } from "../../data/place.ts";
import { placeName } from "../../data/place.ts";
import {
  type Counts,
  keepRecords,
  type ReadItem,
  type ReadOptions,
  readRecords,
  type StatedField,
  statedFields,
} from "../../data/read_records.ts";
import type { DataRecord } from "../../data/record.ts";

export type OnError = "skip" | "fail";

export interface InputOptions {
  readonly imageRoot?: string;
  readonly set?: Readonly<Partial<Record<StatedField, string>>>;
  readonly groupPattern?: RegExp;
  readonly lenient?: boolean;
  readonly json?: boolean;
}

const inputHelp = `
Inputs are files, or folders with files below them:
  .jsonl, .ndjson  a record a line; also manifests of labelled pictures
  .json            a list of records, as EchoVLM and LLaVA have them
  .parquet         a record a row
docs/data.md describes them.
`;

/** Arguments and options of reading. */
export const withInput = (command: Command): Command =>
  command
    .argument("<inputs...>", "files or folders of records")
    .option("--image-root <folder>", "where relative paths of pictures start (default: beside the records)")
    .option("--set <field=value>", `what records leave out: ${statedFields.join(", ")}`, stated, {})
    .option("--group-pattern <regex>", "find a record's group in the path of its first picture", pattern)
    .option("--lenient", "accept empty files, commas too many, unknown fields, Ture for True")
    .option("--json", "print the result as JSON")
    .addHelpText("after", inputHelp);

export const onErrorOption = (preset: OnError): Option =>
  new Option("--on-error <choice>", "leave bad records out, or stop at the first")
    .choices(["skip", "fail"])
    .default(preset);

function stated(text: string, before: object): object {
  const [, field = "", value = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (value === "" || !statedFields.some((known) => known === field))
    throw new InvalidArgumentError(`expected field=value with one of ${statedFields.join(", ")}`);
  return { ...before, [field]: value };
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch (error) {
    throw new InvalidArgumentError(`expected a regular expression: ${(error as Error).message}`);
  }
}

export const readOptions = ({ imageRoot, set, groupPattern, lenient }: InputOptions): ReadOptions => ({
  ...(imageRoot === undefined ? {} : { pictures: imageRoot }),
  ...(set === undefined ? {} : { stated: set }),
  ...(groupPattern === undefined ? {} : { groupPattern }),
  lenient: lenient ?? false,
});

const badRecordHint = "`echovlm data validate` names every bad record, --on-error skip leaves them out";

/** Records as they come, with the counts so far. */
export interface Reading {
  readonly records: AsyncGenerator<{ readonly place: Place; readonly record: DataRecord }>;
  readonly counts: () => Readonly<Counts>;
}

/**
 * Read with progress on standard error. What is left out or was not understood is named there too.
 *
 * @param prepare a further look at each item, such as a check
 */
export function startReading(
  files: readonly string[],
  options: InputOptions & { readonly onError: OnError },
  signal: AbortSignal,
  prepare: (items: AsyncIterable<ReadItem>) => AsyncIterable<ReadItem> = (items) => items,
): Reading {
  let counts: Readonly<Counts> = { read: 0, kept: 0, skipped: 0, badFiles: 0, warnings: 0 };
  const progress = createProgress();
  const items = prepare(readRecords(files, readOptions(options)));
  const onItem = (item: ReadItem, now: Readonly<Counts>) => {
    signal.throwIfAborted();
    counts = now;
    progress.show(() => `${placeName(item.place)}: ${countsLine(now)}`);
    if (item.kind !== "record")
      progress.say(`left out ${placeName(item.place)}: ${item.problems.join("; ")}`);
    else sayWarnings(progress, item);
  };
  const records = keepRecords(items, options.onError, onItem, badRecordHint);
  return { records: ending(records, () => progress.end()), counts: () => counts };
}

/** Name what of a record's source was not understood. */
export function sayWarnings(progress: Progress, { place, warnings = [] }: RecordItem): void {
  for (const warning of warnings) progress.say(`warning ${placeName(place)}: ${warning}`);
}

type RecordItem = Extract<ReadItem, { kind: "record" }>;

async function* ending<T>(items: AsyncGenerator<T>, end: () => void): AsyncGenerator<T> {
  try {
    yield* items;
  } finally {
    end();
  }
}

export const grouped = (count: number): string => count.toLocaleString("en-US");

/** Counts that add up: read = kept + skipped. */
export const countsLine = ({ read, kept, skipped, badFiles, warnings }: Readonly<Counts>): string =>
  [
    `${grouped(read)} read = ${grouped(kept)} kept + ${grouped(skipped)} skipped`,
    ...(badFiles > 0 ? [`${grouped(badFiles)} bad files`] : []),
    ...warningsPart(warnings),
  ].join("; ");

/** The number of warnings as the end of a line of counts; nothing where there are none. */
export const warningsPart = (warnings: number): string[] =>
  warnings > 0 ? [`${grouped(warnings)} ${warnings === 1 ? "warning" : "warnings"}`] : [];

export interface Progress {
  /** Replace the line that shows how far it is; on a terminal only, and not at every call. */
  show(text: () => string): void;
  /** Write a line that stays. */
  say(line: string): void;
  /** Take the progress away. */
  end(): void;
}

const intervalMs = 100;
const clearLine = "\r\x1b[K";

/** Progress of work whose length is not known beforehand, on standard error. */
export function createProgress(): Progress {
  const { stderr } = process;
  let shown = Number.NEGATIVE_INFINITY;
  const clear = () => {
    if (stderr.isTTY && shown > 0) stderr.write(clearLine);
  };
  return {
    show(text) {
      const now = performance.now();
      if (!stderr.isTTY || now - shown < intervalMs) return;
      shown = now;
      stderr.write(clearLine + text().slice(0, (stderr.columns ?? 80) - 1));
    },
    say(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    end: clear,
  };
}
