/** @file What `echovlm train` says while it goes on. */

import { placeName } from "../data/place.ts";
import type { Recipe } from "../train/recipe.ts";
import type { TrainEvent } from "../train/train_event.ts";
import type { TrainingData } from "../train/training_data.ts";
import { grouped, type Progress } from "./data/input.ts";
import { duration } from "./duration.ts";

/** An event as a JSON line on standard output; of the data only counts. */
export function tellAsJson(event: TrainEvent): void {
  if (event.kind === "reading") return;
  const told =
    event.kind === "data"
      ? {
          kind: event.kind,
          train: event.train.counts,
          ...(event.validation && { validation: event.validation.counts }),
        }
      : event;
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

/** Tells events on standard error: steps as a line that is replaced, or without a terminal as often as they are logged. */
export const textTeller =
  ({ steps, every }: Recipe, progress: Progress) =>
  (event: TrainEvent): void => {
    const isPassing = event.kind === "reading" || event.kind === "step";
    if (isPassing && process.stderr.isTTY) progress.show(() => lineOf(event, steps));
    else if (event.kind === "step" ? event.step % every.log === 0 : !isPassing && event.kind !== "saved")
      progress.say(lineOf(event, steps));
  };

function lineOf(event: TrainEvent, steps: number): string {
  switch (event.kind) {
    case "reading":
      return `reading ${event.part} records: ${grouped(event.records)}`;
    case "data":
      return dataLine(event.train, event.validation);
    case "skipped":
      return `left out ${placeName(event.place)}: ${event.problems.join("; ")}`;
    case "resumed":
      return `resumed behind step ${event.step}`;
    case "step":
      return stepLine(event, steps);
    case "validation": {
      const remark = event.isBest ? ", the lowest so far" : "";
      return `step ${event.step}: validation loss ${event.loss.toFixed(4)}${remark}`;
    }
    case "sample": {
      const { record, prompt, expected, answer } = event.sample;
      return `  ${record}\n    asked: ${prompt}\n    expected: ${expected}\n    answered: ${answer}`;
    }
    case "saved":
      return `step ${event.step}: saved ${event.path}`;
  }
}

function dataLine(
  { records, counts: { skipped, badFiles, warnings } }: TrainingData,
  validation: TrainingData | undefined,
): string {
  const tokens = records.reduce((sum, { length }) => sum + length, 0) / records.length;
  return [
    `${grouped(records.length)} records to learn, ${Math.round(tokens)} tokens each`,
    ...(skipped > 0 ? [`${grouped(skipped)} left out`] : []),
    ...(badFiles > 0 ? [`${grouped(badFiles)} bad files`] : []),
    ...(warnings > 0
      ? [`${grouped(warnings)} labels not understood (\`echovlm data validate\` names them)`]
      : []),
    ...(validation ? [`${grouped(validation.records.length)} to validate`] : []),
  ].join("; ");
}

function stepLine(event: Extract<TrainEvent, { kind: "step" }>, steps: number): string {
  const { step, report, rate, tokensPerSecond, secondsLeft } = event;
  const { loss, crossEntropy, balance, norm } = report;
  const parts = [
    `words ${crossEntropy.toFixed(4)}`,
    ...(balance === undefined ? [] : [`balance ${balance.toFixed(3)}`]),
  ];
  return [
    `step ${step}/${steps}`,
    `loss ${loss.toFixed(4)} (${parts.join(", ")})`,
    `norm ${norm.toFixed(2)}`,
    `rate ${rate.toExponential(2)}`,
    `${tokensPerSecond.toFixed(0)} tokens/s`,
    `${duration(secondsLeft)} left`,
  ].join("  ");
}
