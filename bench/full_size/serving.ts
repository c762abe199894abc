/** @file One model as a server runs it: loading, an answer about a picture, several requests at once, a study. */

import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Environment } from "../line_process.ts";
import { mediansOf } from "../statistics.ts";
import { type Setting, start } from "./compare.ts";
import { hugePages } from "./measured_program.ts";
import type { Memory } from "./memory.ts";
import type { Made } from "./models.ts";
import { type Answered, type Served, type StudyTimes, type StudyWay, studyWays } from "./requests.ts";
import { takeRounds } from "./rounds.ts";

const run = promisify(execFile);

/** Times of each fresh process, in pages of one size. */
export interface LoadTimes {
  readonly loadMs: readonly number[];
  /** What the machine takes to give a process as many bytes of memory as the weights have. */
  readonly touchMs: readonly number[];
  /** Loading right after another process gave that much memory back. */
  readonly reloadMs: readonly number[];
}

/** Loading, and the first answers of a fresh process. */
export interface Loading {
  /** Bytes of the weights' files. */
  readonly storedBytes: number;
  /** Pages as the system makes them, and of 2 MiB. */
  readonly usual: LoadTimes;
  readonly huge: LoadTimes;
  readonly memoryLoaded: Memory;
  /** The first answer of a process, and one after it. */
  readonly answers: readonly Answered[];
  /** Most memory from the start to the end of the answers. */
  readonly peak: number;
}

/** The files are in the system's cache after the round that warms up. */
export async function measureLoading(model: Made, setting: Setting): Promise<Loading> {
  const { loads, side, answer } = setting.effort;
  const bytes = await storedBytes(model.path);
  const usual = loadTurns(model, bytes, setting);
  const huge = loadTurns(model, bytes, setting, hugePages);
  const turns = {
    ...{ load: usual.load, hugeLoad: huge.load, touch: usual.touch, hugeTouch: huge.touch },
    ...{ reload: usual.reload, hugeReload: huge.reload },
  };
  const taken = await takeRounds(turns, { rounds: loads, warmUp: 1 });
  const program = start(model, setting);
  try {
    const { memory } = await program.ask("about", {});
    const answers: Answered[] = [];
    for (let i = 0; i < 2; i++)
      answers.push(await program.ask("answer", { pictures: 1, side, newTokens: answer }));
    await program.close();
    return {
      storedBytes: bytes,
      usual: { loadMs: taken.load, touchMs: taken.touch, reloadMs: taken.reload },
      huge: { loadMs: taken.hugeLoad, touchMs: taken.hugeTouch, reloadMs: taken.hugeReload },
      memoryLoaded: memory,
      answers,
      peak: Math.max(...[memory, ...answers.map((answered) => answered.memory)].map(({ peak }) => peak)),
    };
  } finally {
    program.kill();
  }
}

/** A virtual machine's host takes memory that lies idle back within seconds, and is slow to give it again. */
function loadTurns(model: Made, bytes: number, setting: Setting, environment?: Environment) {
  const load = async (): Promise<number> => {
    const program = start(model, setting, environment);
    try {
      const { loadMs } = await program.ask("about", {});
      await program.close();
      return loadMs;
    } finally {
      program.kill();
    }
  };
  const touch = (): Promise<number> => touchMemory(bytes, setting.threads, environment);
  const rested = (measure: () => Promise<number>) => async () => {
    await setTimeout(setting.effort.idleSeconds * 1000);
    return measure();
  };
  return {
    load: rested(load),
    touch: rested(touch),
    reload: async () => {
      await touch();
      return load();
    },
  };
}

async function touchMemory(bytes: number, threads: number, environment?: Environment): Promise<number> {
  const script = fileURLToPath(new URL("./touch_memory.js", import.meta.url));
  const env = { ...process.env, ...environment };
  return Number((await run(process.execPath, [script, String(bytes), String(threads)], { env })).stdout);
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
    const turn = (way: "together" | "batch", count: number) => (): Promise<Served> =>
      program.ask(way, { requests: count, promptTokens, newTokens });
    const turns = requests.flatMap((count): [string, () => Promise<Served>][] => [
      [`${count} together`, turn("together", count)],
      [`${count} batch`, turn("batch", count)],
    ]);
    const taken = await takeRounds(Object.fromEntries(turns), { rounds: crowdRounds, warmUp: 0 });
    await program.close();
    return requests.map((count) => ({
      requests: count,
      together: middle(taken[`${count} together`]!),
      batch: middle(taken[`${count} batch`]!),
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
    await program.ask("study", { pictures: 2, side, newTokens: 1, way: "study" });
    const turn = (way: StudyWay) => () => program.ask("study", { pictures: 2, side, newTokens, way });
    const turns = studyWays.map((way): [string, () => Promise<StudyTimes>] => [way, turn(way)]);
    const taken = await takeRounds(Object.fromEntries(turns), { rounds: studyRounds, warmUp: 0 });
    await program.close();
    const measured = studyWays.map((way) => ({ way, ...mediansOf(taken[way]!) }));
    return { measured, shipped: await shipped() };
  } finally {
    program.kill();
  }
}

/** `bench/study.ts` with the model that ships. */
async function shipped(): Promise<StudyResult[]> {
  const script = fileURLToPath(new URL("../study.js", import.meta.url));
  const { stdout } = await run(process.execPath, [script], { maxBuffer: 2 ** 24 });
  return (JSON.parse(stdout) as { readonly results: StudyResult[] }).results;
}
