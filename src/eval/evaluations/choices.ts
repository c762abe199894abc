/** @file Single choice and true or false: what was chosen, and how sure the model was. */

import { answeredBy, type Evaluation, ofTasks } from "../evaluation.ts";
import type { Exchange } from "../exchange.ts";
import { accuracy, balancedAccuracy } from "../metrics/accuracy.ts";
import type { ClassItem } from "../metrics/confusion.ts";
import { macroF1 } from "../metrics/f1.ts";
import type { ProbabilityItem } from "../metrics/probability.ts";
import { askedIn } from "../questions.ts";
import { classChances } from "../reading/class_chances.ts";
import { chosenOption, optionsIn } from "../reading/options.ts";
import { judgedTrue } from "../reading/truth.ts";
import { viewOf } from "../view.ts";
import { chanceView } from "./chances.ts";

/** Stands for an expected answer that is no class; such questions are not asked. */
const unreadable = "unreadable";

const letters = ["A", "B", "C", "D", "E", "F", "G", "H"] as const;

function letterOf(exchange: Exchange): ClassItem {
  const options = optionsIn(askedIn(exchange.question.record));
  return {
    expected: chosenOption(exchange.question.expected, options) ?? unreadable,
    predicted: chosenOption(exchange.given.text, options),
  };
}

const letterChances = (exchange: Exchange): ProbabilityItem => ({
  expected: letterOf(exchange).expected,
  probabilities: classChances(
    exchange.given.tokens,
    Object.fromEntries(optionsIn(askedIn(exchange.question.record)).map(({ letter }) => [letter, [letter]])),
  ),
});

const isUnread = ({ predicted }: ClassItem): boolean => predicted === undefined;

const choiceEvaluation = (name: string, about: string, ...tasks: string[]): Evaluation => ({
  name,
  about,
  pose: ofTasks(...tasks),
  canBeScored: (question) => letterOf(answeredBy(question, "")).expected !== unreadable,
  views: [
    viewOf({
      reading: "one letter, or one option's text, not denied",
      read: letterOf,
      isUnread,
      metrics: [accuracy, macroF1()],
    }),
    chanceView(letters, letterChances),
  ],
  classes: { names: letters, read: letterOf, chances: letterChances },
});

const truths = ["true", "false"] as const;
const truthName = (value: boolean | undefined): string | undefined =>
  value === undefined ? undefined : String(value);

const truthOf = ({ question, given }: Exchange): ClassItem => ({
  expected: truthName(judgedTrue(question.expected)) ?? unreadable,
  predicted: truthName(judgedTrue(given.text)),
});

const truthWords = {
  en: { true: ["True", "Yes"], false: ["False", "No"] },
  zh: { true: ["正确"], false: ["错误", "不正确"] },
} as const;

const truthChances = (exchange: Exchange): ProbabilityItem => ({
  expected: truthOf(exchange).expected,
  probabilities: classChances(exchange.given.tokens, truthWords[exchange.question.language]),
});

export const choiceEvaluations: readonly Evaluation[] = [
  choiceEvaluation("single choice", "one letter of several", "choice"),
  choiceEvaluation("single choice restated", "one letter of several, with its text", "choiceRestated"),
  choiceEvaluation("choice of captions", "which of several descriptions fits", "captionChoice"),
  {
    name: "true or false",
    about: "statements and descriptions to be judged",
    pose: ofTasks("trueFalse", "captionTrueFalse"),
    canBeScored: (question) => truthOf(answeredBy(question, "")).expected !== unreadable,
    views: [
      viewOf({
        reading: "clauses that are a verdict, all the same",
        read: truthOf,
        isUnread,
        metrics: [accuracy, balancedAccuracy, macroF1(truths)],
      }),
      chanceView(truths, truthChances, "true"),
    ],
    classes: { names: truths, read: truthOf, chances: truthChances },
  },
];
