/** @file The BI-RADS category that a text names: in digits or in Roman numerals, with or without its scheme. */

import type { Language } from "../../tasks/regions.ts";
import type { ClassWords } from "./class_words.ts";

/** From negative to highly suggestive of malignancy. 0 (incomplete) and 6 (proven) are no steps of suspicion. */
export const biradsScale = ["1", "2", "3", "4", "5"] as const;

/** What stands for a category, however it was written. */
const wordOf = (category: string, language: Language): string =>
  `${{ zh: "类别", en: "category" }[language]}${category}`;

export const biradsWords: ClassWords = Object.fromEntries(
  biradsScale.map((category) => [category, { zh: [wordOf(category, "zh")], en: [wordOf(category, "en")] }]),
);

const romans: readonly string[] = ["0", "I", "II", "III", "IV", "V", "VI"];
/** 4A, 4B and 4C are 4; "3.5" and "3D" are none. */
const step = "([0-6]|IV|VI?|I{1,3})(?:\\s*[a-c])?(?![a-z\\d]|\\.\\d)";
/** One category, or a range, which names two. */
const steps = `${step}(?:\\s*(?:[-~/]|or|to|至|到|或)\\s*${step})?`;
const between = "(?:[\\s:-]|category|is|of|评估|分类|分级|类别|为|是)*";

/** Behind the scheme or the word "category", before 类, or all that is said. */
const written = new RegExp(
  [
    `(?:BI-?RADS|category|分类|分级|类别)${between}${steps}(?:\\s*[类级])?`,
    `(?<![a-z\\d.])${steps}\\s*类`,
    `^\\s*${steps}\\s*[.。]?\\s*$`,
  ].join("|"),
  "gi",
);

/** What changes when categories are read otherwise, for signatures. */
export const biradsPattern = written.source;

/** A text in which every category is written as in `biradsWords`. */
export const withBiradsWords = (text: string, language: Language): string =>
  text.normalize("NFKC").replaceAll(written, (...parts: readonly unknown[]) =>
    parts
      .slice(1, -2) // between the match and its place: the categories
      .flatMap((part) => (typeof part === "string" ? [wordOf(digitOf(part), language)] : []))
      .join(" "),
  );

function digitOf(category: string): string {
  const roman = romans.indexOf(category.toUpperCase());
  return roman < 0 ? category : String(roman);
}
