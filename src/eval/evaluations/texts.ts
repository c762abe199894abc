/** @file Free texts: reports, diagnoses, captions and open answers, against what the record answers. */

import { type Language, type Region, regions } from "../../tasks/regions.ts";
import { labelsOf } from "../entities/labels.ts";
import { labelPatterns, labelsIn } from "../entities/mentions.ts";
import { type Evaluation, ofTasks } from "../evaluation.ts";
import type { Exchange } from "../exchange.ts";
import { bleu } from "../metrics/bleu.ts";
import { chrf } from "../metrics/chrf.ts";
import { cider } from "../metrics/cider.ts";
import { hammingLoss, type LabelSetItem, labelScore } from "../metrics/label_sets.ts";
import { meteor } from "../metrics/meteor.ts";
import { type Metric, meanOf, type TextItem } from "../metrics/metric.ts";
import { rouge } from "../metrics/rouge.ts";
import { hashOf } from "../metrics/signature.ts";
import { ultrasoundSynonyms } from "../metrics/synonyms.ts";
import type { TextUnit } from "../metrics/tokens.ts";
import { regionIn } from "../questions.ts";
import { isInLanguage, wordPatterns } from "../reading/language.ts";
import { type View, viewOf } from "../view.ts";

export const textItem = ({ question, given }: Exchange): TextItem => ({
  answer: given.text,
  references: [question.expected],
});
export const isIn =
  (language: Language) =>
  ({ question }: Exchange): boolean =>
    question.language === language;

/** English by word, Chinese by character and by word. */
const units: readonly (TextUnit & { readonly label: string })[] = [
  { language: "en", unit: "word", label: "en" },
  { language: "zh", unit: "char", label: "zh, characters" },
  { language: "zh", unit: "word", label: "zh, words" },
];

const orders = [1, 2, 3, 4] as const;
const kinds = [1, 2, "L"] as const;

/** The paper's metrics, and those a reviewer would ask for. The table of synonyms has words: no character matches one. */
const textMetrics = (unit: TextUnit): Metric<TextItem>[] => [
  ...orders.map((order) => bleu({ ...unit, order })),
  ...kinds.map((kind) => rouge({ ...unit, kind })),
  meteor({ ...unit, ...(unit.unit === "word" && { synonyms: ultrasoundSynonyms[unit.language] }) }),
  cider(unit),
  ...(unit.unit === "word" && unit.language === "zh" ? [] : [chrf()]),
  ...orders.map((order) => detail(bleu({ ...unit, order, level: "sentence" }))),
  ...kinds.flatMap((kind) =>
    (["precision", "recall"] as const).map((part) => detail(rouge({ ...unit, kind, part }))),
  ),
];

/** A metric that only explains another. */
export const detail = <Item>(metric: Metric<Item>): Metric<Item> => ({ ...metric, isDetail: true });

/** Every view of plain texts. */
export const textViews: readonly View[] = units.map(({ label, ...unit }) =>
  viewOf({
    label,
    takes: isIn(unit.language),
    read: textItem,
    metrics: textMetrics(unit),
  }),
);

/** Labels with their region before them, so that those of several regions can be counted together. */
const named = (region: Region, labels: readonly string[]) => labels.map((label) => `${region}: ${label}`);
const allLabels = regions.flatMap((region) => named(region, labelsOf(region)));

const regionOf = ({ question: { record } }: Exchange): Region | undefined =>
  regions.find((region) => region === regionIn(record));

/** The paper's entity scores: labels stated in the answer against those stated in the record's own text. */
const entityView = viewOf<LabelSetItem>({
  label: "entities",
  reading: `labels stated or doubted, of the record's region[${hashOf(labelPatterns)}]`,
  takes: (exchange) => regionOf(exchange) !== undefined,
  read(exchange) {
    const region = regionOf(exchange) ?? "breast";
    return {
      expected: named(region, labelsIn(exchange.question.expected, region)),
      answered: named(region, labelsIn(exchange.given.text, region)),
    };
  },
  metrics: [
    labelScore("F1", "macro", allLabels),
    labelScore("precision", "macro", allLabels),
    labelScore("recall", "macro", allLabels),
    labelScore("F1", "micro", allLabels),
    hammingLoss(allLabels),
  ],
});

interface Form {
  readonly isInLanguage: boolean;
  readonly hasParts: boolean;
}

/** Headings of both parts, each with something behind it. */
const parts: Readonly<Record<"report" | "diagnose", Readonly<Record<Language, RegExp>>>> = {
  report: {
    zh: /超声所见[：:]\s*\S[\s\S]*超声提示[：:]\s*\S/,
    en: /Findings:\s*\S[\s\S]*Impression:\s*\S/i,
  },
  diagnose: { zh: /超声诊断[：:]\s*\S/, en: /Diagnosis:\s*\S/i },
};

const share = (name: string, signature: string, holds: (form: Form) => boolean): Metric<Form> => ({
  name,
  signature,
  better: "higher",
  of: (items) => meanOf(items.map((item) => Number(holds(item)))),
});

const formView = (task: "report" | "diagnose") =>
  viewOf<Form>({
    reading: `form of ${task}[${hashOf([parts[task], wordPatterns])}]`,
    read: ({ question, given }) => ({
      isInLanguage: isInLanguage(given.text, question.language),
      hasParts: parts[task][question.language].test(given.text),
    }),
    metrics: [
      share("in the language asked", "by:script of most words", ({ isInLanguage }) => isInLanguage),
      share("with all its parts", "by:headings", ({ hasParts }) => hasParts),
    ],
  });

export const textEvaluations: readonly Evaluation[] = [
  {
    name: "report",
    about: "whole reports: text metrics, entities, language and form",
    pose: ofTasks("report"),
    views: [...textViews, entityView, formView("report")],
    areTexts: true,
  },
  {
    name: "diagnosis",
    about: "diagnoses with what they rest on: text metrics, entities, language and form",
    pose: ofTasks("diagnose", "diagnosis"),
    views: [...textViews, entityView, formView("diagnose")],
    areTexts: true,
  },
  {
    name: "caption",
    about: "descriptions: text metrics and entities",
    pose: ofTasks("caption"),
    views: [...textViews, entityView],
    areTexts: true,
  },
  {
    name: "open questions",
    about: "open questions: text metrics",
    pose: ofTasks("open"),
    views: textViews,
    areTexts: true,
  },
];
