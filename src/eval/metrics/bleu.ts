/** @file BLEU: how many of an answer's n-grams its references have, and whether it is long enough. */

import type { Metric, TextItem } from "./metric.ts";
import { everyRow, meanOf, perItem } from "./metric.ts";
import { clippedMatches, countNgrams, ngramTotal, ordersTo } from "./ngrams.ts";
import { signatureOf } from "./signature.ts";
import { type TextUnit, type TokenItem, tokenised, tokenizerFor } from "./tokens.ts";

/**
 * What stands in for a precision of 0: `exp` halves it at each such order (NIST), `floor` counts 0.1 matches, `add-k` counts
 * one more match and one more n-gram of each order above the first.
 *
 * @see Chen and Cherry 2014, A Systematic Comparison of Smoothing Techniques for Sentence-Level BLEU
 */
export type Smoothing = keyof typeof smoothings;
const smoothings = { exp: "exp", none: "none", floor: "floor[0.10]", "add-k": "add-k[1.00]" } as const;

export interface BleuOptions extends TextUnit {
  /** Longest n-grams that count; 4 by default. */
  readonly order?: 1 | 2 | 3 | 4;
  readonly smoothing?: Smoothing;
  /** `corpus` counts over all answers, `sentence` is the mean of the answers' own scores. */
  readonly level?: "corpus" | "sentence";
}

/**
 * BLEU from 0 to 100, case and all as in sacreBLEU 2.6. Several references of one answer are one: each n-gram may occur as
 * often as in the one that has it most; the length is the one closest to the answer's. Scores of sentences leave out
 * the orders for which the answer is too short ("effective order").
 *
 * @see Papineni et al. 2002, BLEU: a Method for Automatic Evaluation of Machine Translation
 */
export function bleu(options: BleuOptions): Metric<TextItem> {
  const { order = 4, smoothing = "exp", level = "corpus" } = options;
  const tokenizer = tokenizerFor(options);
  const cut = tokenised(tokenizer.tokens);
  const countsIn = perItem((item: TokenItem) => countsOf(item, order));
  const perSentence = level === "sentence";
  return {
    name: `${perSentence ? "sentence " : ""}BLEU-${order}`,
    signature: signatureOf({
      case: "mixed",
      eff: perSentence ? "yes" : "no",
      tok: tokenizer.name,
      smooth: smoothings[smoothing],
    }),
    better: "higher",
    of(items) {
      const counted = cut(items).map(countsIn);
      if (perSentence) return meanOf(counted.map((counts) => bleuOf(counts, smoothing, true)));
      return {
        score: (rows) =>
          rows.length === 0 ? Number.NaN : bleuOf(sumOf(rows.map((row) => counted[row]!)), smoothing, false),
      };
    },
  };
}

/** What BLEU needs of a text, or of several by addition. */
interface BleuCounts {
  readonly answerLength: number;
  readonly referenceLength: number;
  /** N-grams of 1, 2, ... tokens that a reference has. */
  readonly matches: readonly number[];
  /** All n-grams of 1, 2, ... tokens. */
  readonly totals: readonly number[];
}

function countsOf({ answer, references }: TokenItem, order: number): BleuCounts {
  const matches = ordersTo(order).map((n) => {
    const most = new Map<string, number>();
    for (const reference of references)
      for (const [gram, count] of countNgrams(reference, n))
        most.set(gram, Math.max(count, most.get(gram) ?? 0));
    return clippedMatches(countNgrams(answer, n), most);
  });
  const distance = (length: number) => Math.abs(length - answer.length);
  const [referenceLength = 0] = references
    .map(({ length }) => length)
    .sort((a, b) => distance(a) - distance(b) || a - b);
  const totals = ordersTo(order).map((n) => ngramTotal(answer, n));
  return { answerLength: answer.length, referenceLength, matches, totals };
}

const sumOf = (counts: readonly BleuCounts[]): BleuCounts => {
  const sum = (of: (one: BleuCounts) => number) => counts.reduce((total, one) => total + of(one), 0);
  return {
    answerLength: sum((one) => one.answerLength),
    referenceLength: sum((one) => one.referenceLength),
    matches: everyRow(counts[0]?.matches ?? []).map((n) => sum(({ matches }) => matches[n]!)),
    totals: everyRow(counts[0]?.totals ?? []).map((n) => sum(({ totals }) => totals[n]!)),
  };
};

/** @param effective leave out the orders of which the answer has no n-gram, instead of scoring 0 */
function bleuOf(counts: BleuCounts, smoothing: Smoothing, effective: boolean): number {
  const { answerLength, referenceLength, matches, totals } = counts;
  if (matches.every((count) => count === 0)) return 0;
  let [logSum, orders, half] = [0, 0, 1];
  for (const n of everyRow(matches)) {
    const added = smoothing === "add-k" && n > 0 ? 1 : 0;
    const [match, total] = [matches[n]! + added, totals[n]! + added];
    if (total === 0) break;
    orders++;
    if (match > 0) logSum += Math.log(match / total);
    else if (smoothing === "exp") {
      half /= 2;
      logSum += Math.log(half / total);
    } else if (smoothing === "floor") logSum += Math.log(0.1 / total);
    else return 0;
  }
  if (orders < matches.length && !effective) return 0;
  const brevity = answerLength < referenceLength ? Math.exp(1 - referenceLength / answerLength) : 1;
  return 100 * brevity * Math.exp(logSum / orders);
}
