/** @file How a known word is said: its name or another word for it, chosen by seeded chance; numbers as a report has them. */

import { mmText } from "../generate/calculator.ts";
import type { Language } from "../tasks/regions.ts";
import type { Random } from "../tensor/random.ts";
import type { Finding, StructureFact } from "./facts.ts";
import {
  amountNames,
  calcificationNames,
  echogenicityNames,
  type Form,
  gradeNames,
  marginNames,
  type Name,
  orientationNames,
  pathologyNames,
  posteriorNames,
  shapeNames,
} from "./vocabulary.ts";

/** One of several, by chance. */
export type Choose = <T>(options: readonly [T, ...T[]]) => T;

export const chooser =
  (random: Random): Choose =>
  (options) =>
    options[Math.floor(random() * options.length)] ?? options[0];

/** Facts of a finding that are a word from a closed list. */
export const termTables = {
  shape: shapeNames,
  orientation: orientationNames,
  margin: marginNames,
  echogenicity: echogenicityNames,
  posterior: posteriorNames,
  calcification: calcificationNames,
  grade: gradeNames,
  pathology: pathologyNames,
} as const;
export type TermField = keyof typeof termTables;
export const termFields = Object.keys(termTables) as TermField[];

type Synonyms = {
  readonly [F in TermField]?: { readonly [V in keyof (typeof termTables)[F]]?: readonly string[] };
};

const synonyms: Readonly<Record<Language, Synonyms>> = {
  zh: {
    shape: { oval: ["卵圆形"], round: ["圆形"] },
    orientation: { parallel: ["呈平行位"], notParallel: ["呈非平行位"] },
    margin: { circumscribed: ["边界清楚", "边缘光整"], notCircumscribed: ["边界模糊", "边缘不光整"] },
    posterior: {
      enhancement: ["后方可见回声增强"],
      shadow: ["后方可见声影"],
      none: ["后方回声无明显变化"],
    },
    calcification: { micro: ["细点状强回声"], coarse: ["粗大强回声钙化"] },
  },
  en: {
    shape: { oval: ["ovoid"], round: ["rounded"], irregular: ["irregularly shaped"] },
    orientation: { parallel: ["wider than tall"], notParallel: ["taller than wide"] },
    margin: { circumscribed: ["well-defined"], notCircumscribed: ["ill-defined"] },
    echogenicity: { anechoic: ["echo-free"] },
    posterior: {
      enhancement: ["posterior acoustic enhancement"],
      shadow: ["posterior acoustic shadowing"],
      none: ["no posterior acoustic feature"],
    },
  },
};

/** Every way to say a word, its name first. */
export function waysToSay(
  field: TermField,
  value: string,
  language: Language,
): readonly [string, ...string[]] {
  const name = (termTables[field] as Readonly<Record<string, Name>>)[value];
  const more = (synonyms[language][field] as Readonly<Record<string, readonly string[]>> | undefined)?.[
    value
  ];
  return [name?.[language] ?? value, ...(more ?? [])];
}

/** The finding's word of a field, said by chance in one of its ways; undefined when not known. */
export function say(
  finding: Finding,
  field: TermField,
  language: Language,
  choose: Choose,
): string | undefined {
  const value = finding[field];
  return value === undefined ? undefined : choose(waysToSay(field, value, language));
}

const thirds = ["near", "middle", "far"] as const;
const sides = ["left", "centre", "right"] as const;
export type Third = `${(typeof thirds)[number]} ${(typeof sides)[number]}`;

/** The nine parts of a picture: its thirds from the probe away, and from left to right. */
export const thirdNames: Readonly<Record<Third, Readonly<Record<Language, readonly [string, ...string[]]>>>> =
  {
    "near left": { zh: ["图像左上部", "图像浅部偏左"], en: ["in the upper left of the picture"] },
    "near centre": {
      zh: ["图像上部中央", "图像浅部中央"],
      en: ["in the upper centre of the picture", "centrally in the near field"],
    },
    "near right": { zh: ["图像右上部", "图像浅部偏右"], en: ["in the upper right of the picture"] },
    "middle left": {
      zh: ["图像左侧中部", "图像中部偏左"],
      en: ["in the left of the picture at mid depth", "on the left at mid depth"],
    },
    "middle centre": {
      zh: ["图像中央", "图像中部中央"],
      en: ["in the centre of the picture", "centrally at mid depth"],
    },
    "middle right": {
      zh: ["图像右侧中部", "图像中部偏右"],
      en: ["in the right of the picture at mid depth", "on the right at mid depth"],
    },
    "far left": { zh: ["图像左下部", "图像深部偏左"], en: ["in the lower left of the picture"] },
    "far centre": {
      zh: ["图像下部中央", "图像深部中央"],
      en: ["in the lower centre of the picture", "centrally in the far field"],
    },
    "far right": { zh: ["图像右下部", "图像深部偏右"], en: ["in the lower right of the picture"] },
  };

/** Which of the nine parts a position is in. */
export function thirdOf({ x, y }: NonNullable<Finding["position"]>): Third {
  const part = (fraction: number) => Math.min(2, Math.floor(fraction * 3));
  return `${thirds[part(y)] ?? "far"} ${sides[part(x)] ?? "right"}`;
}

/** A fraction as a reader would estimate it: to five percent, below ten to one. */
export function percentOf(fraction: number): number {
  const percent = fraction * 100;
  return percent < 10 ? Math.max(1, Math.round(percent)) : Math.round(percent / 5) * 5;
}

/** Centimetres to a tenth. */
const cmText = (mm: number): string => (Math.round(mm) / 10).toFixed(1);
/** How large a thing is: in millimetres where they are known, else as parts of the picture. */
export function sizeText(
  fact: Finding | StructureFact,
  language: Language,
  choose: Choose,
): string | undefined {
  const { axesMm, size } = fact;
  if (axesMm) {
    const [long, short] = [mmText(axesMm.long), mmText(axesMm.short)];
    if (axesMm.short < 10)
      return language === "zh" ? `大小约${long}mm×${short}mm` : `about ${long} x ${short} mm`;
    const [longCm, shortCm] = [cmText(axesMm.long), cmText(axesMm.short)];
    return language === "zh"
      ? choose([`大小约${long}mm×${short}mm`, `大小约${longCm}cm×${shortCm}cm`])
      : choose([`about ${long} x ${short} mm`, `about ${longCm} x ${shortCm} cm`]);
  }
  if (!size) return undefined;
  const [width, height] = [percentOf(size.width), percentOf(size.height)];
  return language === "zh"
    ? choose([
        `宽约占图像宽度的${width}%，高约占图像高度的${height}%`,
        `约占图像宽度的${width}%、高度的${height}%`,
      ])
    : choose([
        `about ${width}% of the picture's width and ${height}% of its height`,
        `about ${width}% of the picture wide and ${height}% high`,
      ]);
}

/** The grade of a finding: of free fluid its amount, of all else its degree. */
export function gradeText(finding: Finding, form: Form | undefined, language: Language): string | undefined {
  if (finding.grade === undefined) return undefined;
  return (form === "fluid" ? amountNames : gradeNames)[finding.grade][language];
}

/** "a", "a and b", "a, b and c". */
export function listText(items: readonly string[], language: Language, last: "and" | "or" = "and"): string {
  if (language === "zh") return items.join("、");
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} ${last} ${items.at(-1)}`;
}
