/** @file `echovlm train`: a recipe to a trained model. */

import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { RequestError } from "../errors.ts";
import { type RecipeField, readRecipe, recipeFields } from "../train/recipe.ts";
import { train } from "../train/trainer.ts";
import { createProgress } from "./data/input.ts";
import { interruptible } from "./interrupt.ts";
import { tellAsJson, textTeller } from "./train_progress.ts";

interface TrainCommandOptions {
  readonly out?: string;
  readonly resume?: boolean;
  readonly threads: number;
  readonly workers: number;
  readonly fields?: boolean;
  readonly json?: boolean;
}

export const trainCommand = (): Command =>
  new Command("train")
    .description("Train a model as a recipe says.")
    .argument("[recipe.yaml]", "what to train, on what, and how")
    .option("--out <folder>", "the run's folder: state, logs, and the models `last` and `best`")
    .option("--resume", "go on with the run in --out, to the numbers it would have had without a stop")
    .option("--threads <count>", "threads inside one operator", wholeNumber, availableParallelism())
    .option("--workers <count>", "threads that decode and resize pictures ahead", wholeNumber, 1)
    .option("--fields", "list every field of a recipe")
    .option("--json", "events as JSON lines on standard output")
    .addHelpText(
      "after",
      `
Ctrl-C ends after the step under way, with the state written; a second one ends at once.

Examples:
  $ echovlm train recipe.yaml --out runs/first
  $ echovlm train recipe.yaml --out runs/first --resume
  $ echovlm report --model runs/first/best picture.png
  $ echovlm train --fields`,
    )
    .action(run);

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 1024)
    throw new InvalidArgumentError("expected a whole number from 1 to 1024");
  return value;
}

async function run(path: string | undefined, options: TrainCommandOptions): Promise<void> {
  if (options.fields) {
    const fields = recipeFields();
    process.stdout.write(options.json ? `${JSON.stringify(fields)}\n` : fields.map(fieldText).join(""));
    return;
  }
  const { out, resume = false, threads, workers, json = false } = options;
  const missing = [...(path === undefined ? ["a recipe"] : []), ...(out === undefined ? ["--out"] : [])];
  if (path === undefined || out === undefined)
    throw new RequestError("train", `expected ${missing.join(" and ")}, got none`);
  const recipe = await readRecipe(path);
  const progress = createProgress();
  const tell = json ? tellAsJson : textTeller(recipe, progress);
  const result = await interruptible(
    (signal) => train(recipe, { out, resume, threads, workers, signal, onEvent: tell }),
    null,
  ).finally(() => progress.end());
  if (json) process.stdout.write(`${JSON.stringify({ kind: "done", ...result })}\n`);
  else {
    const best = result.best
      ? `; lowest validation loss ${result.best.loss.toFixed(4)}: ${result.best.folder}`
      : "";
    process.stdout.write(`${result.steps} steps: ${result.last}${best}\n`);
  }
}

const fieldText = ({ path, preset, about }: RecipeField): string => `${path} (${preset})\n    ${about}\n`;
