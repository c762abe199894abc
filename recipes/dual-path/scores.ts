/** @file What each run's model answers to the test questions, and how that scores. */

import { join } from "node:path";
import { createPictureCheck } from "../../src/data/check_pictures.ts";
import type { DataRecord } from "../../src/data/record.ts";
import { type AnswerProgress, answerRun } from "../../src/eval/answer_run.ts";
import { type Evaluation, viewsOf } from "../../src/eval/evaluation.ts";
import { evaluationsNamed } from "../../src/eval/evaluations.ts";
import type { Condition, Exchange } from "../../src/eval/exchange.ts";
import { localModel } from "../../src/eval/local_answerer.ts";
import { collectQuestions, type QuestionSet } from "../../src/eval/questions.ts";
import type { Draws } from "../../src/eval/statistics/bootstrap.ts";
import type { Scale } from "./scale.ts";

/** Whole reports, and diagnoses with what they rest on. */
export const evaluations = evaluationsNamed(["report", "diagnosis"]);
/** With the picture, and with another one in its place: what is left is not seen. */
export const conditions = ["pictures", "other picture"] as const satisfies readonly Condition[];

/** What one model answered. */
export type Answers = ReadonlyMap<(typeof conditions)[number], readonly Exchange[]>;

export interface AskOptions {
  readonly folder: string;
  readonly set: QuestionSet;
  readonly scale: Scale;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: AnswerProgress) => void;
}

/** What every run is asked. */
export async function questionsOf(records: readonly DataRecord[]): Promise<QuestionSet> {
  const look = createPictureCheck();
  const posed = await Promise.all(evaluations.map(({ pose }) => pose(records, look)));
  return collectQuestions(posed.flat(), look);
}

/** Ask one model everything, or what is missing. @param model its checkpoint's folder */
export async function ask(name: string, model: string, options: AskOptions): Promise<Answers> {
  const { folder, set, scale, signal, onProgress } = options;
  const answers = new Map<(typeof conditions)[number], Exchange[]>();
  const run = answerRun({
    folder: join(folder, "answers"),
    set,
    models: [localModel(model, { name, batch: scale.answerBatch })],
    conditions,
    settings: { maxNewTokens: scale.answerTokens, temperature: 0, seed: 1 },
    kindOf: ({ record }) => `${record.task} ${record.language}`,
    keepsTokens: () => false,
    look: createPictureCheck(),
    signal,
    onProgress,
  });
  for await (const { condition, given } of run)
    if (condition === "pictures" || condition === "other picture")
      answers.set(
        condition,
        set.questions.map((question, at) => ({ question, given: given[at]! })),
      );
  return answers;
}

/** Every question is one or the other. */
const evaluationOf = ({ question }: Exchange): string =>
  question.record.task === "report" ? "report" : "diagnosis";

const ownViews = (evaluation: Evaluation, exchanges: readonly Exchange[]) =>
  viewsOf(
    evaluation,
    exchanges.filter((one) => evaluationOf(one) === evaluation.name).map(({ question }) => question),
  );

/** A number with its 95 % interval, and p where it is a difference of two models. */
export interface Measure {
  readonly evaluation: string;
  /** Such as `BLEU-1 (en)`. */
  readonly metric: string;
  readonly signature: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly p?: number;
}

/** Scores of answers, each evaluation by its own metrics; intervals by bootstrap over pictures. */
export const scoresOf = (exchanges: readonly Exchange[], draws: Draws): Measure[] =>
  evaluations.flatMap((evaluation) =>
    ownViews(evaluation, exchanges).flatMap((view) => {
      const { name } = evaluation;
      const own = exchanges.filter((one) => evaluationOf(one) === name && view.takes(one));
      if (own.length === 0) return [];
      return view.score(own, draws).map(({ name: metric, signature, score, low, high }) => ({
        evaluation: name,
        metric,
        signature,
        value: score,
        low,
        high,
      }));
    }),
  );

/**
 * The first model's scores less the second's, on the same questions in the same order; p by exchanging the models'
 * answers picture by picture. Answers of several seeds are compared as one list, of which a picture's rows stay together.
 */
export const differencesOf = (
  first: readonly Exchange[],
  second: readonly Exchange[],
  draws: Draws,
): Measure[] =>
  evaluations.flatMap((evaluation) =>
    ownViews(evaluation, first).flatMap((view) => {
      const { name } = evaluation;
      const isOwn = (one: Exchange) => evaluationOf(one) === name && view.takes(one);
      const [own, other] = [first.filter(isOwn), second.filter(isOwn)];
      if (own.length === 0) return [];
      return view.compare(own, other, draws).map(({ name: metric, signature, score, low, high, p }) => ({
        evaluation: name,
        metric,
        signature,
        value: score,
        low,
        high,
        p,
      }));
    }),
  );
