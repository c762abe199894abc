/** @file From logits to the next token. */

import type { Random } from "../tensor/random.ts";
import type { Sampling } from "./settings.ts";

/** A token and the log-probability that the model gives it, before temperature and filters. */
export interface ScoredToken {
  readonly id: number;
  readonly logprob: number;
}

/**
 * Choose the next token.
 *
 * Order as in the reference: repetition penalty, temperature, top-k, top-p, then a draw from what is left. Temperature
 * 0 and top-k 1 take the likeliest token, of equals the first.
 *
 * @param logits [V], left unchanged
 * @param seen ids that the repetition penalty applies to
 * @throws Error when the largest logit is not a finite number
 */
export function chooseToken(
  logits: Float32Array,
  seen: ReadonlySet<number>,
  { temperature, topK, topP, repetitionPenalty }: Sampling,
  random: Random,
): number {
  const scores = penalise(logits, seen, repetitionPenalty);
  const first = largest(scores);
  const best = scores[first]!;
  if (!Number.isFinite(best)) throw new Error(`the model gave ${best} as its largest logit`);
  if (temperature === 0 || topK === 1) return first;
  const least = topK === null ? Number.NEGATIVE_INFINITY : kthLargest(scores, topK);
  const weights = new Float64Array(scores.length);
  for (let id = 0; id < scores.length; id++)
    if (scores[id]! >= least) weights[id] = Math.exp((scores[id]! - best) / temperature);
  return draw(topP < 1 ? keepTopP(weights, topP) : weights, random);
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

/** The k-th largest score, the smallest of all if there are fewer. */
function kthLargest(scores: Float32Array, k: number): number {
  // The k best so far, rising. A vocabulary is long and k is short: nearly every score stops at the first comparison.
  const best = new Float32Array(Math.min(k, scores.length)).fill(Number.NEGATIVE_INFINITY);
  for (let id = 0; id < scores.length; id++) {
    const score = scores[id]!;
    if (!(score > best[0]!)) continue;
    let at = 0;
    for (; at + 1 < best.length && best[at + 1]! < score; at++) best[at] = best[at + 1]!;
    best[at] = score;
  }
  return best[0]!;
}

/** Only the shortest run of the largest weights that makes up `topP` of their sum; of equals the first ids. */
function keepTopP(weights: Float64Array, topP: number): Float64Array {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  // All weights under this bound together are less than what may be left out, so they need no sorting.
  const bound = ((1 - topP) * total) / weights.length;
  const ranked: number[] = [];
  weights.forEach((weight, id) => {
    if (weight > 0 && weight >= bound) ranked.push(id);
  });
  ranked.sort((a, b) => weights[b]! - weights[a]! || a - b);
  const kept = new Float64Array(weights.length);
  let reached = 0;
  for (const id of ranked) {
    kept[id] = weights[id]!;
    reached += weights[id]!;
    if (reached >= topP * total) break;
  }
  return kept;
}

/** An id, as likely as its share of the weights. */
function draw(weights: Float64Array, random: Random): number {
  let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
  let last = 0;
  for (let id = 0; id < weights.length; id++) {
    if (weights[id] === 0) continue;
    left -= weights[id]!;
    if (left < 0) return id;
    last = id;
  }
  return last; // rounding may leave a crumb
}

/**
 * Log-probabilities of a token and of the likeliest ones.
 *
 * @param count how many of the likeliest, falling; of equals the first ids
 */
export function scoreToken(
  logits: Float32Array,
  id: number,
  count: number,
): { logprob: number; top: ScoredToken[] } {
  const best = logits[largest(logits)]!;
  const total = best + Math.log(logits.reduce((sum, score) => sum + Math.exp(score - best), 0));
  const scored = (other: number): ScoredToken => ({ id: other, logprob: logits[other]! - total });
  const top: number[] = [];
  if (count > 0) {
    const least = kthLargest(logits, count);
    logits.forEach((score, other) => {
      if (score >= least) top.push(other);
    });
    top.sort((a, b) => logits[b]! - logits[a]! || a - b);
  }
  return { logprob: scored(id).logprob, top: top.slice(0, count).map(scored) };
}
