import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRandom } from "../tensor/random.ts";
import { chooseToken, scoreToken } from "./sampling.ts";
import type { Sampling } from "./settings.ts";

const plain: Sampling = { temperature: 1, topK: null, topP: 1, repetitionPenalty: 1 };
const none: ReadonlySet<number> = new Set();
const choose = (logits: readonly number[], sampling: Partial<Sampling>, random = () => 0, seen = none) =>
  chooseToken(Float32Array.from(logits), seen, { ...plain, ...sampling }, random);

/** Probability of every token, from the definitions, with plain arrays. */
function probabilities(logits: readonly number[], seen: ReadonlySet<number>, sampling: Sampling): number[] {
  const { temperature, topK, topP, repetitionPenalty } = sampling;
  const scores = logits.map((score, id) => {
    if (!seen.has(id)) return score;
    return Math.fround(score < 0 ? score * repetitionPenalty : score / repetitionPenalty);
  });
  const falling = scores.toSorted((a, b) => b - a);
  const least = topK === null ? -Infinity : (falling[topK - 1] ?? -Infinity);
  const weights = scores.map((score) => (score >= least ? Math.exp((score - falling[0]!) / temperature) : 0));
  const total = weights.reduce((a, b) => a + b);
  const above = (id: number) =>
    weights.filter((weight, other) => weight > weights[id]! || (weight === weights[id] && other < id));
  const kept = weights.map((weight, id) =>
    topP === 1 || above(id).reduce((a, b) => a + b, 0) < topP * total ? weight : 0,
  );
  const left = kept.reduce((a, b) => a + b);
  return kept.map((weight) => weight / left);
}

const logits = fc.array(
  fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -60, max: 60 }), fc.constant(-Infinity)),
  { minLength: 2, maxLength: 12 },
);
const sampling = fc.record({
  temperature: fc.constantFrom(0.05, 0.7, 1, 3),
  topK: fc.oneof(fc.constant(null), fc.integer({ min: 2, max: 14 })),
  topP: fc.constantFrom(0.001, 0.3, 0.61, 0.9, 1),
  repetitionPenalty: fc.constantFrom(0.5, 1, 1.3),
});

test("a draw falls on the token whose share of the definition's probabilities it hits", () => {
  fc.assert(
    fc.property(
      logits,
      sampling,
      fc.array(fc.nat(11), { maxLength: 4 }),
      fc.integer({ min: 0, max: 99 }),
      (scores, chosen, seenIds, hundredth) => {
        fc.pre(scores.some(Number.isFinite));
        const seen = new Set(seenIds.filter((id) => id < scores.length));
        const shares = probabilities(scores, seen, chosen);
        const at = (hundredth + 0.4321) / 100;
        const id = choose(scores, chosen, () => at, seen);
        const before = shares.slice(0, id).reduce((a, b) => a + b, 0);
        const rounding = 1e-9;
        assert.ok(shares[id]! > 0, `token ${id} has no probability`);
        assert.ok(before <= at + rounding && at <= before + shares[id]! + rounding);
      },
    ),
    { numRuns: 3000 },
  );
});

test("greedy takes the largest score, of equals the first, and draws nothing", () => {
  const never = () => assert.fail("a greedy choice needs no random number");
  assert.equal(choose([1, 5, 5, 2], { temperature: 0 }, never), 1);
  assert.equal(choose([7, 7, 7], { temperature: 0, topK: 2 }, never), 0);
  assert.equal(choose([1, 5, 5, 2], { temperature: 3, topK: 1 }, never), 1);
  assert.equal(choose([-Infinity, -3, -Infinity], { temperature: 0 }, never), 1);
});

/** The tokens that many draws reach. */
const reached = (scores: readonly number[], chosen: Partial<Sampling>) => {
  const random = createRandom(1);
  const ids = new Set(Array.from({ length: 500 }, () => choose(scores, chosen, random)));
  return [...ids].sort();
};

