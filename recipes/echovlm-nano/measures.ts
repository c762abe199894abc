/** @file Figures of a model's answers to the test questions. */

import type { DataRecord } from "../../src/data/record.ts";
import { pathologyNames } from "../../src/data/vocabulary.ts";
import { balancedAccuracy } from "../../src/eval/metrics/accuracy.ts";
import { everyRow } from "../../src/eval/metrics/metric.ts";
import { areaUnderRoc } from "../../src/eval/metrics/ranking.ts";
import type { Answer } from "../../src/generate/answer.ts";
import type { Language } from "../../src/tasks/regions.ts";

/** A test record and what the model said. */
export interface Answered {
  readonly record: DataRecord;
  readonly answer: Answer;
  /** Per token of the answer the likeliest texts at its place. */
  readonly alternatives: readonly (readonly { readonly text: string; readonly logprob: number }[])[];
}

/** One figure. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  /** How the value is written. */
  readonly unit: "%" | "mm" | "";
  /** Answers it is taken from. */
  readonly count: number;
}

/** Kinds of question, as the ids of test records end. */
const asks = (kind: string) => (one: Answered) => one.record.id?.endsWith(` ${kind}`) === true;
const isReal = ({ record: { facts, simulated } }: Answered) => !simulated && facts?.empty === undefined;
const isEmpty = ({ record: { facts } }: Answered) => facts?.empty !== undefined;
const expectedOf = ({ record }: Answered): string => record.messages[1]?.content ?? "";
const said = ({ answer }: Answered): string => answer.text.trim();
const isRight = (one: Answered): boolean => said(one) === expectedOf(one).trim();

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function share(name: string, all: readonly Answered[], holds: (one: Answered) => boolean): Measure {
  return { name, value: mean(all.map((one) => Number(holds(one)))), unit: "%", count: all.length };
}

const classes = ["normal", "benign", "malignant"] as const;
type BreastClass = (typeof classes)[number];

/** The words of a class in answers. */
const classWords: Readonly<Record<BreastClass, Record<Language, string>>> = {
  normal: { zh: "正常", en: "normal" },
  benign: pathologyNames.benign,
  malignant: pathologyNames.malignant,
};

/** The class a text names; undefined when it names none or several. */
function classIn(text: string, language: Language): BreastClass | undefined {
  const found = classes.filter((name) => text.includes(classWords[name][language]));
  return found.length === 1 ? found[0] : undefined;
}

const languageOf = ({ record }: Answered): Language => record.language ?? "en";
const trueClass = (one: Answered) => classIn(expectedOf(one), languageOf(one));

/** Mean over the classes of the share of each that is named rightly. */
function breastBalancedAccuracy(all: readonly Answered[]): number {
  const items = all.flatMap((one) => {
    const expected = trueClass(one);
    return expected === undefined ? [] : [{ expected, predicted: classIn(said(one), languageOf(one)) }];
  });
  return balancedAccuracy.of(items).score(everyRow(items));
}

/**
 * log p(malignant) − log p(benign) where the answer names its class: the two words, or how they begin, among the
 * alternatives of the first token where either could stand.
 */
export function malignancyScore(one: Answered): number | undefined {
  const language = languageOf(one);
  for (const top of one.alternatives) {
    const best = (name: BreastClass) => {
      const word = classWords[name][language];
      const own = top.filter(({ text }) => text.trim() !== "" && word.startsWith(text.trim()));
      return own.length === 0 ? undefined : Math.max(...own.map(({ logprob }) => logprob));
    };
    const [malignant, benign] = [best("malignant"), best("benign")];
    const chosen = Math.max(malignant ?? Number.NEGATIVE_INFINITY, benign ?? Number.NEGATIVE_INFINITY);
    // Somewhere both are far from likely by chance; here the answer decides.
    if (malignant !== undefined && benign !== undefined && chosen > Math.log(0.02)) return malignant - benign;
  }
  return undefined;
}

