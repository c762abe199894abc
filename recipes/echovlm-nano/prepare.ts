/**
 * @file Makes the data set that echovlm-nano is trained on: real pictures in many variations, simulated ones, and
 * pictures that are no ultrasound, with conversations in both languages.
 *
 * node dist/recipes/echovlm-nano/prepare.js --us-data <folder> --photos <folder> --out <folder>
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { interruptible } from "../../src/cli/interrupt.ts";
import { numeric } from "../../src/cli/model_options.ts";
import { runScript } from "../../src/cli/script.ts";
import { readManifest } from "../../src/data/manifest.ts";
import type { DataRecord } from "../../src/data/record.ts";
import { type Part, parts as partNames } from "../../src/data/split.ts";
import { openRecordWriter } from "../../src/data/write_records.ts";
import { RequestError } from "../../src/errors.ts";
import { openJournal } from "./journal.ts";
import { makePictures } from "./make_pictures.ts";
import { joined, nearDuplicates } from "./near_duplicates.ts";
import { findPhotographs } from "./photograph.ts";
import { pixelStatistics } from "./pixels.ts";
import { type PlanOptions, planPictures, splitGroups } from "./plan.ts";
import {
  aloneRecordsOf,
  factsRecordsOf,
  type KnownPicture,
  measureRecordsOf,
  recordsOf,
  sumRecordsOf,
} from "./records.ts";

interface Options extends PlanOptions {
  readonly usData: string;
  readonly photos: string;
  readonly out: string;
  readonly sums: number;
  readonly workers: number;
}

const program = new Command("prepare")
  .description("Make the data set that echovlm-nano is trained on.")
  .requiredOption("--us-data <folder>", "real labelled pictures: manifest.jsonl and what it names")
  .requiredOption("--photos <folder>", "photographs, JPEG or PNG at any depth (see photos.md)")
  .requiredOption("--out <folder>", "where the data set goes; what an interrupted run made is kept")
  .option("--simulated <n>", "simulated pictures for training", numeric, 6000)
  .option("--heads <n>", "simulated pregnancies beside them, most of them fetal heads", numeric, 2500)
  .option("--copies <n>", "copies of a real picture for training, the first as it is", numeric, 8)
  .option("--sums <n>", "exercises in reading a scale and multiplying by it", numeric, 12000)
  .option("--seed <n>", "same seed, same files", numeric, 1)
  .option("--workers <n>", "threads", numeric, 2)
  .addHelpText(
    "after",
    `
Writes train.jsonl, validation.jsonl and test.jsonl, facts-train.jsonl and facts-validation.jsonl (what is known of each
picture in one line), questions.jsonl and reports.jsonl (the conversations of train.jsonl that begin with a question, and
half of the others), alone.jsonl (one question a picture), measures.jsonl (fetal heads, each under four scales),
sums.jsonl (widths of pictures to millimetres, no pictures), split.json and README-stats.json; pictures go to pictures/.
Ctrl-C stops; the same command goes on where it stopped, and so does one with more copies or simulated pictures.

Real pictures are split by patient or sequence. In training each is flipped, rotated, cropped and toned, and facts are
measured again on every copy. Where millimetres are known, half of the copies get another scale, and every length with
it: the model must read the scale from the prompt. Fetal heads and normal breasts have three times as many copies.

Example:
  $ node dist/recipes/echovlm-nano/prepare.js --us-data ../shared/us-data --photos ./photos --out ./nano-data`,
  )
  .action(prepare);

/** What a conversation begins with that is mostly a report or a description. */
const longTasks = ["report", "diagnose", "caption", "captionTrueFalse", "captionChoice"] as const;

const fileNames: Readonly<Record<Part, string>> = { train: "train", val: "validation", test: "test" };

