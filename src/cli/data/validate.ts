/** @file `echovlm data validate`: everything that is wrong with a set of records. */

import { Command } from "commander";
import { createPictureCheck, pictureProblems } from "../../data/check_pictures.ts";
import { type Place, placeName } from "../../data/place.ts";
import { readRecords, recordFiles } from "../../data/read_records.ts";
import { interruptible } from "../interrupt.ts";
import { table } from "../table.ts";
import {
  createProgress,
  grouped,
  type InputOptions,
  readOptions,
  sayWarnings,
  warningsPart,
  withInput,
} from "./input.ts";

interface ValidateOptions extends InputOptions {
  readonly images: boolean;
}

/** One fault and where it is. */
interface Fault extends Place {
  readonly problem: string;
}

export const validateCommand = (): Command =>
  withInput(new Command("validate").description("Check every record: form, tags, facts, and its pictures."))
    .option("--no-images", "do not look at pictures")
    .addHelpText(
      "after",
      `
Of a picture the header is read: damage further on in the file is not found.
Exits with 1 when anything is wrong. A label of a manifest that is not understood is a warning on standard error.

Examples:
  $ echovlm data validate train.jsonl
  $ echovlm data validate --no-images --json ./public_data | jq .faults[0]`,
    )
    .action(validate);

async function validate(inputs: string[], options: ValidateOptions): Promise<void> {
  const files = await recordFiles(inputs);
  await interruptible(async (signal) => {
    const progress = createProgress();
    const look = createPictureCheck();
    const faults: Fault[] = [];
    const totals = { files: files.length, badFiles: 0, read: 0, good: 0, bad: 0, warnings: 0 };
    for await (const item of readRecords(files, readOptions(options))) {
      signal.throwIfAborted();
      const problems =
        item.kind !== "record"
          ? item.problems
          : options.images
            ? await pictureProblems(item.record, look)
            : [];
      faults.push(...problems.map((problem) => ({ ...item.place, problem })));
      if (item.kind === "record") {
        sayWarnings(progress, item);
        totals.warnings += item.warnings?.length ?? 0;
      }
      if (item.kind === "bad file") totals.badFiles++;
      else {
        totals.read++;
        totals[problems.length === 0 ? "good" : "bad"]++;
      }
      progress.show(
        () => `${placeName(item.place)}: ${grouped(totals.read)} read, ${grouped(totals.bad)} bad`,
      );
    }
    progress.end();
    process.exitCode = faults.length === 0 ? 0 : 1;
    const { read, good, bad, badFiles, warnings } = totals;
    const summary = [
      `${grouped(read)} records read = ${grouped(good)} good + ${grouped(bad)} bad`,
      `${grouped(badFiles)} of ${grouped(files.length)} files bad`,
      ...warningsPart(warnings),
    ].join("; ");
    const rows = faults.map(({ problem, ...place }) => [placeName(place), problem]);
    const text = options.json
      ? JSON.stringify({ ...totals, passed: faults.length === 0, faults }, null, 2)
      : [...(rows.length > 0 ? [table(["where", "what is wrong"], rows), ""] : []), summary].join("\n");
    process.stdout.write(`${text}\n`);
  }, null);
}
