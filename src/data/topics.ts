/** @file What can be asked of a picture: for each known fact its answer, and wrong answers that are known to be wrong. */

import { mmText } from "../generate/calculator.ts";
import { type Random, shuffled } from "../tensor/random.ts";
import type { Facts, Finding } from "./facts.ts";
import { lookOf } from "./looks.ts";
import type { About } from "./question_words.ts";
import { absentKinds } from "./report_text.ts";
import {
  emptyNames,
  type FactRegion,
  type FindingKind,
  factRegionNames,
  gradeNames,
  isNormalFinding,
  isUnspecific,
  kindOf,
  kindsOf,
  modeNames,
  type Name,
  pathologyNames,
  structureNames,
  type View,
  viewNames,
} from "./vocabulary.ts";
import { percentOf, type TermField, type Third, termTables, thirdNames, thirdOf } from "./wording.ts";

/** One thing that is known, and what it is not. */
export interface Topic {
  readonly about: About;
  /** The thing asked of; empty where the question is of the whole picture. */
  readonly subject: Name;
  readonly answer: Name;
  /** How a measure follows from the scale in the prompt, ending with the answer. */
  readonly working?: Name;
  /** None of them true; at least one. */
  readonly wrong: readonly Name[];
  /** Whether the answer needs the scale of the picture. */
  readonly needsScale: boolean;
  /** Whether the question does not apply: its answer says what picture this is instead, and it is asked openly only. */
  readonly isMisplaced: boolean;
}

const whole: Name = { zh: "", en: "" };
const normalName: Name = { zh: "正常", en: "normal" };
const nothingName: Name = { zh: "未见异常", en: "no abnormality" };

const topic = (
  about: About,
  answer: Name,
  wrong: readonly Name[],
  subject = whole,
  needsScale = false,
): Topic[] => (wrong.length > 0 ? [{ about, subject, answer, wrong, needsScale, isMisplaced: false }] : []);

/** The key's name against all others of its table. */
function fromTable<K extends string>(
  about: About,
  table: Readonly<Record<K, Name>>,
  key: K | undefined,
  subject = whole,
): Topic[] {
  if (key === undefined) return [];
  const others = (Object.keys(table) as K[]).filter((other) => other !== key);
  return topic(
    about,
    table[key],
    others.map((other) => table[other]),
    subject,
  );
}

/** Everything that can be asked of these facts; what is not known has no topic. */
export function topicsOf(facts: Facts, random: Random): Topic[] {
  if (facts.empty) return emptyTopics(facts.empty);
  return [
    ...fromTable("region", pictureNames, facts.region),
    ...fromTable("mode", modeNames, facts.mode),
    ...viewTopics(facts.view),
    ...pictureTopics(facts),
    ...lesionTopics(facts),
    ...presenceTopics(facts, random),
    ...(facts.findings ?? []).flatMap((finding) => {
      const subject = subjectOf(facts, finding);
      return subject ? findingTopics(finding, subject, facts, random) : [];
    }),
    ...structureTopics(facts, random),
  ];
}

type Empty = keyof typeof emptyNames;

/** What a picture is as a whole: ultrasound of a region, or without anatomy. */
export const pictureNames = Object.fromEntries([
  ...Object.entries(factRegionNames).map(([region, { zh, en }]): [string, Name] => [
    region,
    { zh: `${zh}超声`, en: region === "other" ? "ultrasound of another region" : `${en} ultrasound` },
  ]),
  // The sentences say 图像 themselves.
  ...Object.entries(emptyNames).map(([empty, { zh, en }]): [string, Name] => [
    empty,
    { zh: zh.replace(/图像$/, ""), en: `a ${en}` },
  ]),
]) as Record<FactRegion | Empty, Name>;

/** A picture without anatomy can be told apart from others; whatever else is asked of it, that is the answer. */
function emptyTopics(empty: Empty): Topic[] {
  const region = fromTable("region", pictureNames, empty);
  const others = (["normality", "lesion", "diagnosis", "pathology"] as const).flatMap((about) =>
    region.map((topic): Topic => ({ ...topic, about, isMisplaced: true })),
  );
  return [...region, ...others];
}

const lesionNames: Record<"present" | "absent", Name> = {
  present: { zh: "可见病灶", en: "a lesion" },
  absent: { zh: "未见病灶", en: "no lesion" },
};

/** A lesion is a thing with an outline. Of other changes neither yes nor no would be fair. */
function lesionTopics({ region, normal, findings = [] }: Facts): Topic[] {
  const isThere = findings.some(
    ({ kind }) => kindOf(region, kind)?.form === "focal" && !isNormalFinding(kind),
  );
  return fromTable("lesion", lesionNames, isThere ? "present" : normal ? "absent" : undefined);
}

