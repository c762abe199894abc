/** @file chrF: characters, and in chrF++ words, that an answer shares with its best reference. */

import type { Metric, TextItem } from "./metric.ts";
import { everyRow, meanOf, perItem } from "./metric.ts";
import { clippedMatches, countNgrams, ngramTotal, ordersTo } from "./ngrams.ts";
import { signatureOf } from "./signature.ts";
import { assertReferences, characters, inTokens, spaced } from "./tokens.ts";

const characterOrder = 6;
/** Recall counts this much more than precision. */
const beta = 2;

export interface ChrfOptions {
  /** Longest n-grams of words that count: 2 is chrF++, 0, the default, chrF. Words stand between spaces, so 0 is for Chinese. */
  readonly wordOrder?: 0 | 2;
  /** `corpus` counts over all answers, `sentence` is the mean of the answers' own scores. */
  readonly level?: "corpus" | "sentence";
}

/**
 * chrF2 or chrF2++ from 0 to 100, as in sacreBLEU 2.6 without white space: the mean precision and recall of n-grams of 1 to
 * 6 characters. Of several references the one with the best score counts. No language, no tokenizer.
 *
 * @see Popović 2015, chrF: character n-gram F-score; Popović 2017, chrF++: words helping character n-grams
 */
export function chrf({ wordOrder = 0, level = "corpus" }: ChrfOptions = {}): Metric<TextItem> {
  const perSentence = level === "sentence";
  const best = perItem((item: TextItem) => {
    const [letters, words] = [inTokens(item, characters), inTokens(item, wordsAndMarks)];
    const candidates = letters.references.map((reference, index) => [
      ...overlaps(letters.answer, reference, characterOrder),
      ...overlaps(words.answer, words.references[index]!, wordOrder),
    ]);
    return candidates.reduce((first, next) => (chrfOf(next) > chrfOf(first) ? next : first));
  });
  return {
    name: `${perSentence ? "sentence " : ""}chrF${beta}${"+".repeat(wordOrder)}`,
    signature: signatureOf({
      refs: "best",
      case: "mixed",
      eff: "yes",
      nc: characterOrder,
      nw: wordOrder,
      space: "no",
    }),
    better: "higher",
    of(items) {
      assertReferences(items);
      const counted = items.map(best);
      if (perSentence) return meanOf(counted.map(chrfOf));
      return {
        score: (rows) => (rows.length === 0 ? Number.NaN : chrfOf(sumOf(rows.map((row) => counted[row]!)))),
      };
    },
  };
}

/** N-grams of one order. */
interface Overlap {
  readonly inAnswer: number;
  readonly inReference: number;
  readonly inBoth: number;
}

const overlaps = (answer: readonly string[], reference: readonly string[], order: number): Overlap[] =>
  ordersTo(order).map((n) => {
    const inReference = ngramTotal(reference, n);
    return {
      // An order that the reference is too short for says nothing about the answer.
      inAnswer: inReference === 0 ? 0 : ngramTotal(answer, n),
      inReference,
      inBoth: clippedMatches(countNgrams(answer, n), countNgrams(reference, n)),
    };
  });

/** Words, with one mark of each split off: the last if it ends in one, else the first if it begins with one. */
function wordsAndMarks(text: string): string[] {
  const mark = /[!-/:-@[-`{-~]/;
  return spaced(text).flatMap((word) => {
    if (word.length === 1) return [word];
    if (mark.test(word.at(-1)!)) return [word.slice(0, -1), word.at(-1)!];
    return mark.test(word[0]!) ? [word[0]!, word.slice(1)] : [word];
  });
}

/** Order by order. */
const sumOf = (counted: readonly (readonly Overlap[])[]): Overlap[] =>
  everyRow(counted[0] ?? []).map((order) => ({
    inAnswer: counted.reduce((sum, overlap) => sum + overlap[order]!.inAnswer, 0),
    inReference: counted.reduce((sum, overlap) => sum + overlap[order]!.inReference, 0),
    inBoth: counted.reduce((sum, overlap) => sum + overlap[order]!.inBoth, 0),
  }));

function chrfOf(orders: readonly Overlap[]): number {
  const shared = orders.filter(({ inAnswer, inReference }) => inAnswer > 0 && inReference > 0);
  if (shared.every(({ inBoth }) => inBoth === 0)) return 0;
  const mean = (of: (order: Overlap) => number) =>
    shared.reduce((sum, order) => sum + of(order), 0) / shared.length;
  const precision = mean(({ inBoth, inAnswer }) => inBoth / inAnswer);
  const recall = mean(({ inBoth, inReference }) => inBoth / inReference);
  return (100 * (1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall);
}
