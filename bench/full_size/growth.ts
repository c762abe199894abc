/** @file How cost grows: with the prompt, the pictures, the answer, and the layers. */

import { median } from "../statistics.ts";
import { type Compared, type Setting, start } from "./compare.ts";
import type { MeasuredProgram } from "./measured_program.ts";
import type { Memory } from "./memory.ts";
import type { Made } from "./models.ts";
import { leavesLine } from "./straight_line.ts";
import type { Plot } from "./svg_plot.ts";

/** A plot under the name of its file, and where its cost leaves the line it begins on. */
export interface Curve extends Plot {
  readonly file: string;
  /** The first x that lies a fifth above; null where none does. */
  readonly leavesLineAt: number | null;
}

const curve = (file: string, plot: Plot): Curve => ({
  ...{ file, ...plot },
  leavesLineAt: leavesLine(plot.points)?.x ?? null,
});

const inGB = (bytes: number): number => bytes / 1e9;

/** Each in a process of its own: memory that one took would hide what the next takes. */
export async function measureGrowth(model: Made, setting: Setting): Promise<Curve[]> {
  return [
    ...(await promptCurves(model, setting)),
    ...(await pictureCurves(model, setting)),
    ...(await answerCurves(model, setting)),
  ];
}

/** The line is drawn through the first two, so these are measured three times. */
const timesOf = (place: number): number => (place < 2 ? 3 : 1);

async function inProcess<T>(
  model: Made,
  setting: Setting,
  measure: (program: MeasuredProgram) => Promise<T>,
): Promise<T> {
  const program = start(model, setting);
  try {
    const result = await measure(program);
    await program.close();
    return result;
  } finally {
    program.kill();
  }
}

/** One figure of time and one of memory for each x: medians. */
async function measured(
  xs: readonly number[],
  measure: (x: number) => Promise<{ readonly ms: number; readonly memory: Memory }>,
): Promise<{ x: number; seconds: number; peak: number }[]> {
  const all: { x: number; seconds: number; peak: number }[] = [];
  for (const [place, x] of xs.entries()) {
    const taken: { readonly ms: number; readonly memory: Memory }[] = [];
    for (let i = 0; i < timesOf(place); i++) taken.push(await measure(x));
    all.push({
      x,
      seconds: median(taken.map(({ ms }) => ms)) / 1000,
      peak: inGB(median(taken.map(({ memory }) => memory.peak))),
    });
  }
  return all;
}

const promptCurves = (model: Made, setting: Setting): Promise<Curve[]> =>
  inProcess(model, setting, async (program) => {
    const { prompts } = setting.effort;
    await program.ask("prefill", { tokens: prompts[0]! });
    const found = await measured(prompts, (tokens) => program.ask("prefill", { tokens }));
    const x = "tokens of the prompt";
    return [
      timeCurve("prompt-time", { title: "Time to read a prompt", x }, found),
      memoryCurve("prompt-memory", { title: "Most memory while a prompt is read", x }, found),
    ];
  });

const pictureCurves = (model: Made, setting: Setting): Promise<Curve[]> =>
  inProcess(model, setting, async (program) => {
    const { pictures, side } = setting.effort;
    await program.ask("answer", { pictures: 1, side, newTokens: 1 });
    const found = await measured(pictures, async (count) => {
      const { firstMs: ms, memory } = await program.ask("answer", { pictures: count, side, newTokens: 1 });
      return { ms, memory };
    });
    const x = `pictures of ${side} x ${side} pixels`;
    return [
      timeCurve("pictures-time", { title: "Time to the first token of an answer", x }, found),
      memoryCurve("pictures-memory", { title: "Most memory until the first token", x }, found),
    ];
  });

const answerCurves = (model: Made, setting: Setting): Promise<Curve[]> =>
  inProcess(model, setting, async (program) => {
    const { answers, side } = setting.effort;
    await program.ask("answer", { pictures: 1, side, newTokens: 1 });
    const found = await measured(answers, async (newTokens) => {
      const { firstMs, tokenMs, memory } = await program.ask("answer", { pictures: 1, side, newTokens });
      if (tokenMs.length + 1 < newTokens)
        throw new Error(`the answer ended after ${tokenMs.length + 1} tokens`);
      return { ms: tokenMs.reduce((sum, ms) => sum + ms, firstMs), memory };
    });
    const x = "tokens of the answer";
    return [
      timeCurve("answer-time", { title: "Time of an answer about one picture", x }, found),
      memoryCurve("answer-memory", { title: "Most memory during an answer about one picture", x }, found),
    ];
  });

type Found = readonly { readonly x: number; readonly seconds: number; readonly peak: number }[];
type Named = Pick<Plot, "title" | "x">;

const timeCurve = (file: string, named: Named, found: Found): Curve =>
  curve(file, { ...named, y: "seconds", points: found.map(({ x, seconds: y }) => ({ x, y })) });
const memoryCurve = (file: string, named: Named, found: Found): Curve =>
  curve(file, { ...named, y: "GB resident", points: found.map(({ x, peak: y }) => ({ x, y })) });

/** From models of several numbers of layers, each measured in its comparison. */
export function layerCurves(compared: readonly Compared[]): Curve[] {
  const ours = compared
    .filter(({ model }) => model.program === "echovlm")
    .sort((a, b) => a.model.layers - b.model.layers);
  const plot = (file: string, title: string, y: string, figure: (of: Compared) => number): Curve =>
    curve(file, { title, x: "layers", y, points: ours.map((of) => ({ x: of.model.layers, y: figure(of) })) });
  return [
    plot("layers-decode", "Time of a token", "milliseconds", ({ longMs }) => median(longMs)),
    plot("layers-prefill", "Time to read a prompt", "seconds", ({ prefillMs }) => median(prefillMs) / 1000),
    plot("layers-load", "Time to load", "seconds", ({ loadMs }) => loadMs / 1000),
    plot("layers-memory", "Memory of a loaded model", "GB resident", ({ memory }) => inGB(memory.resident)),
  ];
}