/** Views that could be taken for one another. */
const viewFamilies: readonly (readonly View[])[] = [
  ["transverse", "longitudinal"],
  ["subcostal", "intercostal", "longitudinal"],
  ["apicalFourChamber", "parasternalLongAxis", "parasternalShortAxis", "transoesophageal"],
  (Object.keys(viewNames) as View[]).filter((view) => view.startsWith("fetal")),
];

function viewTopics(view: View | undefined): Topic[] {
  if (view === undefined) return [];
  // Planes of the brain lie next to the plane of measurement: only other parts are plausible and wrong.
  const family =
    view === "headCircumference"
      ? (["fetalAbdomen", "fetalFemur", "fetalFourChamber", "fetalSpineSagittal", "fetalProfile"] as const)
      : (viewFamilies.find((views) => views.includes(view)) ?? []);
  const others = family.filter((other) => other !== view);
  return topic(
    "view",
    viewNames[view],
    others.map((other) => viewNames[other]),
  );
}

/** Normal or not, diagnosis, nature and category: asked of the picture as a whole. */
function pictureTopics(facts: Facts): Topic[] {
  const findings = facts.findings ?? [];
  const abnormal = findings.filter(({ kind }) => !isNormalFinding(kind));
  const normality: Record<"normal" | "abnormal", Name> = {
    normal: normalName,
    abnormal: { zh: "异常", en: "abnormal" },
  };
  const kinds = [...new Set(abnormal.map(({ kind }) => kind))];
  const [kind] = kinds;
  const nameOf = (of: FindingKind): Name[] => {
    const named = kindOf(facts.region, of);
    return named ? [named] : [];
  };
  const others = kindsOf(facts.region)
    .filter((other) => !kinds.includes(other) && !isUnspecific(other) && !isNormalFinding(other))
    .flatMap(nameOf);
  const natures = [...new Set(abnormal.map(({ pathology }) => pathology))];
  const [nature] = natures;
  const natureNames: Record<"normal" | "benign" | "malignant", Name> = {
    normal: normalName,
    ...pathologyNames,
  };
  const [birads] = abnormal.length === 1 ? abnormal.map((finding) => finding.birads) : [];
  const isOne = kinds.length === 1 && kind !== undefined && !isUnspecific(kind);
  return [
    ...fromTable(
      "normality",
      normality,
      facts.normal ? "normal" : abnormal.length > 0 ? "abnormal" : undefined,
    ),
    ...(facts.normal && abnormal.length === 0 ? topic("diagnosis", nothingName, others) : []),
    ...(isOne ? nameOf(kind).flatMap((name) => topic("diagnosis", name, [...others, nothingName])) : []),
    ...(facts.normal && facts.region === "breast" ? fromTable("pathology", natureNames, "normal") : []),
    ...(natures.length === 1 ? fromTable("pathology", natureNames, nature) : []),
    ...(birads && birads in biradsNames
      ? fromTable("birads", biradsNames, birads as keyof typeof biradsNames)
      : []),
  ];
}

const biradsNames = Object.fromEntries(
  ["2", "3", "4", "5"].map((category): [string, Name] => [
    category,
    { zh: `BI-RADS ${category}类`, en: `BI-RADS ${category}` },
  ]),
) as Record<"2" | "3" | "4" | "5", Name>;

const presence: Record<"present" | "absent", Name> = {
  present: { zh: "可见", en: "signs of " },
  absent: { zh: "未见", en: "no signs of " },
};

/** A normal picture lacks everything: so many of what it lacks are asked for. */
const mostAbsent = 2;

/** Is a kind there? Yes where it is a finding, no only where it is known to be absent. */
function presenceTopics(facts: Facts, random: Random): Topic[] {
  const asked = (kind: FindingKind, key: "present" | "absent") => {
    const name = kindOf(facts.region, kind);
    return name ? fromTable("presence", presence, key, name) : [];
  };
  const found = [...new Set((facts.findings ?? []).map(({ kind }) => kind))];
  return [
    ...found.flatMap((kind) => asked(kind, "present")),
    ...shuffled(absentKinds(facts), random)
      .slice(0, mostAbsent)
      .flatMap((kind) => asked(kind, "absent")),
  ];
}

/** How to speak of one finding so that no other can be meant; undefined where that is not possible. */
function subjectOf({ region, findings = [] }: Facts, { kind }: Finding): Name | undefined {
  if (findings.length === 1) return lookOf(region, kind)?.what;
  return findings.filter((other) => other.kind === kind).length === 1 ? kindOf(region, kind) : undefined;
}

