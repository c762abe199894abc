/** @file `echovlm data split`: records into training, validation and test, whole groups at a time. */

import { join, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { createPictureCheck } from "../../data/check_pictures.ts";
import { type ReadItem, recordFiles } from "../../data/read_records.ts";
import {
  assertShares,
  groupStrata,
  type Part,
  partOf,
  parts,
  type Shares,
  splittable,
  stratifiedParts,
} from "../../data/split.ts";
import { openRecordWriter, type RecordWriter } from "../../data/write_records.ts";
import { RequestError } from "../../errors.ts";
import { interruptible } from "../interrupt.ts";
import { numeric } from "../model_options.ts";
import { table } from "../table.ts";
import {
  countsLine,
  grouped,
  type InputOptions,
  type OnError,
  onErrorOption,
  startReading,
  withInput,
} from "./input.ts";

interface SplitOptions extends InputOptions {
  readonly out: string;
  readonly shares: Shares;
  readonly seed: number;
  readonly stratify?: boolean;
  readonly onError: OnError;
  readonly force?: boolean;
}

export const splitCommand = (): Command =>
  withInput(new Command("split").description("Split records by group into training, validation and test."))
    .requiredOption("--out <folder>", "folder for train.jsonl, val.jsonl and test.jsonl")
    .option("--shares <train,val,test>", "shares of the groups", sharesOf, {
      train: 0.8,
      val: 0.1,
      test: 0.1,
    })
    .option("--seed <n>", "another seed, another split", numeric, 0)
    .option(
      "--stratify",
      "hold the shares in every region and label; groups added later may then move others",
    )
    .option("--force", "replace files that are there")
    .addOption(onErrorOption("fail"))
    .addHelpText(
      "after",
      `
A group is a patient, examination or sweep, and is never torn apart; a record without one is bad. Where a group goes
depends on its name and the seed alone, so that neither order nor later additions move it.

Examples:
  $ echovlm data split --out ./split records.jsonl
  $ echovlm data split --shares 0.9,0.1,0 --seed 7 --stratify --out ./split a.jsonl b.jsonl`,
    )
    .action(split);

function sharesOf(text: string): Shares {
  const [train, val, test, ...more] = text.split(",").map(numeric);
  if (train === undefined || val === undefined || test === undefined || more.length > 0)
    throw new InvalidArgumentError("expected three numbers, such as 0.8,0.1,0.1");
  return { train, val, test };
}

async function split(inputs: string[], options: SplitOptions): Promise<void> {
  const { out, shares, seed, stratify, json } = options;
  assertShares(shares);
  if (!Number.isSafeInteger(seed)) throw new RequestError("--seed", `expected a whole number, got ${seed}`);
  const files = await recordFiles(inputs);
  const given = parts.filter((part) => shares[part] > 0);
  const paths = new Map(given.map((part) => [part, join(out, `${part}.jsonl`)]));
  for (const path of paths.values())
    if (files.some((file) => resolve(file) === resolve(path)))
      throw new RequestError("--out", `expected other files than the inputs, got ${path}`);

  await interruptible(async (signal) => {
    const look = createPictureCheck();
    const checked = (items: AsyncIterable<ReadItem>) => splittable(items, look);
    const first = startReading(files, options, signal, checked);
    const strata = await groupStrata(first.records);
    const counts = first.counts();
    const partOfGroup: ReadonlyMap<string, Part> = stratify
      ? stratifiedParts(strata, shares, seed)
      : new Map([...strata.keys()].map((group) => [group, partOf(group, shares, seed)]));
    const groups = countEach(partOfGroup.values());
    for (const part of given)
      if (groups[part] === 0)
        throw new RequestError(
          "--shares",
          `expected at least one group in ${part}, got none of ${partOfGroup.size} (${countsLine(counts)})`,
          "--stratify keeps closer to the shares, and another --seed splits otherwise",
        );

    const writers = new Map<Part, RecordWriter>();
    try {
      for (const [part, path] of paths)
        writers.set(part, await openRecordWriter(path, options.force ?? false));
      const records: Part[] = [];
      // Bad records and warnings have been named in the first pass.
      const second = startReading(files, { ...options, onError: "skip" }, signal, (items) =>
        quiet(checked(items)),
      );
      for await (const { record } of second.records) {
        const part = partOfGroup.get(record.group ?? "");
        const writer = part && writers.get(part);
        if (writer === undefined)
          throw new RequestError(inputs.join(", "), "expected the same records in both passes, got others");
        await writer.write(record);
        records.push(part as Part);
      }
      for (const writer of writers.values()) await writer.commit();
      report(countEach(records));
    } finally {
      for (const writer of writers.values()) await writer.discard();
    }

    function report(records: Record<Part, number>): void {
      const rows = given.map((part) => ({
        part,
        file: paths.get(part),
        records: records[part],
        groups: groups[part],
        strata: strataOf(part, partOfGroup, strata),
      }));
      if (json) {
        process.stdout.write(`${JSON.stringify({ ...counts, seed, parts: rows }, null, 2)}\n`);
        return;
      }
      const named = [...new Set(strata.values())].sort();
      process.stdout.write(
        `${table(
          ["part", "records", "groups", ...named],
          rows.map((row) => [
            row.part,
            grouped(row.records),
            grouped(row.groups),
            ...named.map((name) => grouped(row.strata[name] ?? 0)),
          ]),
        )}\n${countsLine(counts)}\n`,
      );
    }
  }, null);
}

/** Records alone: what is wrong with them and the others has been said. */
async function* quiet(items: AsyncIterable<ReadItem>): AsyncGenerator<ReadItem> {
  for await (const item of items)
    if (item.kind === "record") yield { kind: "record", place: item.place, record: item.record };
}

function countEach(given: Iterable<Part>): Record<Part, number> {
  const counts: Record<Part, number> = { train: 0, val: 0, test: 0 };
  for (const part of given) counts[part]++;
  return counts;
}

/** Groups of each stratum in one part. */
function strataOf(
  part: Part,
  partOfGroup: ReadonlyMap<string, Part>,
  strata: ReadonlyMap<string, string>,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [group, stratum] of strata)
    if (partOfGroup.get(group) === part) counts[stratum] = (counts[stratum] ?? 0) + 1;
  return counts;
}