async function prepare(options: Options): Promise<void> {
  assertCounts(options);
  const { usData, photos, out, seed, workers } = options;
  const rows = await readManifest(join(usData, "manifest.jsonl"));
  const readable = rows.filter(({ file }) => !file.endsWith(".dcm"));
  const duplicates = await nearDuplicates(readable, usData);
  const groups = joined(splitGroups(readable, seed), duplicates);
  const plan = planPictures(readable, groups, await findPhotographs(photos), options);
  const journal = openJournal(out);
  await interruptible(
    (signal) => makePictures(plan, journal, { dataFolder: usData, out }, workers, signal, progressLine()),
    null,
  );
  const known = plan.map(
    (picture): KnownPicture => ({ ...picture, facts: journal.facts.get(picture.file)! }),
  );
  const statistics: Record<string, object> = {};
  for (const part of partNames) {
    const pictures = known.filter((picture) => picture.part === part);
    const records = recordsOf(pictures, out, seed);
    const name = fileNames[part];
    await writeRecords(join(out, `${name}.jsonl`), records);
    if (part === "train") {
      const isLong = ({ task }: DataRecord) => longTasks.some((long) => long === task);
      await writeRecords(
        join(out, "questions.jsonl"),
        records.filter((record) => !isLong(record)),
      );
      await writeRecords(
        join(out, "reports.jsonl"),
        records.filter(isLong).filter((_, n) => n % 2 === 0),
      );
      await writeRecords(join(out, "alone.jsonl"), aloneRecordsOf(pictures, out, seed));
      await writeRecords(join(out, "measures.jsonl"), measureRecordsOf(pictures, out, seed));
      await writeRecords(join(out, "sums.jsonl"), sumRecordsOf(options.sums, seed));
    }
    if (part !== "test")
      await writeRecords(join(out, `facts-${name}.jsonl`), factsRecordsOf(pictures, out, seed));
    statistics[name] = { pictures: pictures.length, ...countsOf(records) };
  }
  const json = (value: unknown) => `${JSON.stringify(value, null, 1)}\n`;
  writeFileSync(
    join(out, "split.json"),
    json(Object.fromEntries([...groups].map(([group, part]) => [group, fileNames[part]]))),
  );
  const { simulated, heads, copies, sums } = options;
  const settings = { simulated, heads, copies, sums, seed };
  const skipped = { "not decoded (.dcm)": rows.length - readable.length };
  const alike = { "groups with near duplicates": duplicates.flat().length };
  const trained = known.filter(({ part }) => part === "train").map(({ file }) => join(out, file));
  const pixels = await pixelStatistics(trained);
  writeFileSync(join(out, "README-stats.json"), json({ settings, skipped, alike, pixels, ...statistics }));
  process.stdout.write(json(statistics));
}

function assertCounts({ simulated, heads, copies, sums, seed, workers }: Options): void {
  const problems = Object.entries({ simulated, heads, copies, sums, seed, workers }).flatMap(
    ([name, value]) => {
      const least = name === "copies" || name === "workers" ? 1 : 0;
      return Number.isInteger(value) && value >= least
        ? []
        : [`expected --${name} to be a whole number, at least ${least}, got ${value}`];
    },
  );
  if (problems.length > 0) throw new RequestError("prepare", problems);
}

/** Counts on standard error, once a second. */
function progressLine(): (done: number, total: number) => void {
  const started = performance.now();
  let [shown, first] = [0, -1];
  return (done, total) => {
    if (first < 0) first = done - 1;
    const now = performance.now();
    if (now - shown < 1000 && done < total) return;
    shown = now;
    const rate = (1000 * (done - first)) / (now - started);
    const end = done === total ? "\n" : "";
    process.stderr.write(
      `\r${done} of ${total} pictures, ${rate.toFixed(1)}/s, ${Math.round((total - done) / rate)} s left  ${end}`,
    );
  };
}

async function writeRecords(path: string, records: readonly DataRecord[]): Promise<void> {
  const writer = await openRecordWriter(path, true);
  try {
    for (const record of records) await writer.write(record);
    await writer.commit();
  } finally {
    await writer.discard();
  }
}

/** How many records there are of each kind. */
function countsOf(records: readonly DataRecord[]): object {
  const by = (keyOf: (record: DataRecord) => string | undefined) => {
    const counts: Record<string, number> = {};
    for (const record of records) {
      const key = keyOf(record) ?? "none";
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  };
  return {
    records: records.length,
    turns: by(({ messages }) => String(messages.length / 2)),
    region: by(({ region }) => region),
    dataset: by(({ dataset }) => dataset),
    task: by(({ task }) => task),
    language: by(({ language }) => language),
  };
}

await runScript(program);
