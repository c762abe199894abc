/** @file What is wrong with questions and answers: each kind counted and its questions named. */

import type { AnswerSet } from "./answer_run.ts";
import type { Given, Question } from "./exchange.ts";
import type { QuestionSet } from "./questions.ts";
import { isInLanguage } from "./reading/language.ts";
import type { Problem } from "./scores.ts";

type AnswerKind = Exclude<Problem["kind"], "duplicate id" | "unreadable expectation" | "missing picture">;

/** Texts that are words of a language; letters and numbers are of none. */
const isProse = (text: string): boolean => /\p{L}{3,}|\p{Script=Han}{2,}/u.test(text);

/** "BI-RADS 3" is expected in Chinese too. */
const isInWrongLanguage = ({ language, expected }: Question, text: string): boolean => {
  const isWrong = (words: string) => isProse(words) && !isInLanguage(words, language);
  return isWrong(text) && !isWrong(expected);
};

/** Characters that no answer is reproached for. */
const alwaysFine = 1000;

/** Empty and failed answers are of no language; a failed one is not also empty. */
function problemsIn(question: Question, { text, finish }: Given, longest: number): AnswerKind[] {
  if (finish === "failed") return ["no answer"];
  if (text.trim() === "") return ["empty answer"];
  return [
    ...(finish === "length" ? (["cut off at the most tokens"] as const) : []),
    ...(text.length > longest ? (["far too long"] as const) : []),
    ...(isInWrongLanguage(question, text) ? (["wrong language"] as const) : []),
  ];
}

export interface Asked {
  readonly set: QuestionSet;
  /** Ids of questions that were not asked, since what they expect cannot be read. */
  readonly unreadable: readonly string[];
  readonly answers: readonly AnswerSet[];
}

/** Everything that is wrong: with the records once, with answers by model and condition. */
export function problemsOf({ set, unreadable, answers }: Asked): Problem[] {
  const { questions, duplicates, missing } = set;
  const longest = Math.max(alwaysFine, ...questions.map(({ expected }) => 10 * expected.length));
  const ofRecords = (
    [
      ["duplicate id", duplicates],
      ["missing picture", [...missing.keys()]],
      ["unreadable expectation", unreadable],
    ] as const
  ).map(([kind, ids]): Problem => ({ kind, model: "all", condition: "pictures", ids }));
  const ofAnswers = answers.flatMap(({ model, condition, given }) => {
    const ids = new Map<AnswerKind, string[]>();
    for (const [row, question] of questions.entries()) {
      const answer = given[row]!;
      if (answer.finish === "failed" && missing.has(question.id)) continue;
      for (const kind of problemsIn(question, answer, longest))
        ids.set(kind, [...(ids.get(kind) ?? []), question.id]);
    }
    return [...ids].map(([kind, own]): Problem => ({ kind, model, condition, ids: own }));
  });
  return [...ofRecords.filter(({ ids }) => ids.length > 0), ...ofAnswers];
}
