/** @file `echovlm data stats`: what a set of records is made of. */

import { join } from "node:path";
import { Command } from "commander";
import { readModelFiles } from "../../checkpoint/hf_folder.ts";
import { createPictureCheck } from "../../data/check_pictures.ts";
import { recordFiles } from "../../data/read_records.ts";
import { collectStats, type DataStats, type Summary } from "../../data/stats.ts";
import { createTokenizer } from "../../processor/tokenizer.ts";
import { interruptible } from "../interrupt.ts";
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

interface StatsCommandOptions extends InputOptions {
  readonly tokenizer?: string;
  readonly onError: OnError;
}

export const statsCommand = (): Command =>
  withInput(new Command("stats").description("Count records, pictures, groups, lengths and duplicates."))
    .option("--tokenizer <folder>", "checkpoint folder whose tokenizer measures texts")
    .addOption(onErrorOption("skip"))
    .addHelpText(
      "after",
      `
Examples:
  $ echovlm data stats train.jsonl
  $ echovlm data stats --tokenizer ./EchoVLM --json train.jsonl | jq .tokens`,
    )
    .action(run);

async function run(inputs: string[], options: StatsCommandOptions): Promise<void> {
  const files = await recordFiles(inputs);
  const countTokens = options.tokenizer === undefined ? undefined : await tokenCounter(options.tokenizer);
  await interruptible(async (signal) => {
    const { records, counts } = startReading(files, options, signal);
    const stats = await collectStats(records, {
      look: createPictureCheck(),
      ...(countTokens === undefined ? {} : { countTokens }),
    });
    const text = options.json
      ? JSON.stringify({ files: files.length, ...counts(), ...stats }, null, 2)
      : `${describe(stats)}\n\n${countsLine(counts())}`;
    process.stdout.write(`${text}\n`);
  }, null);
}

/** The number of tokens of a text, by a checkpoint's tokenizer. */
async function tokenCounter(folder: string): Promise<(text: string) => number> {
  const { tokenizer, tokenizerConfig, config } = await readModelFiles(folder);
  const { encode } = createTokenizer(
    tokenizer,
    tokenizerConfig,
    config.tokens,
    join(folder, "tokenizer.json"),
  );
  return (text) => encode(text).length;
}

function describe({ records, tallies, withFacts, groups, pictures, characters, tokens }: DataStats): string {
  const share = (count: number) => `${((100 * count) / Math.max(records, 1)).toFixed(1)} %`;
  const counted = Object.entries(tallies).flatMap(([field, tally]) =>
    Object.entries(tally).map(([value, count], index) => [
      index === 0 ? field : "",
      value,
      grouped(count),
      share(count),
    ]),
  );
  const measured: [string, Summary | null][] = [
    ["records in a group", groups.recordsEach],
    ["picture width, px", pictures.width],
    ["picture height, px", pictures.height],
    ["question, characters", characters.question],
    ["answer, characters", characters.answer],
    ...(tokens === undefined
      ? []
      : ([
          ["question, tokens", tokens.question],
          ["answer, tokens", tokens.answer],
        ] as [string, Summary | null][])),
  ];
  const numbers = measured.flatMap(([what, summary]) =>
    summary === null
      ? []
      : [[what, ...[summary.min, summary.mean, summary.median, summary.p95, summary.max].map(brief)]],
  );
  const formats = Object.entries(pictures.formats).map(([format, count]) => `${grouped(count)} ${format}`);
  return [
    table(["field", "value", "records", ""], counted),
    "",
    table(["", "min", "mean", "median", "95 %", "max"], numbers),
    "",
    `facts       ${grouped(withFacts)} records bring them`,
    `groups      ${grouped(groups.count)}; ${grouped(groups.recordsWithout)} records without one`,
    `pictures    ${grouped(pictures.shown)} shown, ${grouped(pictures.distinct)} different files (${formats.join(", ") || "none"}), ${grouped(pictures.unreadable)} unreadable`,
    `duplicates  ${grouped(pictures.duplicates.length)} pictures under several names, ${grouped(pictures.acrossGroups.length)} in several groups`,
    ...pictures.duplicates.slice(0, 10).map((names) => `  ${names.join(" = ")}`),
  ].join("\n");
}

const brief = (value: number): string => grouped(Math.round(value * 10) / 10);
