/**
 * @file How total throughput grows with the requests in flight: reports of the sample pictures by 1, 2, 4 and 8 requests
 * at a time, in turns. Prints JSON.
 *
 * npm run build && node dist/bench/concurrency.js [checkpoint] [runs]
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadModel, shippedModel, taskPrompt, userMessage } from "../src/index.ts";
import { median } from "./statistics.ts";

const [checkpoint = shippedModel, runs = "5"] = process.argv.slice(2);
const samples = fileURLToPath(new URL("../../samples/", import.meta.url));
const pictures = readdirSync(samples)
  .filter((name) => name.endsWith(".jpg"))
  .map((name) => join(samples, name));
/** 24 requests, in both languages. */
const requests = Array.from({ length: 24 }, (_, n) => [
  userMessage(taskPrompt(n % 3 === 0 ? "diagnose" : "report", 1, n % 2 === 0 ? "en" : "zh"), [
    pictures[n % pictures.length]!,
  ]),
]);

const model = await loadModel(checkpoint);
const { engine } = model;
/** Decode steps alone: random tokens behind prompts of 100, so that nothing but steps is measured. */
async function stepsPerSecond(concurrent: number): Promise<number> {
  const count = 24;
  const caches = Array.from({ length: concurrent }, () => engine.openCache(1));
  const ids = Array.from({ length: 100 }, (_, n) => (n * 37) % 400);
  for (const cache of caches) await engine.prefill(cache, [{ ids, positions: { axes: [ids, ids, ids] } }]);
  const start = performance.now();
  await Promise.all(
    caches.map(async (cache, n) => {
      for (let step = 0; step < count; step++) await engine.step(cache, [(n * 53 + step * 7) % 400]);
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  await Promise.all(caches.map((cache) => engine.closeCache(cache)));
  return (count * concurrent) / seconds;
}

/** Answer all requests, so many in flight. @returns new tokens a second */
async function tokensPerSecond(concurrent: number, wanted: Map<number, string>): Promise<number> {
  let [next, tokens] = [0, 0];
  const start = performance.now();
  const worker = async () => {
    while (next < requests.length) {
      const n = next++;
      const { text, usage } = await model.generate(requests[n]!, { temperature: 0 });
      if ((wanted.get(n) ?? text) !== text) throw new Error(`request ${n}: expected the text it has alone`);
      wanted.set(n, text);
      tokens += usage.newTokens;
    }
  };
  await Promise.all(Array.from({ length: concurrent }, worker));
  return (1000 * tokens) / (performance.now() - start);
}

const levels = [1, 2, 4, 8] as const;
const measured = levels.map(() => ({ answers: [] as number[], steps: [] as number[] }));
const wanted = new Map<number, string>();
for (let run = 0; run <= Number(runs); run++)
  for (const [n, level] of levels.entries()) {
    const [answers, steps] = [await tokensPerSecond(level, wanted), await stepsPerSecond(level)];
    if (run === 0) continue; // the first run warms up
    measured[n]!.answers.push(answers);
    measured[n]!.steps.push(steps);
  }
await model.close();

const results = levels.map((level, n) => ({
  requests: level,
  answerTokensPerSecond: Math.round(median(measured[n]!.answers)),
  stepTokensPerSecond: Math.round(median(measured[n]!.steps)),
}));
const [alone] = results;
console.log(
  JSON.stringify(
    {
      runs: Number(runs),
      results: results.map((one) => ({
        ...one,
        answersRatio: Number((one.answerTokensPerSecond / alone!.answerTokensPerSecond).toFixed(2)),
        stepsRatio: Number((one.stepTokensPerSecond / alone!.stepTokensPerSecond).toFixed(2)),
      })),
    },
    null,
    2,
  ),
);
