/** @file ROUGE: words, pairs of words and their order that an answer shares with its best reference. */

import type { Metric, TextItem } from "./metric.ts";
import { meanOf, perItem } from "./metric.ts";
import { clippedMatches, countNgrams, ngramTotal } from "./ngrams.ts";
import { porterStem } from "./porter_stem.ts";
import { signatureOf } from "./signature.ts";
import { plainTokenizerFor, type TextUnit, type TokenItem, type Tokenizer, tokenised } from "./tokens.ts";

export interface RougeOptions extends TextUnit {
  /** 1 and 2: n-grams of so many tokens; L: longest common subsequence of the whole texts. */
  readonly kind: 1 | 2 | "L";
  /** `f`, the default, is the harmonic mean of the other two. */
  readonly part?: keyof RougeScore;
  /** Compare English words of more than three letters by their stem. */
  readonly stem?: boolean;
}

/**
 * ROUGE from 0 to 1, the mean of the answers' own scores. Of several references the one with the best F counts. English
 * by words gives the numbers of the package `rouge_score` 0.1.2; the rest is counted alike, in tokens without case and
 * marks.
 *
 * @see Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries
 */
export function rouge(options: RougeOptions): Metric<TextItem> {
  const { kind, part = "f", stem = false } = options;
  const tokenizer = rougeTokenizer(options);
  const cut = tokenised((text) =>
    tokenizer.tokens(text).map((token) => (stem && token.length > 3 ? porterStem(token) : token)),
  );
  const best = perItem(({ answer, references }: TokenItem) => {
    const scores = references.map((reference) => rougeOf(answer, reference, kind));
    return scores.reduce((first, next) => (next.f > first.f ? next : first))[part];
  });
  return {
    name: `ROUGE-${kind}${part === "f" ? "" : ` ${part}`}`,
    signature: signatureOf({
      refs: "best-f",
      case: "lc",
      punct: "no",
      tok: tokenizer.name,
      stem: stem ? "porter-nltk" : "no",
    }),
    better: "higher",
    of: (items) => meanOf(cut(items).map(best)),
  };
}

function rougeTokenizer(of: TextUnit): Tokenizer {
  if (of.language !== "en" || of.unit === "char") return plainTokenizerFor(of);
  return { name: "rouge_score", tokens: (text) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [] };
}

interface RougeScore {
  readonly precision: number;
  readonly recall: number;
  readonly f: number;
}

function rougeOf(answer: readonly string[], reference: readonly string[], kind: 1 | 2 | "L"): RougeScore {
  const n = kind === "L" ? 1 : kind;
  const matches =
    kind === "L"
      ? longestCommonSubsequence(answer, reference)
      : clippedMatches(countNgrams(answer, n), countNgrams(reference, n));
  const precision = matches / Math.max(1, ngramTotal(answer, n));
  const recall = matches / Math.max(1, ngramTotal(reference, n));
  return { precision, recall, f: matches === 0 ? 0 : (2 * precision * recall) / (precision + recall) };
}

/** Length of the longest sequence of tokens that both have in this order, with or without others between. */
function longestCommonSubsequence(a: readonly string[], b: readonly string[]): number {
  const ids = new Map<string, number>();
  const [first, second] = [a, b].map((tokens) =>
    Int32Array.from(tokens, (token) => {
      const id = ids.get(token) ?? ids.size;
      ids.set(token, id);
      return id;
    }),
  );
  // The row of the table so far: lengths[j] is that of the first tokens of `a` and j tokens of `b`.
  const lengths = new Int32Array(b.length + 1);
  for (const token of first!) {
    let diagonal = 0;
    for (let j = 0; j < b.length; j++) {
      const above = lengths[j + 1]!;
      lengths[j + 1] = second![j] === token ? diagonal + 1 : Math.max(above, lengths[j]!);
      diagonal = above;
    }
  }
  return lengths[b.length]!;
}
