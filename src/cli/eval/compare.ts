/** @file `echovlm eval compare`: the scores of two runs side by side. */

import { basename, resolve } from "node:path";
import { Command } from "commander";
import { compareRuns, comparisonMarkdown } from "../../eval/output/compare.ts";
import { readScores } from "../../eval/read_scores.ts";

export const compareCommand = (): Command =>
  new Command("compare")
    .description("Compare the scores of two runs, where they were measured alike.")
    .argument("<run>", "folder of a run")
    .argument("<other>", "folder of another run")
    .option("--json", "print the comparison as JSON")
    .addHelpText(
      "after",
      `
Scores whose signatures differ are named and not compared.

Example:
  $ echovlm eval compare runs/before runs/after`,
    )
    .action(async (first: string, second: string, _: object, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: boolean }>(); // `eval` has a --json too, which takes it
      const comparison = compareRuns(await readScores(first), await readScores(second));
      const names = [first, second].map((folder) => basename(resolve(folder))) as [string, string];
      process.stdout.write(json ? `${JSON.stringify(comparison)}\n` : comparisonMarkdown(comparison, names));
    });
