/** @file A run: models, evaluations and conditions to answers and scores. */

import { createHash } from "node:crypto";
import type { Looked } from "../data/check_pictures.ts";
import { type DataRecord, picturesOf } from "../data/record.ts";
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
  /** At most so many questions of each evaluation, drawn by their ids: fewer are always among more. All when absent. */
  readonly most?: number;
  /** From `createPictureCheck`. */
  readonly look: (source: ImageSource) => Promise<Looked>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: AnswerProgress) => void;
}

/** The questions of one evaluation, under ids of their own and in the order of these. */
interface Posed {
  readonly evaluation: Evaluation;
  readonly set: QuestionSet;
  /** Ids of questions that are not asked, since what they expect cannot be read. */
  readonly unreadable: readonly string[];
}

/**
 * Ask, and score what comes back. Neither the order of the records nor where the pictures lie changes any number.
 *
 * @throws RequestError when no record has a question of these evaluations
 * @throws as `answerRun`
 */
export async function evaluate(records: readonly DataRecord[], options: EvaluateOptions): Promise<RunScores> {
  const posed: Posed[] = [];
  for (const evaluation of options.evaluations) posed.push(await posedBy(evaluation, records, options));
  const asked = posed.filter(({ set }) => set.questions.length > 0);
  if (asked.length === 0)
    throw new RequestError(
      "records",
      `expected questions for ${options.evaluations.map(({ name }) => name).join(", ")}, got none that can be scored`,
      "a record says by its task what it asks; docs/evaluation.md lists what each evaluation takes",
    );
  const evaluationOf = new Map(
    asked.flatMap(({ evaluation, set }) => set.questions.map((question) => [question, evaluation])),
  );
  const set = joined(asked);
  const run = {
    ...options,
    set,
    kindOf: (question: Question) => evaluationOf.get(question)?.name ?? "",
    isText: (question: Question) => evaluationOf.get(question)?.areTexts === true,
    keepsTokens: (question: Question) => evaluationOf.get(question)?.classes?.chances !== undefined,
  };
  const answers: AnswerSet[] = [];
  for await (const answered of answerRun(run)) answers.push(answered);
  const parts = answers.flatMap((answered) => byEvaluation(answered, asked));
  for (const { evaluation, exchanges } of parts) await evaluation.prepare?.(exchanges, options.signal);
  return {
    provenance: await provenanceOf(asked, answers, options),
    ...scoresOf(parts, { count: options.draws, seed: options.settings.seed }, options.settings.logprobs),
    problems: problemsOf({
      set: { ...set, duplicates: posed.flatMap((one) => one.set.duplicates) },
      unreadable: posed.flatMap(({ unreadable }) => unreadable),
      answers,
    }),
  };
}

async function posedBy(
  evaluation: Evaluation,
  records: readonly DataRecord[],
  { look, most }: EvaluateOptions,
): Promise<Posed> {
  const { name, pose, canBeScored = () => true } = evaluation;
  const idOf = (id: string) => `${name}: ${id}`;
  const { questions, duplicates, missing } = await collectQuestions(await pose(records, look), look);
  const readable = drawn(questions.filter(canBeScored), most);
  return {
    evaluation,
    set: {
      questions: readable.map((question) => ({ ...question, id: idOf(question.id) })),
      duplicates: duplicates.map(idOf).sort(),
      missing: new Map(
        readable.flatMap(({ id }) => {
          const paths = missing.get(id);
          return paths ? [[idOf(id), paths] as const] : [];
        }),
      ),
    },
    unreadable: questions.filter((question) => !canBeScored(question)).map(({ id }) => idOf(id)),
  };
}

/** So many, whichever order they come in; in the order of their ids. */
function drawn(questions: readonly Question[], most = questions.length): Question[] {
  return questions
    .map((question) => ({ question, lot: hashOf(question.id) }))
    .sort((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, most)
    .map(({ question }) => question)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
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

async function provenanceOf(
  posed: readonly Posed[],
  answers: readonly AnswerSet[],
  { settings, draws, look }: EvaluateOptions,
): Promise<RunScores["provenance"]> {
  const questions: Record<string, { readonly count: number; readonly sha256: string }> = {};
  for (const { evaluation, set } of posed) {
    const told: unknown[] = [];
    for (const { id, expected, record } of set.questions) {
      const pictures = await Promise.all(picturesOf(record).map(look));
      const hashes = pictures.map((one) => ("header" in one ? one.header.hash : "unreadable"));
      told.push([id, record.messages, expected, hashes]);
    }
    questions[evaluation.name] = { count: told.length, sha256: hashOf(JSON.stringify(told)) };
  }
  return {
    notice: RESEARCH_NOTICE,
    software: { name: "echovlm", version: VERSION },
    models: Object.fromEntries(
      answers
        .filter(({ condition }) => condition !== "majority")
        .map(({ model, identity }) => [model, identity]),
    ),
    questions,
    settings: { ...settings, draws },
  };
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");
