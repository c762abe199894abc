/** @file CIDEr-D: n-grams shared with the references, each weighted by how rare it is among all references. */

import type { Metric, TextItem } from "./metric.ts";
import { meanOf } from "./metric.ts";
import { countNgrams, ngramTotal, ordersTo } from "./ngrams.ts";
import { signatureOf } from "./signature.ts";
import { plainTokenizerFor, type TextUnit, tokenised } from "./tokens.ts";

const longest = 4;
/** Standard deviation of the penalty for length, in tokens. */
const sigma = 6;

/**
 * CIDEr-D from 0 to 10, the mean of the answers' own scores and of an answer's references, in tokens without case and
 * marks; from equal tokens the numbers of pycocoevalcap.
 *
 * An n-gram's weight is log(items / items with a reference that has it), over all items given to `of`: it belongs to the
 * test set and does not change with the rows that are scored. Of a single item every weight is 0, and so is the score.
 *
 * @see Vedantam et al. 2015, CIDEr: Consensus-based Image Description Evaluation, section 6
 */
export function cider(options: TextUnit): Metric<TextItem> {
  const tokenizer = plainTokenizerFor(options);
  const cut = tokenised(tokenizer.tokens);
  return {
    name: "CIDEr-D",
    signature: signatureOf({
      refs: "mean",
      case: "lc",
      punct: "no",
      tok: tokenizer.name,
      n: longest,
      sigma,
      idf: "references-of-all-items",
    }),
    better: "higher",
    of(items) {
      const tokens = cut(items);
      const frequency = new Map<string, number>();
      for (const { references } of tokens) {
        const own = references.flatMap((reference) =>
          ordersTo(longest).flatMap((n) => [...countNgrams(reference, n).keys()]),
        );
        for (const gram of new Set(own)) frequency.set(gram, (frequency.get(gram) ?? 0) + 1);
      }
      const weight = (gram: string) => Math.log(items.length / (frequency.get(gram) ?? 1));
      return meanOf(
        tokens.map(({ answer, references }) => {
          const vectors = weightedOrders(answer, weight);
          const scores = references.map((reference) => {
            const lengths = ngramTotal(answer, 2) - ngramTotal(reference, 2);
            const penalty = Math.exp(-(lengths ** 2) / (2 * sigma ** 2));
            return penalty * meanSimilarity(vectors, weightedOrders(reference, weight));
          });
          return (10 * scores.reduce((sum, score) => sum + score, 0)) / references.length;
        }),
      );
    },
  };
}

/** A weighted text: its n-grams of one length. */
interface Weighted {
  readonly weights: ReadonlyMap<string, number>;
  readonly norm: number;
}

const weightedOrders = (tokens: readonly string[], weight: (gram: string) => number): Weighted[] =>
  ordersTo(longest).map((n) => {
    const weights = new Map([...countNgrams(tokens, n)].map(([gram, count]) => [gram, count * weight(gram)]));
    return { weights, norm: Math.sqrt([...weights.values()].reduce((sum, w) => sum + w * w, 0)) };
  });

/** Cosine of two texts, where the answer's weights count at most as much as the reference's, averaged over the orders. */
function meanSimilarity(answer: readonly Weighted[], reference: readonly Weighted[]): number {
  let sum = 0;
  for (const [n, { weights, norm }] of answer.entries()) {
    const other = reference[n]!;
    let product = 0;
    for (const [gram, own] of weights) {
      const theirs = other.weights.get(gram) ?? 0;
      product += Math.min(own, theirs) * theirs;
    }
    if (norm > 0 && other.norm > 0) sum += product / (norm * other.norm);
  }
  return sum / longest;
}
