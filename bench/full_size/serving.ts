/** @file One model as a server runs it: loading, an answer about a picture, several requests at once, a study. */

import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { median } from "../statistics.ts";
import { type Setting, start } from "./compare.ts";
import type { Memory } from "./memory.ts";
import type { Made } from "./models.ts";
import { type Answered, type Served, type StudyTimes, type StudyWay, studyWays } from "./requests.ts";

/** Loading, and the first answers of a fresh process. */
export interface Loading {
  /** Bytes of the weights' files. */
  readonly storedBytes: number;
  /** Of each fresh process but the first, which brings the files into the system's cache. */
  readonly loadMs: readonly number[];
  readonly memoryLoaded: Memory;
  /** The first answer of a process, and one after it. */
  readonly answers: readonly Answered[];
  /** Most memory from the start to the end of the answers. */
  readonly peak: number;
}

export async function measureLoading(model: Made, setting: Setting): Promise<Loading> {
  const { loads, side, answer } = setting.effort;
  const loadMs: number[] = [];
  for (let left = loads; ; left--) {
    const program = start(model, setting);
    try {
      const about = await program.ask("about", {});
      if (left < loads) loadMs.push(about.loadMs);
      if (left > 0) await program.close();
      else {
        const answers: Answered[] = [];
        for (let i = 0; i < 2; i++)
          answers.push(await program.ask("answer", { pictures: 1, side, newTokens: answer }));
        await program.close();
        const peaks = [about.memory, ...answers.map(({ memory }) => memory)].map(({ peak }) => peak);
        return {
          storedBytes: await storedBytes(model.path),
          loadMs,
          memoryLoaded: about.memory,
          answers,
          peak: Math.max(...peaks),
        };
      }
    } finally {
      program.kill();
    }
  }
}

async function storedBytes(folder: string): Promise<number> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".safetensors"));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** So many requests at once. */
export interface Crowd {
  readonly requests: number;
  /** Each through `generate`, and all through one `generateBatch`: the median of the rounds. */
  readonly together: Served;
  readonly batch: Served;
}

/** Every number of requests once a round, after one request that warms up. */
export async function measureCrowds(model: Made, setting: Setting): Promise<Crowd[]> {
  const { requests, requestPrompt: promptTokens, requestAnswer: newTokens, crowdRounds } = setting.effort;
  const program = start(model, setting);
  try {
    await program.ask("together", { requests: 1, promptTokens, newTokens });
    const served = requests.map((count) => ({ count, together: [] as Served[], batch: [] as Served[] }));
    for (let round = 0; round < crowdRounds; round++)
      for (const { count, together, batch } of round % 2 === 0 ? served : served.toReversed()) {
        const takes = { requests: count, promptTokens, newTokens };
        together.push(await program.ask("together", takes));
        batch.push(await program.ask("batch", takes));
      }
    await program.close();
    return served.map(({ count, together, batch }) => ({
      requests: count,
      together: middle(together),
      batch: middle(batch),
    }));
  } finally {
    program.kill();
  }
}

/** The one of median time. */
const middle = (served: readonly Served[]): Served =>
  served.toSorted((a, b) => a.ms - b.ms)[Math.floor(served.length / 2)]!;

/** Report, diagnosis and two questions on the same two pictures: medians of each way of asking. */
export interface Studies {
  /** The model of this run. */
  readonly measured: readonly StudyResult[];
  /** The model that ships, on real pictures, also with guesses. */
  readonly shipped: readonly StudyResult[];
}
export interface StudyResult extends StudyTimes {
  readonly way: string;
}

export async function measureStudies(model: Made, setting: Setting): Promise<Studies> {
  const { side, studyAnswer: newTokens, studyRounds } = setting.effort;
  const program = start(model, setting);
  try {
    const times = new Map<StudyWay, StudyTimes[]>(studyWays.map((way) => [way, []]));
    await program.ask("study", { pictures: 2, side, newTokens: 1, way: "study" });
    for (let round = 0; round < studyRounds; round++)
      for (const way of round % 2 === 0 ? studyWays : studyWays.toReversed())
        times.get(way)!.push(await program.ask("study", { pictures: 2, side, newTokens, way }));
    await program.close();
    return { measured: [...times].map(([way, all]) => ({ way, ...medians(all) })), shipped: await shipped() };
  } finally {
    program.kill();
  }
}

function medians(all: readonly StudyTimes[]): StudyTimes {
  const names = Object.keys(all[0]!) as (keyof StudyTimes)[];
  const of = names.map((name) => [name, median(all.map((one) => one[name]))]);
  return Object.fromEntries(of) as Record<keyof StudyTimes, number>;
}

/** `bench/study.ts` with the model that ships. */
async function shipped(): Promise<StudyResult[]> {
  const script = fileURLToPath(new URL("../study.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script], { maxBuffer: 2 ** 24 });
  return (JSON.parse(stdout) as { readonly results: StudyResult[] }).results;
}
