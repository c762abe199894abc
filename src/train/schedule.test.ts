import assert from "node:assert/strict";
import { test } from "node:test";
import { learningRate } from "./schedule.ts";

test("the rate rises in a line, peaks, and falls along half a cosine", () => {
  const run = { steps: 100, peak: 1e-3, warmup: 0.05, floor: 0 };
  const rates = Array.from({ length: 100 }, (_, i) => learningRate(i + 1, run));
  assert.deepEqual(
    rates.slice(0, 5).map((rate) => Math.round(rate * 1e6)),
    [200, 400, 600, 800, 1000],
  );
  assert.equal(rates[5], 1e-3);
  for (let i = 6; i < 100; i++) assert.ok(rates[i]! < rates[i - 1]! && rates[i]! > 0, `step ${i + 1}`);
  // Half-way through the 95 steps that fall.
  assert.ok(Math.abs((rates[52]! + rates[53]!) / 2 - 0.5e-3) < 1e-6);
});

test("without warm-up the first step has the peak; a run of one step too", () => {
  assert.equal(learningRate(1, { steps: 10, peak: 2, warmup: 0, floor: 0 }), 2);
  assert.equal(learningRate(1, { steps: 1, peak: 2, warmup: 0.5, floor: 0 }), 2);
});

test("the cosine ends at its floor", () => {
  const rates = Array.from({ length: 100 }, (_, i) =>
    learningRate(i + 1, { steps: 100, peak: 1, warmup: 0.1, floor: 0.25 }),
  );
  assert.equal(rates[10], 1);
  assert.ok(rates[99]! > 0.25 && rates[99]! < 0.2505);
  for (let i = 11; i < 100; i++) assert.ok(rates[i]! < rates[i - 1]!);
});
