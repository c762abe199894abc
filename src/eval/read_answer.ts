/** @file What an answer says, where a letter, a truth value, a class or a number was asked for. Nothing is guessed. */

import type { Language } from "../tasks/regions.ts";
import type { TokenAlternatives } from "./exchange.ts";

/** An option of a single-choice question. */
export interface Option {
  readonly letter: string;
  readonly text: string;
}

/** The options of a question, a line each: `A. cyst`, `B) mass`, `C：囊肿`. */
export const optionsIn = (asked: string): Option[] =>
  [...asked.matchAll(/^\s*([A-H])\s*[.．、:：)）]\s*(\S.*?)\s*$/gm)].map(([, letter = "", text = ""]) => ({
    letter,
    text,
  }));

/** A letter that stands by itself, not the article "A": alone, before a mark, or behind "answer is", "option", 答案, 选. */
const letterPatterns = [
  /^\s*[(（]?([A-H])\s*(?:$|[)）.．、,，:：。;；]|\p{Script=Han}|\n)/u,
  /(?:answer|option|choice)(?:\s+is)?\s*:?\s*[(（]?([A-H])(?![A-Za-z])/i,
  /(?:答案|选项|选择|选)(?:是|为)?\s*[:：]?\s*[(（]?([A-H])(?![A-Za-z])/,
];

const withoutEnd = (text: string): string =>
  text
    .trim()
    .replace(/[.。]$/, "")
    .toLowerCase();

/**
 * The option that an answer chooses: by its letter, or by one option's text and no other's.
 *
 * @returns undefined where it chooses none, or one that was not offered
 */
export function chosenOption(text: string, options: readonly Option[]): string | undefined {
  for (const pattern of letterPatterns) {
    const letter = pattern.exec(text)?.[1];
    if (letter !== undefined) return options.find((option) => option.letter === letter)?.letter;
  }
  const said = withoutEnd(text);
  const named = options.filter((option) => option.text !== "" && said.includes(withoutEnd(option.text)));
  // "no mass" contains "mass": of nested options the longest is meant.
  const longest = named.filter(
    (option) =>
      !named.some((other) => other !== option && withoutEnd(other.text).includes(withoutEnd(option.text))),
  );
  return longest.length === 1 ? longest[0]?.letter : undefined;
}

/** At the beginning of an answer; denials first, since 不正确 contains 正确. */
const truthWords: readonly (readonly [boolean, RegExp])[] = [
  [false, /^\W*(?:false|no|incorrect|wrong|not (?:correct|true|right))(?![a-z])/i],
  [false, /^\W*(?:the statement is )?(?:false|incorrect|wrong|not true)(?![a-z])/i],
  [true, /^\W*(?:the statement is )?(?:true|yes|correct|right)(?![a-z])/i],
  [false, /^[\s\p{P}]*(?:错|不对|不正确|不是|否|假|不符)/u],
  [true, /^[\s\p{P}]*(?:对|正确|是|真|符合)/u],
];

/** Whether an answer holds a statement for true; undefined where it does not say. */
export const judgedTrue = (text: string): boolean | undefined =>
  truthWords.find(([, pattern]) => pattern.test(text))?.[0];

/** Words right before a name by which it is denied: "no evidence of a", "does not show any", 未见明显. */
const deniedBefore: Readonly<Record<"latin" | "han", RegExp>> = {
  latin:
    /(?:\b(?:no|not|non|without|neither|nor|never|cannot|absence of|free of)|n't)(?:[\s-]+(?:an?|any|the|be|see|show|contain|evidence|signs?|of|for|clear|definite|obvious|visible|focal|discrete|suspicious))*[\s-]+$/,
  han: /(?:不|非|未|无|没)(?:能|可)?(?:有|是|见到?|发现|探及|检出|观察到|看到|显示)?(?:任何|明显|明确|确切|可疑|局灶性?|占位性?|的)*$/,
};

/**
 * The one class that a text names. A name inside a longer name does not count, nor does one that is denied.
 *
 * @param names words of each class, in the answer's language
 * @param denied the class that is meant by denying another
 * @returns undefined where it names none, or several
 */
export function namedClass(
  text: string,
  names: Readonly<Record<string, readonly string[]>>,
  denied: Readonly<Record<string, string>> = {},
): string | undefined {
  let rest = text.toLowerCase();
  const words = Object.entries(names)
    .flatMap(([name, all]) => all.map((word) => ({ name, word: word.toLowerCase() })))
    .sort((a, b) => b.word.length - a.word.length);
  const found = new Set<string>();
  for (const { name, word } of words) {
    const isLatin = /^[a-z]/.test(word);
    const pattern = new RegExp(isLatin ? `(?<![a-z])${escaped(word)}(?![a-z])` : escaped(word), "g");
    rest = rest.replaceAll(pattern, (_, at: number) => {
      const isDenied = deniedBefore[isLatin ? "latin" : "han"].test(rest.slice(0, at));
      const meant = isDenied ? denied[name] : name;
      if (meant !== undefined) found.add(meant);
      return "\n".repeat(word.length);
    });
  }
  return found.size === 1 ? [...found][0] : undefined;
}

/** Whether a text has these words, none of them part of a longer one: "abnormal" does not state "normal". */
export const states = (text: string, words: string): boolean =>
  new RegExp(`(?<![\\p{Script=Latin}\\d])${escaped(words)}(?![\\p{Script=Latin}\\d])`, "u").test(text);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/** Millimetres of each unit of length. */
const millimetresOf: Readonly<Record<string, number>> = { mm: 1, 毫米: 1, cm: 10, 厘米: 10 };

/** The first length that an answer states, in millimetres; undefined where it states none. */
export function lengthInMm(text: string): number | undefined {
  const [, digits, unit = ""] = /(\d+(?:\.\d+)?)\s*(mm|cm|毫米|厘米)/i.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (millimetresOf[unit.toLowerCase()] ?? 1);
}

/** The first number that an answer states; undefined where it states none. */
export function firstNumber(text: string): number | undefined {
  const [digits] = /[-−]?\d+(?:\.\d+)?/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits.replace("−", "-"));
}

/** Less likely than this at every place, a class was not weighed. */
const leastChance = 0.02;

/**
 * The chances that the model gave to each class, from the first token where one class's word could begin or stand
 * and no other's: they are made to sum to 1 over the classes.
 *
 * @param words one for each class, as the answer would write it
 * @returns nothing where the model tells no probabilities, or never weighed two classes at one place
 */
export function classChances(
  tokens: readonly TokenAlternatives[] | undefined,
  words: Readonly<Record<string, string>>,
): Readonly<Record<string, number>> {
  const names = Object.entries(words);
  for (const { text, logprob, top } of tokens ?? []) {
    const chances: Record<string, number> = {};
    const alternatives = top.some((one) => one.text === text) ? top : [...top, { text, logprob }];
    for (const alternative of alternatives) {
      const piece = alternative.text.trim();
      const own =
        piece === "" ? [] : names.filter(([, word]) => word.startsWith(piece) || states(piece, word));
      const [[name] = []] = own;
      if (own.length === 1 && name !== undefined)
        chances[name] = (chances[name] ?? 0) + Math.exp(alternative.logprob);
    }
    const weighed = Object.values(chances);
    const total = weighed.reduce((sum, chance) => sum + chance, 0);
    // Somewhere both are far from likely by accident; where one is likely the answer is decided.
    if (weighed.length > 1 && total > leastChance)
      return Object.fromEntries(Object.entries(chances).map(([name, chance]) => [name, chance / total]));
  }
  return {};
}

/** Whether a text is written in a language: by most of its letters, a Chinese character counting as a word. */
export function isInLanguage(text: string, language: Language): boolean {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const words = text.match(/\p{Script=Latin}{2,}/gu)?.length ?? 0;
  return language === "zh" ? han > words : words > han;
}