test("top-k keeps what equals the last of the k best", () => {
  assert.deepEqual(reached([2, 1, 1, 0, 1], { topK: 2 }), [0, 1, 2, 4]);
  assert.deepEqual(reached([2, 1, 0, 0.5], { topK: 2 }), [0, 1]);
  assert.deepEqual(reached([2, 1, 0], { topK: 100 }), [0, 1, 2]);
});

test("top-p stops with the token that reaches the probability, exactly", () => {
  const halves = [0.5, 0.25, 0.125, 0.125].map(Math.log2).map((bits) => bits * Math.LN2);
  assert.deepEqual(reached(halves, { topP: 0.4 }), [0]);
  assert.deepEqual(reached(halves, { topP: 0.6 }), [0, 1]);
  assert.deepEqual(reached([0, 0, 0, 0], { topP: 0.5 }), [0, 1], "equal shares: exactly half is two of four");
  assert.deepEqual(reached([0, 0, 0, 0], { topP: 0.500001 }), [0, 1, 2]);
});

test("draws follow the probabilities", () => {
  const scores = [0, 1, 2, -Infinity, -1];
  const expected = probabilities(scores, none, plain);
  const counts = scores.map(() => 0);
  const random = createRandom(7);
  const draws = 20_000;
  for (let i = 0; i < draws; i++) counts[choose(scores, {}, random)]! += 1;
  counts.forEach((count, id) => {
    const spread = Math.sqrt((expected[id]! * (1 - expected[id]!)) / draws);
    assert.ok(Math.abs(count / draws - expected[id]!) <= 4 * spread, `token ${id}: ${count / draws}`);
  });
});

test("the repetition penalty moves seen tokens down, positive or negative, and leaves the logits alone", () => {
  const scores = Float32Array.of(2, 1.5, -1, -1.2);
  const penalised: Sampling = { ...plain, temperature: 0, repetitionPenalty: 2 };
  assert.equal(chooseToken(scores, new Set([0]), penalised, Math.random), 1);
  assert.equal(chooseToken(scores.subarray(2), new Set([0]), penalised, Math.random), 1);
  assert.deepEqual([...scores], [2, 1.5, -1, Math.fround(-1.2)]);
});

test("equal logits are equally likely, and huge ones do not overflow", () => {
  assert.deepEqual(reached([0, 0, 0], {}), [0, 1, 2]);
  assert.deepEqual(reached([3e38, 3e38, -3e38], { temperature: 0.01 }), [0, 1]);
  assert.deepEqual(reached([-3e38, -3e38, -Infinity], { temperature: 1e-300, topP: 0.99 }), [0, 1]);
});

test("logits that are not numbers are refused, not sampled", () => {
  for (const bad of [NaN, Infinity, -Infinity])
    for (const temperature of [0, 1])
      assert.throws(() => choose([bad, bad], { temperature }), /largest logit/, `${bad} at ${temperature}`);
});

test("log-probabilities sum to one, and the alternatives are the likeliest, falling", () => {
  fc.assert(
    fc.property(logits, fc.integer({ min: 0, max: 14 }), (scores, count) => {
      fc.pre(scores.some(Number.isFinite));
      const values = Float32Array.from(scores);
      const all = scores.map((_, id) => scoreToken(values, id, 0).logprob);
      assert.ok(Math.abs(all.reduce((sum, logprob) => sum + Math.exp(logprob), 0) - 1) < 1e-6);
      const { logprob, top } = scoreToken(values, 1, count);
      const ids = scores.map((_, id) => id).sort((a, b) => scores[b]! - scores[a]! || a - b);
      assert.deepEqual(
        top,
        ids.slice(0, count).map((id) => ({ id, logprob: all[id] })),
      );
      assert.equal(logprob, all[1]);
    }),
  );
});

test("log-probabilities are those of the softmax", () => {
  const { logprob, top } = scoreToken(Float32Array.of(Math.log(1), Math.log(3), Math.log(4)), 1, 2);
  assert.ok(Math.abs(logprob - Math.log(3 / 8)) < 1e-6);
  assert.ok(Math.abs(top[0]!.logprob - Math.log(1 / 2)) < 1e-6);
  assert.equal(scoreToken(Float32Array.of(1e38, 0), 0, 0).logprob, 0);
});
