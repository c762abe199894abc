/**
 * @file What can be asked of every picture whose facts are known, whatever its records ask: region, lesion, nature,
 * BI-RADS category, and lengths where the scale is known. The project's own questions, once a picture and language.
 */

import type { Facts } from "../../data/facts.ts";
import type { About } from "../../data/question_words.ts";
import { ask } from "../../data/questions.ts";
import type { DataRecord } from "../../data/record.ts";
import { topicsOf } from "../../data/topics.ts";
import { nameOf } from "../../image/read_source.ts";
import { type Language, languages } from "../../tasks/regions.ts";
import { namedRandom } from "../../tensor/random.ts";
import type { ClassReading, Evaluation } from "../evaluation.ts";
import type { Exchange } from "../exchange.ts";
import { accuracy, balancedAccuracy } from "../metrics/accuracy.ts";
import type { ClassItem } from "../metrics/confusion.ts";
import { macroF1 } from "../metrics/f1.ts";
import { weightedKappa } from "../metrics/kappa.ts";
import {
  type MeasurementItem,
  meanAbsoluteError,
  meanRelativeError,
  rootMeanSquareError,
  shareAnswered,
  withinRelative,
} from "../metrics/measurement.ts";
import type { Metric } from "../metrics/metric.ts";
import type { ProbabilityItem } from "../metrics/probability.ts";
import { auroc } from "../metrics/ranking.ts";
import { hashOf } from "../metrics/signature.ts";
import { classChances } from "../reading/class_chances.ts";
import { classPatterns, namedClass } from "../reading/classes.ts";
import { lengthInMm, lengthPatterns } from "../reading/numbers.ts";
import { viewOf } from "../view.ts";
import { biradsPattern, biradsScale, biradsWords, withBiradsWords } from "./birads.ts";
import { chanceReading, chanceView } from "./chances.ts";
import { type ClassWords, lesionWords, natureWords, regionWords } from "./class_words.ts";
import { hasReadableClass, isUnread, unreadable } from "./expected_class.ts";

/**
 * One open question on one fact of every picture that has it, in both languages; of several such facts the first. A
 * picture is told by its bytes: wherever it lies and however often it is shown, it is asked about once, in one wording.
 */
const aboutFacts =
  (about: About, isMeant: (facts: Facts) => boolean = () => true): Evaluation["pose"] =>
  async (records, look) => {
    const pictures = new Map<string, DataRecord & { readonly facts: Facts }>();
    for (const { videos, ...record } of records) {
      const { facts, images: [image, ...more] = [] } = record;
      if (!facts || image === undefined || more.length > 0 || videos || !isMeant(facts)) continue;
      const looked = await look(image);
      const name = "header" in looked ? looked.header.hash.slice(0, 16) : nameOf(image);
      const before = pictures.get(name);
      // Not whichever comes first: the order of records is to change nothing.
      if (!before || lotOf(record) < lotOf(before)) pictures.set(name, { ...record, facts });
    }
    return [...pictures].flatMap(([picture, record]) =>
      languages.flatMap((language) => {
        const random = namedRandom(0, `${about} ${language} ${picture}`);
        const topic = topicsOf(record.facts, random).find((one) => one.about === about);
        if (topic === undefined) return [];
        const { prompt, answer } = ask(topic, "open", record.facts, language, random);
        const messages = [
          { role: "user" as const, content: `<image>${prompt}` },
          { role: "assistant" as const, content: answer },
        ];
        const group = record.group ?? picture;
        return [{ ...record, id: `${picture} ${language}`, messages, task: about, language, group }];
      }),
    );
  };

const lotOf = ({ id, group, messages, facts }: DataRecord): string =>
  JSON.stringify([id, group, messages, facts]);

interface ReadingOptions {
  /** The class that a text means by denying another, such as "absent" by denying "present". */
  readonly denied?: Readonly<Record<string, string>>;
  /** The text with its classes in these words, where they are written in more ways than can be listed. */
  readonly rewrite?: {
    readonly text: (text: string, language: Language) => string;
    readonly pattern: string;
  };
}

