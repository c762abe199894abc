/** @file What scores mean: how no model scores, and how one that knows every fact but not its wording. */

import { visibleFacts } from "../../src/data/context.ts";
import { taskQuestion } from "../../src/data/questions.ts";
import { openStream } from "../../src/data/simulator/draw.ts";
import type { Exchange, Question } from "../../src/eval/exchange.ts";
import { typicalAnswers } from "../../src/eval/typical.ts";
import { seedOf } from "../echovlm-nano/plan.ts";

/** Answers that no model gave. */
export interface Reference {
  readonly name: string;
  readonly about: string;
  readonly exchanges: readonly Exchange[];
}

/** @param questions of the test; one without facts, or alone of its kind, has no answer here */
export const referencesOf = (questions: readonly Question[]): Reference[] => {
  const typical = typicalAnswers(questions, ({ record }) => record.task ?? "");
  const answered = (answerOf: (question: Question) => string | undefined): Exchange[] =>
    questions.flatMap((question) => {
      const text = answerOf(question);
      return text === undefined ? [] : [{ question, given: { id: question.id, text, finish: "stop" } }];
    });
  return [
    {
      name: "reworded",
      about: "every fact of the picture, told anew by the generator of the reports",
      exchanges: answered(reworded),
    },
    {
      name: "typical",
      about: "the answer most like all others, whatever the picture",
      exchanges: answered(({ id }) => typical.get(id)),
    },
  ];
};

function reworded({ id, language, record: { task, facts } }: Question): string | undefined {
  if (facts === undefined || (task !== "report" && task !== "diagnose")) return undefined;
  const { random } = openStream(seedOf("dual-path", "reworded", id), `${task} ${language}`);
  return taskQuestion(task, visibleFacts(facts), language, random)?.answer;
}
