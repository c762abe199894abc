/** @file The chances that a model gave to each class, where its answer decides. */

import type { TokenAlternatives } from "../exchange.ts";
import { isDeniedAfter, mentionsIn, type NamesOfClasses } from "./classes.ts";

/**
 * The chances that the model gave to each class, at the first token with which its answer states one (a word that begins
 * there, or one inside it) and at which it weighed another: they are made to sum to 1 over the classes.
 *
 * Where it never weighed another, it was sure: the stated class then has the least chance that it can have among the
 * classes at the first such token, as if all that the alternatives leave untold were other classes.
 *
 * @param words by which the answer would state each class
 * @returns nothing where the model tells no probabilities, or states no class
 */
export function classChances(
  tokens: readonly TokenAlternatives[] | undefined = [],
  words: NamesOfClasses,
): Readonly<Record<string, number>> {
  const stated = mentionsIn(tokens.map(({ text }) => text).join(""), words).filter(
    ({ isDenied }) => !isDenied,
  );
  let before = "";
  let sure: Readonly<Record<string, number>> = {};
  for (const { text, logprob, top } of tokens) {
    const [from, to] = [before.length, before.length + text.length];
    if (stated.some(({ at }) => at >= from && at < to)) {
      const alternatives = top.some((one) => one.text === text) ? top : [...top, { text, logprob }];
      const chances: Record<string, number> = {};
      for (const alternative of alternatives) {
        const name = classBegunBy(alternative.text, before, words);
        if (name !== undefined) chances[name] = (chances[name] ?? 0) + Math.exp(alternative.logprob);
      }
      const total = sumOf(Object.values(chances));
      if (Object.keys(chances).length > 1)
        return Object.fromEntries(Object.entries(chances).map(([name, chance]) => [name, chance / total]));
      const name = classBegunBy(text, before, words);
      if (name !== undefined && Object.keys(sure).length === 0) {
        const untold = Math.max(0, 1 - sumOf(alternatives.map((one) => Math.exp(one.logprob))));
        sure = { [name]: total / (total + untold) };
      }
    }
    before += text;
  }
  return sure;
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** The one class whose word a piece of an answer holds or begins, and does not deny. */
function classBegunBy(piece: string, before: string, words: NamesOfClasses): string | undefined {
  const held = mentionsIn(before + piece, words).filter(({ at }) => at >= before.length);
  const own = new Set(held.flatMap(({ name, isDenied }) => (isDenied ? [] : name)));
  if (held.length === 0)
    for (const [name, all] of Object.entries(words))
      if (all.some((word) => isBegunBy(word, piece, before))) own.add(name);
  return own.size === 1 ? [...own][0] : undefined;
}

/** A word of several letters in any case; a letter as a capital, since "a" is an article. */
function isBegunBy(word: string, piece: string, before: string): boolean {
  const begun = piece.trim();
  const isSame = word.length > 1 ? word.toLowerCase().startsWith(begun.toLowerCase()) : word === begun;
  const isInsideWord = /^\p{Script=Latin}/u.test(piece) && /\p{Script=Latin}$/u.test(before);
  const lead = before + piece.slice(0, piece.length - piece.trimStart().length);
  return begun !== "" && isSame && !isInsideWord && !isDeniedAfter(lead, word);
}