/** Terms that describe a thing as it is seen. */
const seenFields = [
  "shape",
  "orientation",
  "margin",
  "echogenicity",
  "posterior",
  "calcification",
] as const satisfies TermField[];

function findingTopics(finding: Finding, look: Name, facts: Facts, random: Random): Topic[] {
  // Looks other than of focal findings carry an article.
  const subject = { zh: look.zh, en: look.en.replace(/^(a|an|the) /, "") };
  const { grade, axesMm, thicknessMm, stenosisPercent } = finding;
  return [
    ...seenFields.flatMap((field) => {
      const key = finding[field];
      return fromTable(field, termTables[field] as Readonly<Record<string, Name>>, key, subject);
    }),
    ...fromTable("grade", gradeNames, grade, subject),
    ...placeTopics(finding, subject, random),
    ...(axesMm ? mmTopic("longAxis", axesMm.long, subject, facts, random) : []),
    ...(thicknessMm === undefined ? [] : mmTopic("thickness", thicknessMm, subject, facts, random)),
    ...(stenosisPercent === undefined ? [] : percentTopic("stenosis", stenosisPercent, subject, random)),
  ];
}

function structureTopics(facts: Facts, random: Random): Topic[] {
  const { structures = [] } = facts;
  return structures.flatMap((fact) => {
    if (structures.filter(({ kind }) => kind === fact.kind).length > 1) return [];
    const subject = structureNames[fact.kind];
    const isHead = fact.kind === "fetalHead" && fact.circumferenceMm !== undefined;
    return [
      ...fromTable("echogenicity", termTables.echogenicity, fact.echogenicity, subject),
      ...placeTopics(fact, subject, random),
      ...(fact.axesMm ? mmTopic("longAxis", fact.axesMm.long, subject, facts, random) : []),
      ...(isHead ? mmTopic("headCircumference", fact.circumferenceMm ?? 0, subject, facts, random) : []),
    ];
  });
}

/** How near to the edge of a third a position may be and still be asked for, as a fraction of the picture. */
const nearEdge = 0.04;

function placeTopics(
  { position, size }: Pick<Finding, "position" | "size">,
  subject: Name,
  random: Random,
): Topic[] {
  const isClear = (fraction: number) => [1 / 3, 2 / 3].every((edge) => Math.abs(fraction - edge) >= nearEdge);
  const names = Object.fromEntries(
    Object.entries(thirdNames).map(([third, { zh, en }]): [string, Name] => [
      third,
      { zh: zh[0], en: en[0] },
    ]),
  ) as Record<Third, Name>;
  return [
    ...(position && isClear(position.x) && isClear(position.y)
      ? fromTable("position", names, thirdOf(position), subject)
      : []),
    ...(size && size.width >= 0.05
      ? percentTopic("widthPercent", percentOf(size.width), subject, random)
      : []),
  ];
}

/** A number among others that differ enough to tell, itself equally often the smallest, the largest or between. */
function amongOthers(value: number, factor: number, random: Random): number[] {
  const rank = Math.floor(random() * 4);
  return [0, 1, 2, 3].filter((place) => place !== rank).map((place) => value * factor ** (place - rank));
}

const sameInBoth = (text: string): Name => ({ zh: text, en: text });

function mmTopic(about: About, mm: number, subject: Name, facts: Facts, random: Random): Topic[] {
  // Small things are read to a tenth of a millimetre, so that neighbours stay apart.
  const name = (value: number) => sameInBoth(`${mmText(value)} mm`);
  const width = widthMm(facts);
  const working = width > 0 && sameInBoth(`${widthsOf(mm, width)} × ${width} = ${name(mm).en}`);
  return topic(about, name(mm), amongOthers(mm, 1.3, random).map(name), subject, true).map((one) =>
    working ? { ...one, working } : one,
  );
}

/** Width of the picture as prompts tell it, to a tenth of a millimetre; 0 where it is not known. */
const widthMm = ({ picture, mmPerPixel = 0 }: Facts): number =>
  Number(((picture?.width ?? 0) * mmPerPixel).toFixed(1));

/** A length in widths of the picture, three digits: what can be seen of it without a scale. */
export const widthsOf = (mm: number, width: number): number => Number((mm / width).toPrecision(3));

function percentTopic(about: About, percent: number, subject: Name, random: Random): Topic[] {
  const rounded = percentOf(percent / 100);
  const others = amongOthers(rounded, 1.5, random).map((value) => percentOf(value / 100));
  const wrong = [...new Set(others)].filter(
    (value) => value <= 100 && Math.abs(value - rounded) >= rounded / 5,
  );
  return topic(
    about,
    sameInBoth(`${rounded}%`),
    wrong.map((value) => sameInBoth(`${value}%`)),
    subject,
  );
}
