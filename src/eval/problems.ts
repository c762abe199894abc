/** @file What is wrong with questions and answers: each kind counted and its questions named. */

import type { AnswerSet } from "./answer_run.ts";
import type { Given, Question } from "./exchange.ts";
import type { QuestionSet } from "./questions.ts";
import { isInLanguage } from "./read_answer.ts";
import type { Problem } from "./scores.ts";

type AnswerKind = Exclude<Problem["kind"], "duplicate id">;

/** Forms whose answers are words of a language; letters and numbers are of none. */
const isProse = (text: string): boolean => /\p{L}{3,}|\p{Script=Han}{2,}/u.test(text);

/** Empty and failed answers are of no language; a failed one is not also empty. */
function problemOf({ language }: Question, { text, finish }: Given, isMissing: boolean): AnswerKind[] {
  if (finish === "failed") return [isMissing ? "missing picture" : "no answer"];
  if (text.trim() === "") return ["empty answer"];
  return [
    ...(finish === "length" ? (["cut off at the most tokens"] as const) : []),
    ...(isProse(text) && !isInLanguage(text, language) ? (["wrong language"] as const) : []),
  ];
}

/** Everything that is wrong, by model and condition. */
export function problemsOf(
  { questions, duplicates, missing }: QuestionSet,
  answers: readonly AnswerSet[],
): Problem[] {
  const ofAnswers = answers.flatMap(({ model, condition, given }) => {
    const ids = new Map<AnswerKind, string[]>();
    for (const [row, question] of questions.entries())
      for (const kind of problemOf(question, given[row]!, missing.has(question.id)))
        ids.set(kind, [...(ids.get(kind) ?? []), question.id]);
    return [...ids].map(([kind, own]): Problem => ({ kind, model, condition, ids: own }));
  });
  const again: Problem = { kind: "duplicate id", model: "all", condition: "pictures", ids: duplicates };
  return duplicates.length > 0 ? [again, ...ofAnswers] : ofAnswers;
}
