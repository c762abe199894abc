/** @file From logits to the next token. */

import type { Random } from "../tensor/random.ts";
import type { Settings } from "./settings.ts";

/** A token and the log-probability that the model gives it, before temperature and filters. */
export interface ScoredToken {
  readonly id: number;
  readonly logprob: number;
}

/**
 * Choose the next token.
 *
 * Order as in the reference: repetition penalty, temperature, top-k, top-p, then a draw from what is left.
 *
 * @param logits [V], left unchanged
 * @param seen ids that the repetition penalty applies to
 */
export function chooseToken(
  logits: Float32Array,
  seen: ReadonlySet<number>,
  { temperature, topK, topP, repetitionPenalty }: Settings,
  random: Random,
): number {
  const scores = penalise(logits, seen, repetitionPenalty);
  if (temperature === 0 || topK === 1) return largest(scores);
  const kept = keepTopP(keepTopK(scores, topK), temperature, topP);
  const total = kept.reduce((sum, { weight }) => sum + weight, 0);
  let left = random() * total;
  for (const { id, weight } of kept) {
    left -= weight;
    if (left < 0) return id;
  }
  return kept.at(-1)!.id;
}

/** Scores of seen tokens move away from being chosen. @see Keskar et al. 2019, arXiv 1909.05858, equation 2 of 4.1 */
function penalise(logits: Float32Array, seen: ReadonlySet<number>, penalty: number): Float32Array {
  if (penalty === 1) return logits;
  const scores = logits.slice();
  for (const id of seen) scores[id] = scores[id]! < 0 ? scores[id]! * penalty : scores[id]! / penalty;
  return scores;
}

/** Index of the largest score; the first of equals. */
function largest(scores: Float32Array): number {
  let best = 0;
  for (let id = 1; id < scores.length; id++) if (scores[id]! > scores[best]!) best = id;
  return best;
}

/** Ids by falling score: the k best and whatever equals the last of them. */
function keepTopK(scores: Float32Array, k: number | null): { id: number; score: number }[] {
  const least =
    k === null || k >= scores.length ? Number.NEGATIVE_INFINITY : scores.toSorted()[scores.length - k]!;
  const kept: { id: number; score: number }[] = [];
  for (let id = 0; id < scores.length; id++) if (scores[id]! >= least) kept.push({ id, score: scores[id]! });
  return kept.sort((a, b) => b.score - a.score || a.id - b.id);
}

/** The shortest run of the best whose probabilities at this temperature reach `topP`. */
function keepTopP(
  ranked: readonly { id: number; score: number }[],
  temperature: number,
  topP: number,
): { id: number; weight: number }[] {
  const best = ranked[0]!.score;
  const weighted = ranked.map(({ id, score }) => ({ id, weight: Math.exp((score - best) / temperature) }));
  if (topP === 1) return weighted;
  const goal = topP * weighted.reduce((sum, { weight }) => sum + weight, 0);
  let reached = 0;
  const end = weighted.findIndex(({ weight }) => {
    reached += weight;
    return reached >= goal;
  });
  return end < 0 ? weighted : weighted.slice(0, end + 1);
}

/**
 * Log-probabilities of a token and of the likeliest ones.
 *
 * @param count how many of the likeliest, falling
 */
export function scoreToken(
  logits: Float32Array,
  id: number,
  count: number,
): { logprob: number; top: ScoredToken[] } {
  const best = logits[largest(logits)]!;
  const total = best + Math.log(logits.reduce((sum, score) => sum + Math.exp(score - best), 0));
  const top = count === 0 ? [] : keepTopK(logits, count).slice(0, count);
  return {
    logprob: logits[id]! - total,
    top: top.map(({ id: other, score }) => ({ id: other, logprob: score - total })),
  };
}
