/** @file Speed and memory of training beside PyTorch, step by step in turns, and where the time of a step goes. */

import { findTorch } from "./find_torch.ts";
import { median, quantile } from "./statistics.ts";
import { StepProcess } from "./step_process.ts";
import { type BatchSize, writeTrainingFiles } from "./train_batch.ts";
import type { Part, StepResult, TrainJob } from "./train_step.ts";

export interface TrainOptions extends BatchSize {
  /** The Python that has PyTorch. */
  readonly python: string;
  /** config.json of the model. */
  readonly config: string;
  readonly threads: number;
  /** Measured ones, after two that warm up. */
  readonly steps: number;
  /** Whether parts of a step are measured too. */
  readonly parts: boolean;
}

/** Median milliseconds of each part; a part includes those before it. */
export type PartTimes = Readonly<Partial<Record<Part, number>>>;

/** One program. */
export interface Trained {
  /** Median of a step. */
  readonly ms: number;
  readonly tokensPerSecond: number;
  readonly peakMiB: number;
  readonly parts?: PartTimes;
}

/** How the two programs stand. */
export interface Comparison {
  /** Our time over PyTorch's in each pair of steps: quartiles. */
  readonly ratio: readonly [number, number, number];
  /** Largest relative difference over the first steps. */
  readonly lossDifference: number;
  readonly normDifference: number;
}

export interface TrainReport {
  readonly threads: number;
  readonly ours: Trained;
  readonly torch: (Trained & Comparison & { readonly version: string }) | { readonly missing: string };
}

const WARM_UP = 2;
/** Steps whose losses are compared: rounding drives later ones apart. */
const COMPARED = 3;
const TOLERANCE = 1e-3;

/** As the recipes of echovlm-nano have them. */
const hyperparameters = {
  optimiser: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.05, maxNorm: 1 },
  rate: 1e-3,
  balance: 0.01,
};

/**
 * Train a model of random weights for a few steps.
 *
 * @param folder an empty one, for checkpoint and batch
 * @param donor a checkpoint whose tokenizer is taken over
 * @throws Error when the two programs do not compute the same losses: their times then compare nothing
 */
export async function measureTraining(
  folder: string,
  donor: string,
  options: TrainOptions,
): Promise<TrainReport> {
  const { threads, python } = options;
  const files = await writeTrainingFiles(folder, options.config, donor, options);
  const job = (part: Part): TrainJob => ({ ...files, ...hyperparameters, threads, part });
  const ours = (part: Part) => StepProcess.ours(job(part));
  const theirs = (part: Part) => StepProcess.torch(python, job(part));
  const trained = async ({ results, peakMiB }: Turns, start: typeof ours, parts: readonly Part[]) => {
    const ms = medianMs(results);
    const tokensPerSecond = (1000 * options.rows * options.tokens) / ms;
    const times = options.parts && { parts: await measureParts(start, parts, options.steps) };
    return { ms, tokensPerSecond, peakMiB, ...times };
  };
  const found = findTorch(python);
  if ("missing" in found) {
    const [alone] = await inTurns([ours("step")], options.steps);
    return { threads, ours: await trained(alone!, ours, ourParts), torch: found };
  }
  const [our, their] = await inTurns([ours("step"), theirs("step")], options.steps);
  const comparison = compare(our!.results, their!.results);
  return {
    threads,
    ours: await trained(our!, ours, ourParts),
    torch: { ...found, ...comparison, ...(await trained(their!, theirs, torchParts)) },
  };
}

const torchParts: readonly Part[] = ["forward", "gradient", "step"];
const ourParts: readonly Part[] = ["inputs", ...torchParts];

interface Turns {
  /** Warm-up included. */
  readonly results: readonly StepResult[];
  readonly peakMiB: number;
}

/** A step of each in turn, so that whatever else the machine does slows all of them alike; then end them. */
async function inTurns(programs: readonly StepProcess[], steps: number): Promise<Turns[]> {
  const results = programs.map((): StepResult[] => []);
  const order = [...programs.keys()];
  try {
    for (let i = 0; i < WARM_UP + steps; i++)
      for (const at of i % 2 === 0 ? order : order.toReversed())
        results[at]!.push(await programs[at]!.step());
    const peaks = await Promise.all(programs.map((program) => program.close()));
    return order.map((at) => ({ results: results[at]!, peakMiB: peaks[at]! }));
  } finally {
    for (const program of programs) program.kill();
  }
}

const medianMs = (results: readonly StepResult[]): number =>
  median(results.slice(WARM_UP).map(({ ms }) => ms));

async function measureParts(
  start: (part: Part) => StepProcess,
  parts: readonly Part[],
  steps: number,
): Promise<PartTimes> {
  const turns = await inTurns(parts.map(start), steps);
  return Object.fromEntries(parts.map((part, i) => [part, medianMs(turns[i]!.results)]));
}

/** @throws Error when losses or gradient norms of the first steps differ */
export function compare(ours: readonly StepResult[], torch: readonly StepResult[]): Comparison {
  const difference = (name: "loss" | "norm") =>
    Math.max(
      ...ours.slice(0, COMPARED).map((result, i) => {
        const expected = torch[i]![name]!;
        return Math.abs(result[name]! - expected) / Math.abs(expected);
      }),
    );
  const [lossDifference, normDifference] = [difference("loss"), difference("norm")];
  if (!(lossDifference < TOLERANCE && normDifference < TOLERANCE))
    throw new Error(
      `the two programs do not compute the same step: losses ${shown(ours, "loss")} here, ${shown(torch, "loss")} in ` +
        `PyTorch; gradient norms ${shown(ours, "norm")} and ${shown(torch, "norm")}`,
    );
  const ratios = ours.slice(WARM_UP).map(({ ms }, i) => ms / torch[WARM_UP + i]!.ms);
  const ratio = [quantile(ratios, 0.25), median(ratios), quantile(ratios, 0.75)] as const;
  return { ratio, lossDifference, normDifference };
}

const shown = (results: readonly StepResult[], name: "loss" | "norm"): string =>
  results
    .slice(0, COMPARED)
    .map((result) => result[name])
    .join(", ");
