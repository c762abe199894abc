/**
 * @file How the phrases of a label are written, and where a text has them. A phrase is a regular expression over lower
 * case text in which a space stands for white space or a hyphen, a space that may be missing is written ` ?`, and `…`
 * for a few words between a thing and what is said of it. English phrases are whole words; a plural in s needs no word.
 */

import type { Language } from "../../tasks/regions.ts";

/** Each label's phrases in both languages. */
export type LabelPhrases = Readonly<Record<string, Readonly<Record<Language, readonly string[]>>>>;

/** Part of a text, in UTF-16 units, the end not in it. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * What `…` stands for. It ends with the clause, and at words that deny, join, or name another thing. What follows it
 * is looked at but not part of the phrase, so that "left atrium and ventricle are enlarged" may have two.
 */
const gaps: Readonly<Record<Language, string>> = {
  en: String.raw`(?:[\s-]+(?!(?:no|not|never|cannot|without|nor|neither|free|negative|absence|lack(?:s|ing)?|rule[sd]?|exclude[sd]?|but|with|well|normal(?:ly)?|nodules?|cysts?|mass(?:es)?)\b)\w+){0,5}?[\s-]+`,
  zh: String.raw`[^，。；：,;:.\n\s未无不没非除结囊瘤块]{0,8}?`,
};

/** Whether what is said of the thing may stand apart from it. */
export const isOpen = (phrase: string): boolean => phrase.includes("…");

/** A regular expression of the phrase, global. */
export function compile(phrase: string, language: Language): RegExp {
  const [head = "", tail] = phrase.split(/\s*…\s*/);
  const spaced = (part: string) => part.replaceAll(" ?", "[\\s-]*").replaceAll(" ", "[\\s-]+");
  const ahead = tail === undefined ? "" : `(?=${gaps[language]}(?:${spaced(tail)}))`;
  return language === "en"
    ? new RegExp(`(?<![a-z0-9])(?:${spaced(head)})(?:e?s)?(?![a-z0-9])${ahead}`, "g")
    : new RegExp(`(?:${spaced(head)})${ahead}`, "g");
}

/** Every place of a pattern in a text. */
export const spansOf = (pattern: RegExp, text: string): Span[] =>
  [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ start: index, end: index + found.length }));
