/**
 * @file The words that a label may say, by field: keys, names in both languages, and other standard words. Capitals,
 * blanks, hyphens and underscores make no difference. docs/facts.md lists every word.
 */

import { type Region, regions } from "../tasks/regions.ts";
import {
  calcificationNames,
  echogenicityNames,
  emptyNames,
  type FactRegion,
  type FindingKind,
  factRegionNames,
  findingKinds,
  gradeNames,
  marginNames,
  modeNames,
  type Name,
  orientationNames,
  pathologyNames,
  posteriorNames,
  shapeNames,
  sideNames,
  structureNames,
  viewNames,
} from "./vocabulary.ts";

/** The words of one field. */
export interface Words<K extends string> {
  /** What each key is called beside its own name: English, Chinese, and other words. */
  readonly names: ReadonlyMap<K, readonly string[]>;
  /** @returns undefined for a value that is no word of the field */
  keyOf(value: unknown): K | undefined;
}

const folded = (word: string): string => word.toLowerCase().replace(/[\s_-]+/g, "");

/** @param others words of a key beyond its names */
function wordsOf<K extends string>(
  table: Readonly<Partial<Record<K, Name>>>,
  others?: Readonly<Partial<Record<K, readonly string[]>>>,
): Words<K> {
  const names = new Map(
    (Object.entries(table) as [K, Name][]).map(([key, { en, zh }]) => [
      key,
      [en, zh, ...(others?.[key] ?? [])],
    ]),
  );
  const keys = new Map(
    [...names].flatMap(([key, words]) => [key, ...words].map((word) => [folded(word), key])),
  );
  return { names, keyOf: (value) => (typeof value === "string" ? keys.get(folded(value)) : undefined) };
}

/** Words for regions, those outside the seven as well. */
export const regionWords = wordsOf(factRegionNames, {
  vessel: ["vessels"],
  gynaecology: ["obgyn", "gynecology"],
  other: ["abdomen", "musculoskeletal", "nerve", "superficial", "test-pattern"],
});

/** Words of every field that has a closed set; margins that BI-RADS counts as not circumscribed are told as that. */
export const labelWords = {
  normal: wordsOf({ normal: { zh: "正常", en: "normal" } }, { normal: ["healthy volunteer"] }),
  pathology: wordsOf(pathologyNames),
  shape: wordsOf(shapeNames),
  orientation: wordsOf(orientationNames),
  margin: wordsOf(marginNames, {
    notCircumscribed: [
      "indistinct",
      "angular",
      "microlobulated",
      "spiculated",
      "模糊",
      "成角",
      "微分叶",
      "毛刺",
    ],
  }),
  echogenicity: wordsOf(echogenicityNames, { complex: ["complex cystic and solid"] }),
  posterior: wordsOf(posteriorNames, { shadow: ["shadowing"], none: ["no posterior features"] }),
  calcification: wordsOf(calcificationNames, {
    micro: ["microcalcifications"],
    coarse: ["macrocalcifications"],
    rim: ["peripheral calcifications"],
  }),
  grade: wordsOf(gradeNames),
  side: wordsOf(sideNames),
  mode: wordsOf(modeNames, {
    bMode: ["B-mode with ECG", "B-mode dual image"],
    colourDoppler: ["color Doppler"],
  }),
  view: wordsOf(viewNames, {
    transoesophageal: ["transoesophageal echocardiogram"],
    headCircumference: ["fetal head (HC standard plane)"],
    fetalThreeVessel: ["fetal heart three-vessel view"],
    fetalFourChamber: ["fetal heart four-chamber view"],
    fetalLeftOutflow: ["fetal left ventricular outflow tract"],
    fetalRightOutflow: ["fetal right ventricular outflow tract"],
    fetalTranscerebellar: ["fetal brain transcerebellar"],
    fetalTransventricular: ["fetal brain transventricular"],
  }),
  structure: wordsOf(structureNames, { bloodVessel: ["vessel"] }),
  content: wordsOf(emptyNames, {
    noContact: ["blank (probe in air)", "cardiac preset, blank (probe in air)"],
    notUltrasound: ["colour test pattern, not ultrasound"],
  }),
} as const;

/** Words for findings beyond their names, by region. */
const otherKindWords: Readonly<Partial<Record<Region, Partial<Record<FindingKind, readonly string[]>>>>> = {
  breast: { carcinoma: ["breast cancer"], phyllodes: ["phyllodes tumor"] },
  gynaecology: { leiomyoma: ["fibroid", "uterine fibroid"] },
  liver: {
    haemangioma: ["hemangioma", "hepatic hemangioma"],
    gallstone: ["gallbladder stone"],
    steatosis: ["fatty liver"],
  },
  thyroid: { nodularGoitre: ["nodular goiter"], carcinoma: ["thyroid cancer"] },
};

/** Words for what can be found, by region. */
export const kindWords = Object.fromEntries(
  regions.map((region) => [region, wordsOf<FindingKind>(findingKinds[region], otherKindWords[region])]),
) as Readonly<Record<Region, Words<FindingKind>>>;

/**
 * A kind of finding by its word, with its region before it or not: "stone", "kidney stone".
 *
 * @returns undefined when the region has no finding of that name
 */
export function kindOfWord(value: unknown, region: FactRegion): FindingKind | undefined {
  if (region === "other" || typeof value !== "string") return undefined;
  const { keyOf } = kindWords[region];
  const rest = folded(value).startsWith(region) ? folded(value).slice(region.length) : undefined;
  return keyOf(value) ?? keyOf(rest);
}
