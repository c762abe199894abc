/** @file One measurement in a process of its own, so that peak memory is this configuration's. Prints JSON. */

import { decodeImage, type Engine, loadModel, positionIds, preprocessImage } from "../src/index.ts";
import { median } from "./statistics.ts";

/** What to measure, as JSON in the first argument. */
export interface Job {
  readonly checkpoint: string;
  readonly threads: number;
  readonly weights: "float32" | "float16";
  readonly kernels: "fused" | "plain";
  readonly image: string;
  readonly maxPixels: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly runs: number;
}

export interface Measured {
  readonly loadMs: number;
  readonly imageMs: number;
  readonly imagePatches: number;
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
  readonly peakMiB: number;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function prefillAndDecode(engine: Engine, job: Job): Promise<{ prefillMs: number; decodeMs: number }> {
  const ids = Array.from({ length: job.promptTokens }, (_, i) => (i * 37) % 400);
  const row = { ids, positions: positionIds(ids, [], engine.config) };
  const cache = engine.openCache(1);
  const prefillMs = await timed(() => engine.prefill(cache, [row]));
  const decodeMs = await timed(async () => {
    for (let i = 0; i < job.newTokens; i++) await engine.step(cache, [(i * 53) % 400]);
  });
  await engine.closeCache(cache);
  return { prefillMs, decodeMs };
}

async function measure(job: Job): Promise<Measured> {
  const { checkpoint, threads, weights, kernels } = job;
  const start = performance.now();
  const model = await loadModel(checkpoint, { threads, weights, kernels });
  const loadMs = performance.now() - start;
  const { engine } = model;
  const pixels = { maxPixels: job.maxPixels };
  const { pixelValues, grid } = preprocessImage(await decodeImage(job.image), model.processor.image, pixels);
  const images: number[] = [];
  const prefills: number[] = [];
  const decodes: number[] = [];
  for (let run = 0; run <= job.runs; run++) {
    const imageMs = await timed(() => engine.see(pixelValues, grid));
    const { prefillMs, decodeMs } = await prefillAndDecode(engine, job);
    if (run === 0) continue; // the first run warms up
    images.push(imageMs);
    prefills.push(prefillMs);
    decodes.push(decodeMs);
  }
  await model.close();
  return {
    loadMs,
    imageMs: median(images),
    imagePatches: grid.t * grid.h * grid.w,
    prefillTokensPerSecond: (1000 * job.promptTokens) / median(prefills),
    decodeTokensPerSecond: (1000 * job.newTokens) / median(decodes),
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
}

process.stdout.write(JSON.stringify(await measure(JSON.parse(process.argv[2] ?? "{}") as Job)));
