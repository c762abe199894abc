/** @file Single choice and true or false: what was chosen, and how sure the model was. */

import { type Evaluation, ofTasks } from "../evaluation.ts";
import type { Exchange } from "../exchange.ts";
import { accuracy, balancedAccuracy } from "../metrics/accuracy.ts";
import type { ClassItem } from "../metrics/confusion.ts";
import { macroF1 } from "../metrics/f1.ts";
import type { ProbabilityItem } from "../metrics/probability.ts";
import { hashOf } from "../metrics/signature.ts";
import { askedIn } from "../questions.ts";
import { classChances } from "../reading/class_chances.ts";
import { chosenOption, optionPatterns, optionsIn } from "../reading/options.ts";
import { judgedTrue, truthPatterns } from "../reading/truth.ts";
import { viewOf } from "../view.ts";
import { chanceReading, chanceView } from "./chances.ts";
import { hasReadableClass, isUnread, unreadable } from "./expected_class.ts";

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

const choiceEvaluation = (name: string, about: string, ...tasks: string[]): Evaluation => ({
  name,
  about,
  pose: ofTasks(...tasks),
  canBeScored: hasReadableClass(letterOf),
  views: (_, logprobs) => [
    viewOf({
      reading: `one letter, or one option's text, not denied[${hashOf(optionPatterns)}]`,
      read: letterOf,
      isUnread,
      metrics: [accuracy, macroF1()],
    }),
    chanceView({
      classes: letters,
      chances: letterChances,
      reading: chanceReading([letters, optionPatterns], logprobs),
    }),
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
    canBeScored: hasReadableClass(truthOf),
    views: (_, logprobs) => [
      viewOf({
        reading: `clauses that are a verdict, all the same[${hashOf(truthPatterns)}]`,
        read: truthOf,
        isUnread,
        metrics: [accuracy, balancedAccuracy, macroF1(truths)],
      }),
      chanceView({
        classes: truths,
        chances: truthChances,
        reading: chanceReading(truthWords, logprobs),
        positive: "true",
      }),
    ],
    classes: { names: truths, read: truthOf, chances: truthChances },
  },
];
