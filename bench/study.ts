/**
 * @file What sharing the work of one study saves: report, diagnosis and two questions, asked one by one and as a study
 * with one thing more at a time, in turns. Prints JSON.
 *
 * npm run build && node dist/bench/study.js [checkpoint] [runs]
 */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LoadedModel } from "../src/generate/load_model.ts";
import {
  type Answer,
  type GenerateOptions,
  loadModel,
  openStudy,
  type Study,
  type StudyRequest,
  shippedModel,
} from "../src/index.ts";
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
/** The same model without the texts that its folder brings. */
const untold = new LoadedModel({ ...model, lookupTokens: [] });
const spent = watchTimes(model.engine);
const greedy: GenerateOptions = { temperature: 0 };
const unguessed: GenerateOptions = { ...greedy, lookup: { most: 0 } };

/** What was written: texts, and the tokens and passes of all answers and of reports alone. */
class Written {
  readonly texts: string[] = [];
  readonly counts = { tokens: 0, passes: 0, reportTokens: 0, reportPasses: 0 };

  take({ text, usage }: Answer, asked: StudyRequest): void {
    this.texts.push(text);
    this.counts.tokens += usage.newTokens;
    this.counts.passes += usage.passes;
    if (asked !== "report") return;
    this.counts.reportTokens += usage.newTokens;
    this.counts.reportPasses += usage.passes;
  }
}

/** Open one study after the other, in both languages. */
async function everyStudy(
  work: (open: () => Promise<Study>, requests: readonly StudyRequest[]) => Promise<void>,
  from = model,
): Promise<void> {
  for (const language of ["en", "zh"] as const)
    for (const two of pairs) await work(() => openStudy(from, two, { language }), asked[language]);
}

/** Every request by itself. */
const oneByOne = (options: GenerateOptions) => (written: Written) =>
  everyStudy(async (open, requests) => {
    for (const request of requests) {
      const alone = await open();
      written.take(await alone.ask(request, options), request);
      await alone.close();
    }
  });

/** One request of a study after the other. @param earlier answers before that guesses are looked up in as well */
const inTurn =
  (options: GenerateOptions, { earlier = 0, from = model } = {}) =>
  (written: Written) =>
    everyStudy(async (open, requests) => {
      const study = await open();
      for (const request of requests) {
        const texts = earlier > 0 ? written.texts.slice(-earlier) : [];
        written.take(await study.ask(request, { lookup: { texts }, ...options }), request);
      }
      await study.close();
    }, from);

/** All requests of a study at once. */
const atOnce = (options: GenerateOptions) => (written: Written) =>
  everyStudy(async (open, requests) => {
    const study = await open();
    const answers = await study.askAll(requests, options);
    for (const [n, answer] of answers.entries()) written.take(answer, requests[n]!);
    await study.close();
  });

/** Each adds something to one before. */
const ways: Readonly<Record<string, (written: Written) => Promise<void>>> = {
  "one by one": oneByOne(unguessed),
  "one by one, guessing": oneByOne(greedy),
  "study, nothing guessed": inTurn(unguessed),
  "study, guessing from itself": inTurn(greedy, { from: untold }),
  study: inTurn(greedy),
  "study, guessing from the 40 answers before too": inTurn(greedy, { earlier: 40 }),
  "study, all at once, nothing guessed": atOnce(unguessed),
  "study, all at once": atOnce(greedy),
};

const times = new Map<string, Record<string, number>[]>();
let wanted: string | undefined;
for (let run = 0; run <= Number(runs); run++)
  for (const [name, work] of Object.entries(ways)) {
    const written = new Written();
    const before = { ...spent };
    const start = performance.now();
    await work(written);
    const wholeMs = performance.now() - start;
    wanted ??= written.texts.join();
    if (written.texts.join() !== wanted)
      throw new Error(`${name}: expected the texts of one by one, got others`);
    if (run === 0) continue; // the first run warms up
    const figures = { wholeMs, ...partsSince(before, spent), ...written.counts };
    times.set(name, [...(times.get(name) ?? []), figures]);
  }
await model.close();

const medians = [...times].map(([way, all]) => ({ way, figures: mediansOf(all) }));
const [alone] = medians;
const results = medians.map(({ way, figures }) => ({
  way,
  ...Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Math.round(value)])),
  timesFaster: Number((alone!.figures.wholeMs! / figures.wholeMs!).toFixed(2)),
  passesPerReportToken: Number((figures.reportPasses! / figures.reportTokens!).toFixed(2)),
}));
console.log(JSON.stringify({ studies: 2 * pairs.length, runs: Number(runs), results }, null, 2));