function auc(name: string, all: readonly Answered[]): Measure {
  const decided = all.filter((one) => trueClass(one) === "malignant" || trueClass(one) === "benign");
  const area = areaUnderRoc(
    decided.map((one) => malignancyScore(one) ?? 0),
    decided.map((one) => trueClass(one) === "malignant"),
  );
  return { name, value: area.score(everyRow(decided)), unit: "", count: decided.length };
}

const millimetres = (text: string): number | undefined => {
  const [, digits] = /(\d+(?:\.\d+)?)\s*mm/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits);
};

/** An answer without a number counts with the whole circumference as its error. */
function circumferenceErrors(all: readonly Answered[]): number[] {
  return all.map((one) => {
    const truth = millimetres(expectedOf(one)) ?? 0;
    return Math.abs((millimetres(said(one)) ?? 0) - truth);
  });
}

/** Han characters among letters. */
function hanShare(text: string): number {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const latin = text.match(/\p{Script=Latin}+/gu)?.length ?? 0;
  return han / Math.max(1, han + latin);
}
const isIn = (language: Language, text: string): boolean =>
  language === "zh" ? hanShare(text) > 0.7 : hanShare(text) === 0 && /[a-z]/i.test(text);

const headings: Readonly<Record<Language, RegExp>> = {
  zh: /^超声所见：\S[\s\S]*\n超声提示：\S/,
  en: /^Findings: \S[\s\S]*\nImpression: \S/,
};

/** Every figure. Real pictures unless the name says otherwise. */
export function measuresOf(answered: readonly Answered[]): Measure[] {
  const real = answered.filter(isReal);
  const simulated = answered.filter(({ record }) => record.simulated === true);
  const empty = answered.filter(isEmpty);
  const region = real.filter(asks("region open"));
  const breast = real.filter(asks("pathology open"));
  const heads = real.filter(asks("headCircumference open"));
  const reports = answered.filter(asks("report"));
  const lesions = empty.filter(asks("lesion open"));
  const errors = circumferenceErrors(heads);
  const byRegion = [...new Set(region.map(({ record }) => String(record.region)))].sort();
  return [
    share("region named", region, isRight),
    ...byRegion.map((name) =>
      share(
        `region named: ${name}`,
        region.filter(({ record }) => record.region === name),
        isRight,
      ),
    ),
    share("region named, simulated", simulated.filter(asks("region open")), isRight),
    {
      name: "breast balanced accuracy",
      value: breastBalancedAccuracy(breast),
      unit: "%",
      count: breast.length,
    },
    ...classes.map((name) =>
      share(
        `breast ${name} found`,
        breast.filter((one) => trueClass(one) === name),
        (one) => classIn(said(one), languageOf(one)) === name,
      ),
    ),
    share("breast class by letter", real.filter(asks("pathology choice")), isRight),
    auc("benign against malignant, AUC", breast),
    share("lesion present, right", real.filter(asks("lesion open")), isRight),
    { name: "head circumference, mean absolute error", value: mean(errors), unit: "mm", count: heads.length },
    share("report in the language asked", reports, (one) => isIn(languageOf(one), said(one))),
    share("report with findings and impression", reports, (one) => headings[languageOf(one)].test(said(one))),
    share("noise or photograph named as such", empty.filter(asks("region open")), isRight),
    share("noise or photograph: no lesion claimed", lesions, isRight),
    share("noise or photograph: report says so", empty.filter(asks("report")), (one) =>
      /非超声|空白|not an ultrasound|blank/.test(said(one)),
    ),
  ];
}

const shown = ({ value, unit }: Measure): string =>
  unit === "%"
    ? `${(100 * value).toFixed(1)} %`
    : unit === "mm"
      ? `${value.toFixed(1)} mm`
      : value.toFixed(3);

/** A Markdown table. */
export const table = (measures: readonly Measure[]): string =>
  [
    "| figure | value | answers |",
    "|---|---|---|",
    ...measures.map((one) => `| ${one.name} | ${shown(one)} | ${one.count} |`),
  ].join("\n");