function reading(words: ClassWords, { denied = {}, rewrite }: ReadingOptions = {}) {
  const wordsOf = ({ question }: Exchange) =>
    Object.fromEntries(Object.entries(words).map(([name, own]) => [name, own[question.language]]));
  const classIn = (text: string, exchange: Exchange) =>
    namedClass(rewrite?.text(text, exchange.question.language) ?? text, wordsOf(exchange), denied);
  const read = (exchange: Exchange): ClassItem => ({
    expected: classIn(exchange.question.expected, exchange) ?? unreadable,
    predicted: classIn(exchange.given.text, exchange),
  });
  const chances = (exchange: Exchange): ProbabilityItem => ({
    expected: read(exchange).expected,
    probabilities: classChances(
      exchange.given.tokens,
      Object.fromEntries(
        Object.entries(wordsOf(exchange)).flatMap(([name, [word]]) => (word ? [[name, [word]]] : [])),
      ),
    ),
  });
  return {
    names: Object.keys(words),
    read,
    chances,
    text: `class words, whole and not denied[${hashOf([words, denied, classPatterns, rewrite?.pattern])}]`,
  };
}

const classView = (
  { text, read }: ReturnType<typeof reading>,
  metrics: readonly Metric<ClassItem>[] = [accuracy, balancedAccuracy, macroF1()],
) => viewOf({ reading: text, read, isUnread, metrics });

const natureClasses = reading(natureWords);

/** Open answers name these in many words, of which no token tells the classes apart. */
function classEvaluation(
  name: string,
  about: string,
  asked: About,
  classes: ReturnType<typeof reading>,
  metrics?: readonly Metric<ClassItem>[],
) {
  const { names, read } = classes;
  const own: ClassReading = { names, read };
  return {
    name,
    about,
    pose: aboutFacts(asked),
    canBeScored: hasReadableClass(read),
    views: [classView(classes, metrics)],
    classes: own,
  };
}

/** Benign against malignant only: how well the model's chances order them. */
const malignancyView = (reading: string) =>
  viewOf<ProbabilityItem>({
    label: "benign against malignant",
    reading,
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
    metrics: [auroc("malignant")],
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
  canBeScored: ({ expected }) => (lengthInMm(expected) ?? 0) > 0,
  views: [
    viewOf({
      reading: `first length with a unit, of dimensions the first[${hashOf(lengthPatterns)}]`,
      read: lengthItem,
      isUnread: ({ answered }) => answered === undefined,
      metrics: [
        withinRelative(0.1),
        meanAbsoluteError("mm"),
        rootMeanSquareError("mm"),
        meanRelativeError,
        shareAnswered,
      ],
    }),
  ],
});

export const factEvaluations: readonly Evaluation[] = [
  classEvaluation(
    "region",
    "which region a picture shows, or that it shows no anatomy",
    "region",
    reading(regionWords),
  ),
  classEvaluation(
    "lesion",
    "whether there is a lesion; a picture without anatomy must be called that",
    "lesion",
    reading(lesionWords, { denied: { present: "absent" } }),
  ),
  {
    name: "nature",
    about: "normal, benign or malignant",
    pose: aboutFacts("pathology", ({ empty }) => empty === undefined),
    canBeScored: hasReadableClass(natureClasses.read),
    views: (_, logprobs) => {
      const { names: classes, chances } = natureClasses;
      const reading = chanceReading(natureWords, logprobs);
      return [classView(natureClasses), malignancyView(reading), chanceView({ classes, chances, reading })];
    },
    classes: natureClasses,
  },
  classEvaluation(
    "birads",
    "BI-RADS category of a lesion, 1 to 5; 4A to 4C are 4",
    "birads",
    reading(biradsWords, { rewrite: { text: withBiradsWords, pattern: biradsPattern } }),
    [accuracy, weightedKappa("quadratic", biradsScale)], // one answer alone has no kappa: the worst are found by accuracy
  ),
  lengthEvaluation("head circumference", "headCircumference"),
  lengthEvaluation("long axis", "longAxis"),
];
