/**
 * @file What can be asked of every picture whose facts are known, whatever its records ask: region, lesion, nature, and
 * lengths where the scale is known. The project's own questions, once a picture and language.
 */

import type { Facts } from "../../data/facts.ts";
import type { About } from "../../data/question_words.ts";
import { ask } from "../../data/questions.ts";
import type { DataRecord } from "../../data/record.ts";
import { topicsOf } from "../../data/topics.ts";
import { languages } from "../../tasks/regions.ts";
import { namedRandom } from "../../tensor/random.ts";
import type { ClassReading, Evaluation } from "../evaluation.ts";
import type { Exchange } from "../exchange.ts";
import { accuracy, balancedAccuracy } from "../metrics/accuracy.ts";
import type { ClassItem } from "../metrics/confusion.ts";
import { macroF1 } from "../metrics/f1.ts";
import {
  type MeasurementItem,
  meanAbsoluteError,
  meanRelativeError,
  rootMeanSquareError,
  shareAnswered,
  withinRelative,
} from "../metrics/measurement.ts";
import type { ProbabilityItem } from "../metrics/probability.ts";
import { auroc } from "../metrics/ranking.ts";
import { classChances, lengthInMm, namedClass } from "../read_answer.ts";
import { viewOf } from "../view.ts";
import { chanceView } from "./chances.ts";
import { type ClassWords, lesionWords, natureWords, regionWords } from "./class_words.ts";

/** One open question on one fact of every picture that has it, in both languages; of several such facts the first. */
const aboutFacts =
  (about: About, isMeant: (facts: Facts) => boolean = () => true) =>
  (records: readonly DataRecord[]): DataRecord[] => {
    const pictures = new Map(records.map((record) => [pictureOf(record), record]));
    return [...pictures].flatMap(([picture, record]) => {
      const { facts, images } = record;
      if (facts === undefined || images?.length !== 1 || !isMeant(facts)) return [];
      return languages.flatMap((language) => {
        const random = namedRandom(0, `${about} ${language} ${picture}`);
        const topic = topicsOf(facts, random).find((one) => one.about === about);
        if (topic === undefined) return [];
        const { prompt, answer } = ask(topic, "open", facts, language, random);
        const messages = [
          { role: "user" as const, content: `<image>${prompt}` },
          { role: "assistant" as const, content: answer },
        ];
        return [{ ...record, id: `${picture} ${about} ${language}`, messages, task: about, language }];
      });
    });
  };

/** What tells a record's pictures from others: their paths, or of bytes the record's own name. */
const pictureOf = ({ id, images = [] }: DataRecord): string =>
  images.every((image) => typeof image === "string") ? images.join(" ") : (id ?? "");

function reading(words: ClassWords): ClassReading {
  const names = Object.keys(words);
  const wordsOf = ({ question }: Exchange) =>
    Object.fromEntries(Object.entries(words).map(([name, own]) => [name, own[question.language]]));
  const read = (exchange: Exchange): ClassItem => ({
    expected: namedClass(exchange.question.expected, wordsOf(exchange)) ?? "none",
    predicted: namedClass(exchange.given.text, wordsOf(exchange)),
  });
  const chances = (exchange: Exchange): ProbabilityItem => ({
    expected: read(exchange).expected,
    probabilities: classChances(
      exchange.given.tokens,
      Object.fromEntries(
        Object.entries(wordsOf(exchange)).flatMap(([name, [word]]) => (word ? [[name, word]] : [])),
      ),
    ),
  });
  return { names, read, chances };
}

const classView = (classes: ClassReading) =>
  viewOf({
    read: classes.read,
    isUnread: ({ predicted }) => predicted === undefined,
    metrics: () => [accuracy, balancedAccuracy, macroF1()],
  });

const [regionClasses, lesionClasses, natureClasses] = [regionWords, lesionWords, natureWords].map(
  reading,
) as [ClassReading, ClassReading, ClassReading];

/** Benign against malignant only: how well the model's chances order them. */
const malignancyView = viewOf<ProbabilityItem>({
  label: "benign against malignant",
  takes: (exchange) =>
    exchange.given.tokens !== undefined && natureClasses.read(exchange).expected !== "normal",
  read(exchange) {
    const { expected, probabilities } = natureClasses.chances(exchange);
    const { benign = 0, malignant = 0 } = probabilities;
    const both = benign + malignant;
    return {
      expected,
      probabilities: both > 0 ? { benign: benign / both, malignant: malignant / both } : {},
    };
  },
  isUnread: ({ probabilities }) => probabilities.malignant === undefined,
  metrics: () => [auroc("malignant")],
});

const lengthItem = ({ question, given }: Exchange): MeasurementItem => ({
  expected: lengthInMm(question.expected) ?? Number.NaN,
  answered: lengthInMm(given.text),
  unit: "mm",
});

const lengthEvaluation = (name: string, about: About): Evaluation => ({
  name,
  about: "millimetres, with the scale of the picture in the prompt",
  pose: aboutFacts(about, ({ mmPerPixel }) => mmPerPixel !== undefined),
  views: [
    viewOf({
      read: lengthItem,
      isUnread: ({ answered }) => answered === undefined,
      metrics: () => [
        meanAbsoluteError("mm"),
        rootMeanSquareError("mm"),
        meanRelativeError,
        withinRelative(0.1),
        shareAnswered,
      ],
    }),
  ],
});

export const factEvaluations: readonly Evaluation[] = [
  {
    name: "region",
    about: "which region a picture shows, or that it shows no anatomy",
    pose: aboutFacts("region"),
    views: [classView(regionClasses)],
    classes: regionClasses,
  },
  {
    name: "lesion",
    about: "whether there is a lesion; a picture without anatomy must be called that",
    pose: aboutFacts("lesion"),
    views: [classView(lesionClasses)],
    classes: lesionClasses,
  },
  {
    name: "nature",
    about: "normal, benign or malignant",
    pose: aboutFacts("pathology", ({ empty }) => empty === undefined),
    views: [classView(natureClasses), malignancyView, chanceView(natureClasses.names, natureClasses.chances)],
    classes: natureClasses,
  },
  lengthEvaluation("head circumference", "headCircumference"),
  lengthEvaluation("long axis", "longAxis"),
];
