/** @file How cost grows: with the prompt, the pictures, the answer, and the layers. */

import { median } from "../statistics.ts";
import { type Compared, type Setting, start } from "./compare.ts";
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

/** Everything that one loaded model tells. */
export async function measureGrowth(model: Made, setting: Setting): Promise<Curve[]> {
  const { prompts, pictures, answers, side } = setting.effort;
  const program = start(model, setting);
  try {
    await program.ask("prefill", { tokens: prompts[0]! });
    const prefills = [];
    for (const tokens of prompts) prefills.push({ x: tokens, ...(await program.ask("prefill", { tokens })) });
    const seen = [];
    for (const count of pictures)
      seen.push({ x: count, ...(await program.ask("answer", { pictures: count, side, newTokens: 1 })) });
    const longest = Math.max(...answers);
    const { firstMs, tokenMs } = await program.ask("answer", { pictures: 1, side, newTokens: longest });
    await program.close();
    const until = (tokens: number) => tokenMs.slice(0, tokens - 1).reduce((sum, ms) => sum + ms, firstMs);
    const prompt = { x: "tokens of the prompt" };
    const shown = { x: `pictures of ${side} x ${side} pixels` };
    return [
      curve("prompt-time", {
        ...{ ...prompt, title: "Time to read a prompt", y: "seconds" },
        points: prefills.map(({ x, ms }) => ({ x, y: ms / 1000 })),
      }),
      curve("prompt-memory", {
        ...{ ...prompt, title: "Most memory while a prompt is read", y: "GB resident" },
        points: prefills.map(({ x, memory }) => ({ x, y: inGB(memory.peak) })),
      }),
      curve("pictures-time", {
        ...{ ...shown, title: "Time to the first token of an answer", y: "seconds" },
        points: seen.map(({ x, firstMs: ms }) => ({ x, y: ms / 1000 })),
      }),
      curve("pictures-memory", {
        ...{ ...shown, title: "Most memory until the first token", y: "GB resident" },
        points: seen.map(({ x, memory }) => ({ x, y: inGB(memory.peak) })),
      }),
      curve("answer-time", {
        ...{ title: "Time of an answer about one picture", x: "tokens of the answer", y: "seconds" },
        points: answers
          .filter((tokens) => tokens <= tokenMs.length + 1)
          .map((x) => ({ x, y: until(x) / 1000 })),
      }),
    ];
  } finally {
    program.kill();
  }
}

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
