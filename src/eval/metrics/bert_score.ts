/** @file BERTScore: tokens of two texts matched by how alike an encoder finds them in their context. */

import { type Metric, meanOf, type TextItem } from "./metric.ts";
import { signatureOf } from "./signature.ts";

/** The vectors of a text's tokens, one after another, each of length 1. */
export interface TokenVectors {
  readonly data: Float32Array;
  /** Numbers of a vector. */
  readonly width: number;
}

export interface BertScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** @returns `vectors` scaled to length 1; those of length 0 stay */
export function unitVectors({ data, width }: TokenVectors): TokenVectors {
  const scaled = data.slice();
  for (let start = 0; start < data.length; start += width) {
    const length = Math.hypot(...data.subarray(start, start + width));
    if (length > 0) for (let i = start; i < start + width; i++) scaled[i] = data[i]! / length;
  }
  return { data: scaled, width };
}

const dot = (a: TokenVectors, row: number, b: TokenVectors, column: number): number => {
  let sum = 0;
  const [first, second] = [row * a.width, column * a.width];
  for (let i = 0; i < a.width; i++) sum += a.data[first + i]! * b.data[second + i]!;
  return sum;
};

/**
 * Each token takes the most similar one of the other text, by cosine: precision is the mean over the answer's tokens,
 * recall over the reference's. A text without tokens is like no other; without any likeness F1 is 0.
 *
 * @see Zhang et al. 2020, BERTScore: Evaluating Text Generation with BERT
 */
export function bertScoreOf(answer: TokenVectors, reference: TokenVectors): BertScore {
  const [rows, columns] = [answer, reference].map(({ data, width }) => data.length / width) as [
    number,
    number,
  ];
  if (rows === 0 || columns === 0) return { precision: 0, recall: 0, f1: 0 };
  const [best, bestOfReference] = [rows, columns].map((count) => new Float64Array(count).fill(-1)) as [
    Float64Array,
    Float64Array,
  ];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const cosine = dot(answer, row, reference, column);
      best[row] = Math.max(best[row]!, cosine);
      bestOfReference[column] = Math.max(bestOfReference[column]!, cosine);
    }
  const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [precision, recall] = [mean(best), mean(bestOfReference)];
  const isAlike = precision > 0 && recall > 0;
  return { precision, recall, f1: isAlike ? (2 * precision * recall) / (precision + recall) : 0 };
}

/**
 * BERTScore, the mean of the answers' own; of several references the one with the best F1 counts. Neither weighed by
 * rarity nor rescaled.
 *
 * @param encoder what tells the encoder from others
 * @param scoreOf of one answer and reference, worked out before
 */
export const bertScore = (
  part: keyof BertScore,
  encoder: Readonly<Record<string, string | number>>,
  scoreOf: (answer: string, reference: string) => BertScore,
): Metric<TextItem> => ({
  name: `BERTScore ${part === "f1" ? "F1" : part}`,
  signature: signatureOf({ refs: "best-f1", ...encoder, special: "no", idf: "no", rescale: "no" }),
  better: "higher",
  of: (items) =>
    meanOf(
      items.map(({ answer, references }) => {
        const scores = references.map((reference) => scoreOf(answer, reference));
        return scores.reduce((best, next) => (next.f1 > best.f1 ? next : best))[part];
      }),
    ),
});
