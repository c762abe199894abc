/** @file The language of an answer. */

import type { Language } from "../../tasks/regions.ts";

/** What stands for a word of each language. */
export const wordPatterns: Readonly<Record<Language, RegExp>> = {
  zh: /\p{Script=Han}/gu,
  en: /\p{Script=Latin}{2,}/gu,
};

/** Whether a text is written in a language: by most of its letters, a Chinese character counting as a word. */
export function isInLanguage(text: string, language: Language): boolean {
  const han = text.match(wordPatterns.zh)?.length ?? 0;
  const words = text.match(wordPatterns.en)?.length ?? 0;
  return language === "zh" ? han > words : words > han;
}
