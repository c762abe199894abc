/** @file One model as a server runs it: loading, an answer about a picture, several requests at once, a study. */

import { type Setting, start } from "./compare.ts";
import type { Memory } from "./memory.ts";
import type { Made } from "./models.ts";
import type { Answered, Served } from "./requests.ts";

/** Loading, and the first answers of a fresh process. */
export interface Loading {
  /** Of each fresh process; the files were read before, so they come from the system's cache. */
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
      loadMs.push(about.loadMs);
      if (left > 1) await program.close();
      else {
        const answers: Answered[] = [];
        for (let i = 0; i < 2; i++)
          answers.push(await program.ask("answer", { pictures: 1, side, newTokens: answer }));
        await program.close();
        const peaks = [about.memory, ...answers.map(({ memory }) => memory)].map(({ peak }) => peak);
        return { loadMs, memoryLoaded: about.memory, answers, peak: Math.max(...peaks) };
      }
    } finally {
      program.kill();
    }
  }
}

/** So many requests at once. */
export interface Crowd {
  readonly requests: number;
  /** Each through `generate`, and all through one `generateBatch`. */
  readonly together: Served;
  readonly batch: Served;
}

export async function measureCrowds(model: Made, setting: Setting): Promise<Crowd[]> {
  const { requests, requestPrompt: promptTokens, requestAnswer: newTokens } = setting.effort;
  const program = start(model, setting);
  try {
    const crowds: Crowd[] = [];
    for (const count of requests) {
      const takes = { requests: count, promptTokens, newTokens };
      const together = await program.ask("together", takes);
      crowds.push({ requests: count, together, batch: await program.ask("batch", takes) });
    }
    await program.close();
    return crowds;
  } finally {
    program.kill();
  }
}

/** Report, diagnosis and two questions on the same two pictures, in each way of asking. */
export type Studies = { readonly [W in "alone" | "conversation"]: Served };

export async function measureStudies(model: Made, setting: Setting): Promise<Studies> {
  const { side, studyAnswer: newTokens } = setting.effort;
  const program = start(model, setting);
  try {
    const takes = { pictures: 2, side, newTokens };
    const alone = await program.ask("study", { ...takes, way: "alone" });
    const conversation = await program.ask("study", { ...takes, way: "conversation" });
    await program.close();
    return { alone, conversation };
  } finally {
    program.kill();
  }
}
