/** @file Chinese words, by jieba with our own terms of ultrasound. */

import { readFileSync } from "node:fs";
import { Jieba } from "@node-rs/jieba";
import { hashOf } from "./signature.ts";
import { ultrasoundWords } from "./ultrasound_words.ts";

const fileOf = (path: string) => readFileSync(new URL(import.meta.resolve(`@node-rs/jieba/${path}`)));

const { version } = JSON.parse(fileOf("package.json").toString()) as { version: string };

/** Our own terms beside jieba's. */
const terms = Object.values(ultrasoundWords).flatMap((words) => words.trim().split(/\s+/));

/** The segmenter as signatures have it. */
export const chineseWordsName = `jieba-${version}+ultrasound[${hashOf(terms)}]`;

/** More than any word of ultrasound could reach in parts: the most common words of jieba's dictionary have this much. */
const termFrequency = 100_000;

function loadJieba(): Jieba {
  // `@node-rs/jieba/dict` would read the table for keywords too, which is as large and not needed.
  const jieba = Jieba.withDict(fileOf("dict.txt"));
  jieba.loadDict(Buffer.from(terms.map((term) => `${term} ${termFrequency} n\n`).join("")));
  return jieba;
}

/** Loaded once it is needed: a quarter of a second and 60 MB. */
let jieba: Jieba | undefined;

/** @returns words, numbers and marks in their order, without white space; unknown words by jieba's Markov model */
export function chineseWords(text: string): string[] {
  jieba ??= loadJieba();
  return jieba.cut(text, true).filter((word) => word.trim() !== "");
}
