/** @file Texts to tokens. `13a`, `zh` and `char` cut as sacreBLEU's tokenizers of these names do. */

import { RequestError } from "../../errors.ts";
import type { Language } from "../../tasks/regions.ts";
import { chineseWords, chineseWordsName } from "./chinese_words.ts";
import { perItem, type TextItem } from "./metric.ts";

/** What a metric counts. */
export interface TextUnit {
  readonly language: Language;
  /** `word` by default for English, `char` for Chinese, which is reported by both. */
  readonly unit?: "char" | "word";
}

export interface Tokenizer {
  /** As signatures have it. */
  readonly name: string;
  readonly tokens: (text: string) => string[];
}

/** The words of a text between white space. */
export const spaced = (text: string): string[] =>
  text.split(/\p{White_Space}+/u).filter((word) => word !== "");

const isWhite = (character = ""): boolean => /^\p{White_Space}/u.test(character);

/** Without white space at the end. JavaScript's own `trimEnd` takes U+FEFF too, and leaves U+0085. */
function withoutWhiteEnd(text: string): string {
  let end = text.length;
  while (isWhite(text[end - 1])) end--;
  return text.slice(0, end);
}

/** Without white space at either end. */
function withoutWhiteEnds(text: string): string {
  let start = 0;
  while (isWhite(text[start])) start++;
  return withoutWhiteEnd(text.slice(start));
}

/** Characters of a text, by code point, without white space. */
export const characters = (text: string): string[] => Array.from(spaced(text).join(""));

/** What mteval-v13a cuts apart: marks, but not points and commas inside numbers. */
const western = (text: string): string[] =>
  spaced(
    text
      .replace(/[{-~[-` -&(-+:-@/]/g, " $& ")
      .replace(/([^0-9])([.,])/g, "$1 $2 ")
      .replace(/([.,])([^0-9])/g, " $1 $2")
      .replace(/([0-9])(-)/g, "$1 $2 "),
  );

const entities = { "&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">" };

const tokens13a = (text: string): string[] => {
  let line = withoutWhiteEnd(text).replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  for (const [entity, sign] of Object.entries(entities)) line = line.replaceAll(entity, sign);
  return western(` ${line} `);
};

/**
 * What sacreBLEU takes for a Chinese character. The wide first range is its own: it means to name two planes beyond
 * U+FFFF, but writes them with four digits, which makes dashes, quotation marks and mathematical signs of U+2001 to
 * U+2A6D characters too.
 */
const chinese =
  /[\u2001-\u2a6d\u2e80-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31ef\u3200-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/g;

const tokensZh = (text: string): string[] => western(withoutWhiteEnds(text).replace(chinese, " $& "));

/**
 * How a text is cut: English words by `13a`, English characters by `char`, Chinese characters by `zh` (other scripts as
 * `13a` cuts them), Chinese words by jieba.
 *
 * Differs: U+001C to U+001F, which Python takes for white space, are characters.
 *
 * @see https://github.com/mjpost/sacrebleu/tree/master/sacrebleu/tokenizers
 */
export function tokenizerFor({ language, unit = language === "en" ? "word" : "char" }: TextUnit): Tokenizer {
  if (language === "en")
    return unit === "word" ? { name: "13a", tokens: tokens13a } : { name: "char", tokens: characters };
  return unit === "char"
    ? { name: "zh", tokens: tokensZh }
    : { name: chineseWordsName, tokens: chineseWords };
}

/** Without case and marks: tokens that have a letter or a digit, in lower case. */
export function plainTokenizerFor(of: TextUnit): Tokenizer {
  const { name, tokens } = tokenizerFor(of);
  return {
    name,
    tokens: (text) =>
      tokens(text)
        .filter((token) => /[\p{L}\p{N}]/u.test(token))
        .map((token) => token.toLowerCase()),
  };
}

/** An item in tokens. */
export interface TokenItem {
  readonly answer: readonly string[];
  readonly references: readonly (readonly string[])[];
}

/** @throws RequestError */
export function assertReferences(items: readonly TextItem[]): void {
  const missing = items.findIndex(({ references }) => references.length === 0);
  if (missing >= 0)
    throw new RequestError(`item ${missing}`, "expected at least one reference text, got none");
}

export const inTokens = (
  { answer, references }: TextItem,
  tokens: (text: string) => readonly string[],
): TokenItem => ({ answer: tokens(answer), references: references.map(tokens) });

/** @returns items to tokens; it throws as `assertReferences` */
export function tokenised(
  tokens: (text: string) => readonly string[],
): (items: readonly TextItem[]) => TokenItem[] {
  const cut = perItem((item: TextItem) => inTokens(item, tokens));
  return (items) => {
    assertReferences(items);
    return items.map(cut);
  };
}
