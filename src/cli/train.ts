/** @file `echovlm train`: a recipe to a trained model. */

import { availableParallelism } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { placeName } from "../data/place.ts";
import { RequestError } from "../errors.ts";
import { type RecipeField, readRecipe, recipeFields } from "../train/recipe.ts";
import type { TrainEvent } from "../train/train_event.ts";
import { train } from "../train/trainer.ts";
import { createProgress, grouped } from "./data/input.ts";
import { interruptible } from "./interrupt.ts";

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
  const tell = json ? jsonTeller() : textTeller(recipe.steps, progress, recipe.every.log);
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

/** Events as JSON lines; of the data only counts. */
const jsonTeller = () => (event: TrainEvent) => {
  if (event.kind === "reading") return;
  const counts = (data: { read: number; skipped: number; records: readonly unknown[] }) => ({
    read: data.read,
    kept: data.records.length,
    skipped: data.skipped,
  });
  const told =
    event.kind === "data"
      ? {
          kind: "data",
          train: counts(event.train),
          ...(event.validation && { validation: counts(event.validation) }),
        }
      : event;
  process.stdout.write(`${JSON.stringify(told)}\n`);
};

/** A line of progress on a terminal; elsewhere one for each line of the log. */
function textTeller(steps: number, progress: ReturnType<typeof createProgress>, logEvery: number) {
  return (event: TrainEvent): void => {
    switch (event.kind) {
      case "reading":
        return progress.show(() => `reading ${event.part} records: ${grouped(event.records)}`);
      case "data": {
        const { train, validation } = event;
        const tokens = train.records.reduce((sum, { length }) => sum + length, 0);
        return progress.say(
          `${grouped(train.records.length)} records of ${grouped(Math.round(tokens / train.records.length))} tokens to learn${train.skipped > 0 ? `, ${grouped(train.skipped)} left out` : ""}${validation ? `; ${grouped(validation.records.length)} to validate` : ""}`,
        );
      }
      case "skipped":
        return progress.say(`left out ${placeName(event.place)}: ${event.problems.join("; ")}`);
      case "resumed":
        return progress.say(`resumed behind step ${event.step}`);
      case "step": {
        const { step, report, rate, tokensPerSecond, secondsLeft } = event;
        const balance = report.balance === undefined ? "" : ` balance ${report.balance.toFixed(3)}`;
        const line = `step ${step}/${steps} loss ${report.loss.toFixed(4)} (words ${report.crossEntropy.toFixed(4)}${balance}) norm ${report.norm.toFixed(2)} rate ${rate.toExponential(2)} ${tokensPerSecond.toFixed(0)} tokens/s ${duration(secondsLeft)} left`;
        if (process.stderr.isTTY) progress.show(() => line);
        else if (step % logEvery === 0) progress.say(line);
        return;
      }
      case "validation":
        return progress.say(
          `step ${event.step}: validation loss ${event.loss.toFixed(4)}${event.isBest ? ", the lowest so far" : ""}`,
        );
      case "sample": {
        const { record, prompt, expected, answer } = event.sample;
        return progress.say(
          `  ${record}\n    asked: ${prompt}\n    expected: ${expected}\n    answered: ${answer}`,
        );
      }
      case "saved":
        return;
    }
  };
}

/** 3 h 05 min, 12 min, 40 s. */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
