/** @file This project, asked line by line. The only argument is an `Opening` as JSON. */

import sharp from "sharp";
import {
  type Answer,
  type Cache,
  type ImageSource,
  loadModel,
  type Message,
  openStudy,
  positionIds,
  type StudyRequest,
  taskPrompt,
  userMessage,
  VERSION,
} from "../../src/index.ts";
import { createRandom } from "../../src/tensor/random.ts";
import { partsSince, watchTimes } from "../engine_times.ts";
import { memoryNow, resetPeak } from "./memory.ts";
import type { Opening, Served } from "./requests.ts";
import { serveRequests, timed } from "./serve_requests.ts";

const { model: folder, threads } = JSON.parse(process.argv[2] ?? "{}") as Opening;
const { ms: loadMs, result: model } = await timed(() => loadModel(folder, { threads }));
const { engine } = model;
const spent = watchTimes(engine);
const kept = new Map<number, Cache>();
let pictures = 0;

/** As many as infer.py gives. */
const COMPARED_LOGITS = 64;

const idOf = (i: number): number => (i * 37) % 400;
const row = (length: number) => {
  const ids = Array.from({ length }, (_, i) => idOf(i));
  return { ids, positions: positionIds(ids, [], engine.config) };
};

async function cacheBehind(tokens: number): Promise<Cache> {
  const known = kept.get(tokens);
  if (known) return known;
  const cache = engine.openCache(1);
  if (tokens > 0) await engine.prefill(cache, [row(tokens)]);
  kept.set(tokens, cache);
  return cache;
}

/** Files of square pictures that no request before had, so that none is known from another. */
function newPictures(count: number, side: number): Promise<Uint8Array[]> {
  return Promise.all(
    Array.from({ length: count }, () => {
      const random = createRandom(pictures++);
      const noise = Uint8Array.from({ length: 3 * side ** 2 }, () => random() * 256);
      return sharp(noise, { raw: { width: side, height: side, channels: 3 } })
        .png()
        .toBuffer();
    }),
  );
}

/** Pictures keep their size. */
const pixels = (side: number) => ({ minPixels: side ** 2, maxPixels: side ** 2 });

/** A request of about as many tokens as words. */
const wordsOf = (count: number, seed: number): Message<ImageSource> => {
  const random = createRandom(seed);
  const words = ["liver", "cyst", "left", "wall", "normal", "nodule", "size", "echo"];
  const text = Array.from({ length: count }, () => words[Math.floor(random() * words.length)]).join(" ");
  return userMessage(text, []);
};

const studyRequests: readonly StudyRequest[] = [
  "report",
  "diagnose",
  { question: "Is there a focal lesion?" },
  { question: "How large is it?" },
];

/** Greedy, without guesses: random weights repeat themselves, which would make every figure too good. */
const greedy = (newTokens: number) => ({ maxNewTokens: newTokens, temperature: 0, lookup: { most: 0 } });

type Usage = Pick<Answer, "usage">;

async function served(work: () => Promise<readonly Usage[]>): Promise<Served> {
  resetPeak();
  const { ms, result } = await timed(work);
  const total = (name: "promptTokens" | "newTokens") =>
    result.reduce((sum, { usage }) => sum + usage[name], 0);
  return { ms, promptTokens: total("promptTokens"), newTokens: total("newTokens"), memory: memoryNow() };
}

await serveRequests(
  {
    about: async () => ({ version: VERSION, loadMs, memory: memoryNow() }),
    async prefill({ tokens }) {
      const cache = engine.openCache(1);
      resetPeak();
      const { ms, result } = await timed(() => engine.prefill(cache, [row(tokens)]));
      const memory = memoryNow();
      await engine.closeCache(cache);
      return { ms, memory, logits: [...result.data.subarray(0, COMPARED_LOGITS)] };
    },
    async decode({ context, tokens }) {
      const cache = await cacheBehind(context);
      const tokenMs: number[] = [];
      for (let i = 0; i < tokens; i++) tokenMs.push((await timed(() => engine.step(cache, [idOf(i)]))).ms);
      engine.truncate(cache, context, [context]);
      return { tokenMs };
    },
    async answer({ pictures: count, side, newTokens }) {
      const message = userMessage(taskPrompt("report", count, "en"), await newPictures(count, side));
      resetPeak();
      const stream = model.stream([message], { ...greedy(newTokens), pixels: pixels(side) });
      const times = [performance.now()];
      for (;;) {
        const { done, value } = await stream.next();
        if (!done) times.push(performance.now());
        else {
          const [firstMs = 0, ...tokenMs] = times.slice(1).map((time, i) => time - times[i]!);
          return { promptTokens: value.usage.promptTokens, firstMs, tokenMs, memory: memoryNow() };
        }
      }
    },
    together: ({ requests, promptTokens, newTokens }) =>
      served(() =>
        Promise.all(
          Array.from({ length: requests }, (_, i) =>
            model.generate([wordsOf(promptTokens, i)], greedy(newTokens)),
          ),
        ),
      ),
    batch: ({ requests, promptTokens, newTokens }) =>
      served(() =>
        model.generateBatch(
          Array.from({ length: requests }, (_, i) => [wordsOf(promptTokens, i)]),
          greedy(newTokens),
        ),
      ),
    async study({ pictures: count, side, newTokens, way }) {
      const shown = await newPictures(count, side);
      const options = { ...greedy(newTokens), pixels: pixels(side) };
      const studies = way === "one by one" ? studyRequests.map((request) => [request]) : [studyRequests];
      const usages: Usage["usage"][] = [];
      const before = { ...spent };
      const { ms: wholeMs } = await timed(async () => {
        for (const requests of studies) {
          const study = await openStudy(model, shown, { language: "en" });
          if (way === "study, all at once")
            usages.push(...(await study.askAll(requests, options)).map(({ usage }) => usage));
          else for (const request of requests) usages.push((await study.ask(request, options)).usage);
          await study.close();
        }
      });
      return {
        wholeMs,
        ...partsSince(before, spent),
        tokens: usages.reduce((sum, usage) => sum + usage.newTokens, 0),
        passes: usages.reduce((sum, usage) => sum + usage.passes, 0),
      };
    },
  },
  () => model.close(),
);
