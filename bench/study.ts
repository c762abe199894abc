/**
 * @file What sharing the work of one study saves: report, diagnosis and two questions, asked one by one and as a study,
 * in turns. Prints JSON.
 *
 * npm run build && node dist/bench/study.js [checkpoint] [runs]
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type GenerateOptions, loadModel, openStudy, shippedModel } from "../src/index.ts";
import { partsSince, watchTimes } from "./engine_times.ts";
import { mediansOf } from "./statistics.ts";

const [checkpoint = shippedModel, runs = "5"] = process.argv.slice(2);
const samples = fileURLToPath(new URL("../../samples/", import.meta.url));
const pictures = readdirSync(samples)
  .filter((name) => name.endsWith(".jpg"))
  .map((name) => join(samples, name));
const pairs = pictures.map((picture, n) => [picture, pictures[(n + 1) % pictures.length]!]);
const asked = {
  en: ["report", "diagnose", { question: "Which organ is this?" }, { question: "Is there a lesion?" }],
  zh: ["report", "diagnose", { question: "这是哪个器官？" }, { question: "有病灶吗？" }],
} as const;

const model = await loadModel(checkpoint);
const spent = watchTimes(model.engine);
const none: GenerateOptions = { temperature: 0, lookup: { most: 0 } };

/** Everything that is asked about every pair of pictures, each with a request of its own. */
async function oneByOne(texts: string[]): Promise<number[]> {
  return everyStudy(async (study, request) => {
    const paths = study.pictures;
    const alone = await openStudy(model, paths, { language: study.language });
    const { text, usage } = await alone.ask(request, none);
    await alone.close();
    texts.push(text);
    return usage;
  });
}

interface Asked {
  readonly pictures: readonly string[];
  readonly language: "en" | "zh";
}
type Request = (typeof asked)["en" | "zh"][number];
type Usage = { readonly newTokens: number; readonly passes: number };

async function everyStudy(ask: (study: Asked, request: Request) => Promise<Usage>): Promise<number[]> {
  let [tokens, passes] = [0, 0];
  for (const language of ["en", "zh"] as const)
    for (const two of pairs)
      for (const request of asked[language]) {
        const usage = await ask({ pictures: two, language }, request);
        tokens += usage.newTokens;
        passes += usage.passes;
      }
  return [tokens, passes];
}

/** The same, each study opened once. */
async function asStudies(options: GenerateOptions, texts: string[], lookedUp = false): Promise<number[]> {
  let open: { key: string; study: Awaited<ReturnType<typeof openStudy>> } | undefined;
  const counts = await everyStudy(async ({ pictures: two, language }, request) => {
    const key = `${language} ${two}`;
    if (open?.key !== key) {
      await open?.study.close();
      open = { key, study: await openStudy(model, two, { language }) };
    }
    const lookup = lookedUp && texts.length > 0 ? { lookup: { texts: texts.slice(-40) } } : {};
    const { text, usage } = await open.study.ask(request, { ...options, ...lookup });
    texts.push(text);
    return usage;
  });
  await open?.study.close();
  return counts;
}

/** The same, everything about a study asked at once. */
async function atOnce(texts: string[]): Promise<number[]> {
  let [tokens, passes] = [0, 0];
  for (const language of ["en", "zh"] as const)
    for (const two of pairs) {
      const study = await openStudy(model, two, { language });
      for (const { text, usage } of await study.askAll(asked[language], { temperature: 0 })) {
        texts.push(text);
        tokens += usage.newTokens;
        passes += usage.passes;
      }
      await study.close();
    }
  return [tokens, passes];
}

const ways = {
  "one by one": (texts: string[]) => oneByOne(texts),
  "study, nothing guessed": (texts: string[]) => asStudies(none, texts),
  study: (texts: string[]) => asStudies({ temperature: 0 }, texts),
  "study, all at once": atOnce,
  "study, guessing from the 40 answers before too": (texts: string[]) =>
    asStudies({ temperature: 0 }, texts, true),
} as const;

const times = new Map<string, Record<string, number>[]>();
let wanted: string | undefined;
for (let run = 0; run <= Number(runs); run++)
  for (const [name, work] of Object.entries(ways)) {
    const texts: string[] = [];
    const before = { ...spent };
    const start = performance.now();
    const [tokens, passes] = await work(texts);
    const wholeMs = performance.now() - start;
    wanted ??= texts.join();
    if (texts.join() !== wanted) throw new Error(`${name}: expected the texts of one by one, got others`);
    if (run === 0) continue; // the first run warms up
    const figures = { wholeMs, ...partsSince(before, spent), tokens: tokens!, passes: passes! };
    times.set(name, [...(times.get(name) ?? []), figures]);
  }
await model.close();

const results = [...times].map(([way, all]) => ({
  way,
  ...Object.fromEntries(Object.entries(mediansOf(all)).map(([name, value]) => [name, Math.round(value)])),
}));
console.log(JSON.stringify({ studies: 2 * pairs.length, runs: Number(runs), results }, null, 2));
