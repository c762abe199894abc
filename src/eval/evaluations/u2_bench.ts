/**
 * @file The eight tasks of U2-BENCH in its own metrics, on records whose `task` is "U2-BENCH" and the task's short name,
 * such as "U2-BENCH DD", and the score they make together. Its data is not part of this package.
 *
 * @see U2-BENCH: Benchmarking Large Vision-Language Models on Ultrasound Understanding, arXiv 2505.17779
 */

import { VERSION } from "../../generate/answer.ts";
import { type Evaluation, ofTasks } from "../evaluation.ts";
import type { Exchange, Question } from "../exchange.ts";
import { accuracy } from "../metrics/accuracy.ts";
import type { ClassItem } from "../metrics/confusion.ts";
import { macroF1 } from "../metrics/f1.ts";
import {
  type MeasurementItem,
  meanAbsoluteError,
  normalisedRmseScore,
  shareAnswered,
} from "../metrics/measurement.ts";
import type { Scored } from "../metrics/metric.ts";
import { hashOf } from "../metrics/signature.ts";
import { classPatterns, namedClass } from "../reading/classes.ts";
import { firstNumber, numberPatterns } from "../reading/numbers.ts";
import type { Score } from "../scores.ts";
import { type View, viewOf } from "../view.ts";
import { textViews } from "./texts.ts";

/** The expected class, apart from case and the marks around it; of a letter the case tells it from the article "a". */
function plain(text: string): string {
  const words = text.normalize("NFKC").replace(/^[\s\p{P}]+|[\s\p{P}]+$/gu, "");
  return words.length > 1 ? words.toLowerCase() : words;
}

/** The classes of a task are those that its questions expect; an answer has to name one of them and no other. */
function classViews(questions: readonly Question[]): View[] {
  const classes = [...new Set(questions.map(({ expected }) => plain(expected)))].sort();
  const names = Object.fromEntries(classes.map((one) => [one, [one]]));
  return [
    viewOf<ClassItem>({
      reading: `the one class named, not denied, of those expected[${hashOf([classes, classPatterns])}]`,
      read: ({ question, given }) => ({
        expected: plain(question.expected),
        predicted: namedClass(given.text, names),
      }),
      isUnread: ({ predicted }) => predicted === undefined,
      metrics: [accuracy, macroF1()],
    }),
  ];
}

const unit = "as asked";
const valueScore = normalisedRmseScore({ from: 0, to: 1 }, unit);

const valueView = viewOf<MeasurementItem>({
  reading: `first number that is no part of a name, percent as hundredths[${hashOf(numberPatterns)}]`,
  read: ({ question, given }) => ({
    expected: firstNumber(question.expected) ?? Number.NaN,
    answered: firstNumber(given.text),
    unit,
  }),
  isUnread: ({ answered }) => answered === undefined,
  metrics: [valueScore, meanAbsoluteError(unit), shareAnswered],
});

interface U2Task extends Pick<Evaluation, "about" | "views" | "canBeScored" | "areTexts"> {
  /** Weight in the composite score. */
  readonly weight: number;
  /** The metric that is weighed. */
  readonly metric: string;
  /** What the metric is divided by to lie between 0 and 1. */
  readonly whole: number;
}

const classTask = (about: string, weight: number): U2Task => ({
  about,
  views: classViews,
  canBeScored: ({ expected }) => plain(expected) !== "",
  weight,
  metric: accuracy.name,
  whole: 1,
});
const textTask = (about: string, weight: number): U2Task => ({
  about,
  views: textViews,
  areTexts: true,
  weight,
  metric: "BLEU-4 (en)",
  whole: 100,
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
    canBeScored: ({ expected }) => firstNumber(expected) !== undefined,
    weight: 0.07,
    metric: valueScore.name,
    whole: 1,
  },
  RG: textTask("report generation", 0.08),
  CG: textTask("caption generation", 0.04),
};

const nameOf = (task: string): string => `U2-BENCH ${task}`;

export const u2BenchEvaluations: readonly Evaluation[] = Object.entries(tasks).map(
  ([task, { about, views, canBeScored, areTexts }]) => ({
    name: nameOf(task),
    about: `U2-BENCH: ${about}`,
    pose: ofTasks(nameOf(task)),
    ...(canBeScored && { canBeScored }),
    ...(areTexts && { areTexts }),
    views,
  }),
);

const weights = Object.entries(tasks).map(
  ([task, { weight, metric, whole }]) => `${weight} ${task} ${metric}${whole === 1 ? "" : `/${whole}`}`,
);

/** What is said of the composite score beside its numbers. */
export const u2Text = {
  evaluation: "U2-BENCH",
  metric: "U2-Score",
  signature: `sum:${weights.join(" + ")}|version:echovlm-${VERSION}`,
  better: "higher",
} as const satisfies Partial<Score>;

/** All answers of one model to an evaluation. */
export interface Answered {
  readonly evaluation: Evaluation;
  readonly views: readonly View[];
  readonly exchanges: readonly Exchange[];
}

/**
 * The composite score of one model: the weighed sum of its eight tasks.
 *
 * @param parts of one model under one condition, over all regions
 * @returns of rows that count through the answers of all parts, one part behind the other; undefined unless there are
 *   all eight tasks
 */
export function u2Scored(parts: readonly Answered[]): Scored | undefined {
  const scorers = Object.entries(tasks).map(([task, { metric, weight, whole }]) => {
    const scored = scoredAmong(parts, nameOf(task), metric);
    return scored && ((rows: readonly number[]) => (weight * scored.score(rows)) / whole);
  });
  const known = scorers.filter((scorer) => scorer !== undefined);
  if (known.length < scorers.length) return undefined;
  return { score: (rows) => known.reduce((sum, scorer) => sum + scorer(rows), 0) };
}

/** A metric of one evaluation, of rows that count through the answers of all. */
function scoredAmong(parts: readonly Answered[], name: string, metric: string): Scored | undefined {
  const at = parts.findIndex(({ evaluation }) => evaluation.name === name);
  const { views, exchanges } = parts[at] ?? { views: [], exchanges: [] };
  const start = parts.slice(0, at).reduce((sum, part) => sum + part.exchanges.length, 0);
  for (const view of views) {
    const taken = exchanges.flatMap((exchange, row) => (view.takes(exchange) ? [{ exchange, row }] : []));
    const scored = view.scored(
      metric,
      taken.map(({ exchange }) => exchange),
    );
    if (scored === undefined || taken.length === 0) continue;
    const own = new Map(taken.map(({ row }, place) => [start + row, place]));
    return { score: (rows) => scored.score(rows.flatMap((row) => own.get(row) ?? [])) };
  }
  return undefined;
}

export const isU2Task = ({ name }: Evaluation): boolean =>
  Object.keys(tasks).some((task) => nameOf(task) === name);
