/** @file `echovlm data convert`: records of any known format to one file of JSON lines. */

import { resolve } from "node:path";
import { Command } from "commander";
import { recordFiles } from "../../data/read_records.ts";
import { openRecordWriter } from "../../data/write_records.ts";
import { RequestError } from "../../errors.ts";
import { interruptible } from "../interrupt.ts";
import {
  countsLine,
  type InputOptions,
  type OnError,
  onErrorOption,
  startReading,
  withInput,
} from "./input.ts";

interface ConvertOptions extends InputOptions {
  readonly out: string;
  readonly onError: OnError;
  readonly force?: boolean;
}

export const convertCommand = (): Command =>
  withInput(new Command("convert").description("Convert records of any known format to JSON lines."))
    .requiredOption("--out <file.jsonl>", "file to write; it appears once it is whole")
    .option("--force", "replace the file if there is one")
    .addOption(onErrorOption("fail"))
    .addHelpText(
      "after",
      `
Pictures inside a Parquet file are written beside the output, into a folder of its name with .pictures.

Examples:
  $ echovlm data convert --lenient --image-root ./EchoVLM --out captions.jsonl ./EchoVLM/public_data
  $ echovlm data convert --set region=thyroid --set licence=CC-BY-4.0 --group-pattern '(p\\d+)_' --out t.jsonl t.json
  $ echovlm data convert --on-error skip --out reports.jsonl manifest.jsonl`,
    )
    .action(convert);

async function convert(inputs: string[], options: ConvertOptions): Promise<void> {
  const { out, force, json } = options;
  if (!out.endsWith(".jsonl"))
    throw new RequestError("--out", `expected a name that ends in .jsonl, got ${out}`);
  const files = await recordFiles(inputs);
  if (files.some((file) => resolve(file) === resolve(out)))
    throw new RequestError("--out", `expected another file than the inputs, got ${out}`);
  await interruptible(async (signal) => {
    const writer = await openRecordWriter(out, force ?? false);
    try {
      const { records, counts } = startReading(files, options, signal);
      for await (const { record } of records) await writer.write(record);
      const total = counts();
      if (total.kept === 0)
        throw new RequestError(
          inputs.join(", "),
          `expected at least one good record, got ${countsLine(total)}`,
        );
      await writer.commit();
      process.stdout.write(
        `${json ? JSON.stringify({ out, files: files.length, ...total }) : `${out}: ${countsLine(total)}`}\n`,
      );
    } finally {
      await writer.discard();
    }
  }, null);
}
