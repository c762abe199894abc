/** @file The language of an answer. */

import type { Language } from "../../tasks/regions.ts";

/** Whether a text is written in a language: by most of its letters, a Chinese character counting as a word. */
export function isInLanguage(text: string, language: Language): boolean {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const words = text.match(/\p{Script=Latin}{2,}/gu)?.length ?? 0;
  return language === "zh" ? han > words : words > han;
}
