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

interface Asked {
  open(from?: LoadedModel): Promise<Study>;
  readonly requests: readonly StudyRequest[];
}
type Way = (asked: Asked, written: Written) => Promise<void>;

/** Every request by itself. */
const oneByOne =
  (options: GenerateOptions): Way =>
  async ({ open, requests }, written) => {
    for (const request of requests) {
      const alone = await open();
      written.take(await alone.ask(request, options), request);
      await alone.close();
    }
  };

/** One request of a study after the other. @param earlier answers before that guesses are looked up in as well */
const inTurn =
  (options: GenerateOptions, { earlier = 0, from = model } = {}): Way =>
  async ({ open, requests }, written) => {
    const study = await open(from);
    for (const request of requests) {
      const texts = earlier > 0 ? written.texts.slice(-earlier) : [];
      written.take(await study.ask(request, { lookup: { texts }, ...options }), request);
    }
    await study.close();
  };

/** All requests of a study at once. */
const atOnce =
  (options: GenerateOptions): Way =>
  async ({ open, requests }, written) => {
    const study = await open();
    const answers = await study.askAll(requests, options);
    for (const [n, answer] of answers.entries()) written.take(answer, requests[n]!);
    await study.close();
  };

/** Each adds something to one before. */
const ways: Readonly<Record<string, Way>> = {
  "one by one": oneByOne(unguessed),
  "one by one, guessing": oneByOne(greedy),
  "study, nothing guessed": inTurn(unguessed),
  "study, guessing from itself": inTurn(greedy, { from: untold }),
  study: inTurn(greedy),
  "study, guessing from the 40 answers before too": inTurn(greedy, { earlier: 40 }),
  "study, all at once, nothing guessed": atOnce(unguessed),
  "study, all at once": atOnce(greedy),
};

/** Every study in both languages, in all ways before the next: other work comes and goes. */
async function measure(): Promise<Map<string, Record<string, number>>> {
  const all = Object.entries(ways).map(([name, work]) => ({ name, work, written: new Written() }));
  const sums = new Map<string, Record<string, number>>();
  for (const language of ["en", "zh"] as const)
    for (const two of pairs)
      for (const { name, work, written } of all) {
        const open = (from = model) => openStudy(from, two, { language });
        const [before, start] = [{ ...spent }, performance.now()];
        await work({ open, requests: asked[language] }, written);
        const figures = { wholeMs: performance.now() - start, ...partsSince(before, spent) };
        const sum = sums.get(name) ?? {};
        for (const [part, ms] of Object.entries(figures)) sum[part] = (sum[part] ?? 0) + ms;
        sums.set(name, sum);
      }
  for (const { name, written } of all) {
    const { counts, texts } = written;
    if (texts.join() !== all[0]!.written.texts.join())
      throw new Error(`${name}: expected the texts of one by one, got others`);
    Object.assign(sums.get(name)!, counts, {
      timesFaster: sums.get(all[0]!.name)!.wholeMs! / sums.get(name)!.wholeMs!,
      passesPerReportToken: counts.reportPasses / counts.reportTokens,
    });
  }
  return sums;
}

await measure(); // warms up
const measured: Map<string, Record<string, number>>[] = [];
for (let run = 0; run < Number(runs); run++) measured.push(await measure());
await model.close();

const results = Object.keys(ways).map((way) => {
  const medians = Object.entries(mediansOf(measured.map((sums) => sums.get(way)!)));
  const rounded = medians.map(([name, value]) => [name, Number(value.toFixed(name.endsWith("Ms") ? 0 : 2))]);
  return { way, ...Object.fromEntries(rounded) };
});
console.log(JSON.stringify({ studies: 2 * pairs.length, runs: Number(runs), results }, null, 2));
