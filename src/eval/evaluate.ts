/** @file A run: models, evaluations and conditions to answers and scores. */

import { createHash } from "node:crypto";
import type { Looked } from "../data/check_pictures.ts";
import type { DataRecord } from "../data/record.ts";
import { RequestError } from "../errors.ts";
import { RESEARCH_NOTICE, VERSION } from "../generate/answer.ts";
import type { ImageSource } from "../image/read_source.ts";
import { type AnswerProgress, type AnswerSet, answerRun } from "./answer_run.ts";
import type { AnswerSettings, ModelSource } from "./answerer.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Condition, Question } from "./exchange.ts";
import { problemsOf } from "./problems.ts";
import { collectQuestions, type QuestionSet } from "./questions.ts";
import { type AnsweredEvaluation, scoresOf } from "./score_run.ts";
import type { RunScores } from "./scores.ts";

export interface EvaluateOptions {
  /** Answers are kept there; a run that was stopped goes on when it is given the same. */
  readonly folder: string;
  readonly evaluations: readonly Evaluation[];
  readonly models: readonly ModelSource[];
  readonly conditions: readonly Condition[];
  /** Its seed also draws noise, other pictures, and the bootstrap. */
  readonly settings: AnswerSettings;
  /** Draws of the bootstrap and of the exchange tests. */
  readonly draws: number;
  /** At most so many questions of each evaluation, evenly spread over its records; all when absent. */
  readonly most?: number;
  /** From `createPictureCheck`. */
  readonly look: (source: ImageSource) => Promise<Looked>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: AnswerProgress) => void;
}

/** The questions of one evaluation, under ids of their own. */
interface Posed {
  readonly evaluation: Evaluation;
  readonly set: QuestionSet;
}

/**
 * Ask, and score what comes back.
 *
 * @throws RequestError when no record has a question of these evaluations
 * @throws as `answerRun`
 */
export async function evaluate(records: readonly DataRecord[], options: EvaluateOptions): Promise<RunScores> {
  const posed = await Promise.all(
    options.evaluations.map(async (evaluation): Promise<Posed> => {
      const own = spread(evaluation.pose(records), options.most);
      return { evaluation, set: prefixed(await collectQuestions(own, options.look), evaluation.name) };
    }),
  );
  const asked = posed.filter(({ set }) => set.questions.length > 0);
  if (asked.length === 0)
    throw new RequestError(
      "records",
      `expected questions for ${options.evaluations.map(({ name }) => name).join(", ")}, got none`,
      "a record says by its task what it asks; docs/evaluation.md lists what each evaluation takes",
    );
  const kinds = new Map(
    asked.flatMap(({ evaluation, set }) => set.questions.map((question) => [question, evaluation.name])),
  );
  const answers: AnswerSet[] = [];
  const run = { ...options, set: joined(asked), kindOf: (question: Question) => kinds.get(question) ?? "" };
  for await (const set of answerRun(run)) answers.push(set);
  return {
    provenance: provenanceOf(run.set, answers, options),
    ...scoresOf(
      answers.flatMap((set) => byEvaluation(set, asked)),
      { count: options.draws, seed: options.settings.seed },
    ),
    problems: problemsOf(run.set, answers),
  };
}

/** So many, in order and evenly spread. */
function spread<T>(items: readonly T[], most = items.length): T[] {
  const count = Math.min(most, items.length);
  return Array.from({ length: count }, (_, n) => items[Math.floor((n * items.length) / count)]!);
}

function prefixed({ questions, duplicates, missing }: QuestionSet, name: string): QuestionSet {
  const idOf = (id: string) => `${name}: ${id}`;
  return {
    questions: questions.map((question) => ({ ...question, id: idOf(question.id) })),
    duplicates: duplicates.map(idOf),
    missing: new Map([...missing].map(([id, paths]) => [idOf(id), paths])),
  };
}

const joined = (posed: readonly Posed[]): QuestionSet => ({
  questions: posed.flatMap(({ set }) => set.questions),
  duplicates: posed.flatMap(({ set }) => set.duplicates),
  missing: new Map(posed.flatMap(({ set }) => [...set.missing])),
});

/** One set of answers, cut at the evaluations, whose questions stand one behind the other. */
function byEvaluation({ model, condition, given }: AnswerSet, posed: readonly Posed[]): AnsweredEvaluation[] {
  let start = 0;
  return posed.map(({ evaluation, set: { questions } }) => {
    const first = start;
    start += questions.length;
    const exchanges = questions.map((question, n) => ({ question, given: given[first + n]! }));
    return { evaluation, model, condition, exchanges };
  });
}

function provenanceOf(
  { questions }: QuestionSet,
  answers: readonly AnswerSet[],
  { settings, draws, evaluations }: EvaluateOptions,
): RunScores["provenance"] {
  const words = questions.map(({ id, expected, record }) => [id, record.messages, expected]);
  const models = new Map(answers.map(({ model, identity }) => [model, identity]));
  return {
    notice: RESEARCH_NOTICE,
    software: { name: "echovlm", version: VERSION },
    models: Object.fromEntries(models),
    evaluations: evaluations.map(({ name }) => name),
    questions: { count: questions.length, sha256: hashOf(JSON.stringify(words)) },
    settings: { ...settings, draws },
  };
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
