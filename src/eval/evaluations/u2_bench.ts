/**
 * @file The eight tasks of U2-BENCH in its own metrics, on records whose `task` is "U2-BENCH" and the task's short name,
 * such as "U2-BENCH DD". Its data is not part of this package.
 *
 * @see U2-BENCH: Benchmarking Large Vision-Language Models on Ultrasound Understanding, arXiv 2505.17779
 */

import { type Evaluation, ofTasks } from "../evaluation.ts";
import type { Exchange } from "../exchange.ts";
import { accuracy } from "../metrics/accuracy.ts";
import type { ClassItem } from "../metrics/confusion.ts";
import { macroF1 } from "../metrics/f1.ts";
import {
  type MeasurementItem,
  meanAbsoluteError,
  normalisedRmseScore,
  shareAnswered,
} from "../metrics/measurement.ts";
import { firstNumber } from "../read_answer.ts";
import type { Score } from "../scores.ts";
import { type View, viewOf } from "../view.ts";
import { textViews } from "./texts.ts";

/** The answer as it is written, apart from case and the marks around it. */
const plain = (text: string): string =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/^[\s\p{P}]+|[\s\p{P}]+$/gu, "");

/** An answer is right when it is the expected class, or states it in a longer text. */
const classItem = ({ question, given }: Exchange): ClassItem => {
  const expected = plain(question.expected);
  const said = plain(given.text);
  return { expected, predicted: said.includes(expected) ? expected : said === "" ? undefined : said };
};

const classView = viewOf({
  read: classItem,
  isUnread: ({ predicted }) => predicted === undefined,
  metrics: () => [accuracy, macroF1()],
});

const unit = "as asked";
const valueScore = normalisedRmseScore({ from: 0, to: 1 }, unit);

const valueView = viewOf<MeasurementItem>({
  read: ({ question, given }) => ({
    expected: firstNumber(question.expected) ?? Number.NaN,
    answered: firstNumber(given.text),
    unit,
  }),
  isUnread: ({ answered }) => answered === undefined,
  metrics: () => [valueScore, meanAbsoluteError(unit), shareAnswered],
});

interface U2Task {
  readonly about: string;
  readonly views: readonly View[];
  /** Weight in the composite score. */
  readonly weight: number;
  /** The metric that is weighed. */
  readonly metric: string;
  /** The metric's part in the composite, from 0 to 1. */
  readonly part: (value: number) => number;
}

const itself = (value: number): number => value;
const percent = (value: number): number => value / 100;
const classTask = (about: string, weight: number): U2Task => ({
  about,
  views: [classView],
  weight,
  metric: accuracy.name,
  part: itself,
});
const textTask = (about: string, weight: number): U2Task => ({
  about,
  views: textViews,
  weight,
  metric: "BLEU-4 (en)",
  part: percent,
});

const tasks: Readonly<Record<string, U2Task>> = {
  DD: classTask("disease diagnosis", 0.2),
  VRA: classTask("view recognition and assessment", 0.2),
  LL: classTask("lesion localisation", 0.07),
  OD: classTask("organ detection", 0.27),
  KD: classTask("keypoint detection", 0.07),
  CVE: {
    about: "clinical value estimation, on values from 0 to 1",
    views: [valueView],
    weight: 0.07,
    metric: valueScore.name,
    part: itself,
  },
  RG: textTask("report generation", 0.08),
  CG: textTask("caption generation", 0.04),
};

const nameOf = (task: string): string => `U2-BENCH ${task}`;

export const u2BenchEvaluations: readonly Evaluation[] = Object.entries(tasks).map(
  ([task, { about, views }]) => ({
    name: nameOf(task),
    about: `U2-BENCH: ${about}`,
    pose: ofTasks(nameOf(task)),
    views,
  }),
);

/**
 * The composite score of one model: the weighed sum of its eight tasks.
 *
 * @param scores of one model under one condition, over all regions
 * @returns undefined unless there are all eight
 */
export function u2Score(scores: readonly Score[]): number | undefined {
  const parts = Object.entries(tasks).map(([task, { metric, weight, part }]) => {
    const score = scores.find((one) => one.evaluation === nameOf(task) && one.metric === metric);
    return score?.value == null ? undefined : weight * part(score.value);
  });
  return parts.every((part) => part !== undefined) ? parts.reduce((sum, part) => sum + part, 0) : undefined;
}
