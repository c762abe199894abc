/**
 * @file Training steps in a process of its own, as train_step.py runs them in PyTorch. The only argument is a TrainJob
 * as JSON. Each line on standard input is a number of steps to run; each step answers with a JSON line, a StepResult,
 * and the end of the input with {"peakMiB"}.
 */

import { createInterface } from "node:readline";
import { type Checkpoint, openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { loadWeight } from "../src/checkpoint/load_weight.ts";
import { SafetensorsFile } from "../src/checkpoint/safetensors.ts";
import { input, slice, type Value } from "../src/graph/value.ts";
import { lower } from "../src/onnx/lower.ts";
import type { Program, Tensors } from "../src/runtime/program.ts";
import { float32, type Tensor } from "../src/tensor/tensor.ts";
import { loadGraph } from "../src/train/load_graph.ts";
import type { AdamW } from "../src/train/optimiser.ts";
import { type StepPlan, stepGraph, stepNames } from "../src/train/step.ts";
import { Stepper } from "../src/train/stepper.ts";

/** How much of a step is run: handing the batch to the runtime; that and the loss; and the gradients; all of it. */
export type Part = "inputs" | "forward" | "gradient" | "step";

/** Steps to run. The batch has no padding, and pictures of one size. */
export interface TrainJob {
  /** Folder with float32 weights in one file. */
  readonly checkpoint: string;
  /** A safetensors file with the inputs of `batchFeeds`. */
  readonly batch: string;
  readonly part: Part;
  readonly threads: number;
  readonly optimiser: AdamW;
  readonly rate: number;
  /** Coefficient of the load balance. */
  readonly balance: number;
}

export interface StepResult {
  readonly ms: number;
  /** Before the step; absent where no loss is computed. */
  readonly loss?: number;
  /** Global norm of the gradients before clipping; only of whole steps. */
  readonly norm?: number;
}

interface Opened {
  run(step: number): Promise<Omit<StepResult, "ms">>;
  close(): Promise<void>;
}

async function readBatch(path: string): Promise<Tensors> {
  const file = await SafetensorsFile.open(path);
  const tensors: Record<string, Tensor> = {};
  for (const name of file.tensors.keys()) tensors[name] = await file.read(name);
  await file.close();
  return tensors;
}

async function openStep(checkpoint: Checkpoint, plan: StepPlan, feeds: Tensors, job: TrainJob) {
  const { threads, rate, balance } = job;
  const stepper = await Stepper.open(checkpoint, plan, { threads });
  const batch = { feeds, labels: feeds.labels!.data.length };
  return {
    run: async (step: number) => {
      const { loss, norm } = await stepper.step([batch], step, { rate, balance });
      return { loss, norm };
    },
    close: () => stepper.close(),
  };
}

/** The step's graph without what comes behind the part: parameters are inputs of it as they are of the whole. */
async function openLoss(checkpoint: Checkpoint, plan: StepPlan, feeds: Tensors, job: TrainJob) {
  const { outputs, trained } = stepGraph(checkpoint.config, plan);
  const gradients = [...trained.keys()].map((name) => stepNames(name).gradient);
  const wanted = ["loss", ...(job.part === "gradient" ? gradients : [])];
  const graph = Object.fromEntries(wanted.map((name) => [name, outputs[name]!]));
  const program = await load(checkpoint, graph, (name) => trained.has(name), job.threads);
  for (const name of trained.keys())
    await program.write({ [name]: await loadWeight(checkpoint, name, "float32") });
  const weights = {
    label_weight: float32([], [1 / feeds.labels!.data.length]),
    balance_weight: float32([], [job.balance]),
  };
  const run = async () => ({
    loss: Number((await program.run({ ...feeds, ...weights }, ["loss"])).loss?.data[0]),
  });
  return { run, close: () => program.close() };
}

/** A graph that does next to nothing with the same inputs. */
async function openInputs(checkpoint: Checkpoint, feeds: Tensors, { threads }: TrainJob) {
  const firsts = Object.entries(feeds).map(([name, { dtype, shape }]): [string, Value] => [
    `first.${name}`,
    slice(input(name, dtype, shape), 0, 0, 1),
  ]);
  const program = await load(checkpoint, Object.fromEntries(firsts), () => false, threads);
  const run = async () => {
    await program.run(feeds, ["first.labels"]);
    return {};
  };
  return { run, close: () => program.close() };
}

async function load(
  checkpoint: Checkpoint,
  outputs: Readonly<Record<string, Value>>,
  fed: (name: string) => boolean,
  threads: number,
): Promise<Program> {
  const lowered = lower(outputs, { kernels: "fused", storage: "float32", fed });
  return (await loadGraph(checkpoint, lowered, { threads })).program;
}

async function open(job: TrainJob): Promise<Opened> {
  const feeds = await readBatch(job.batch);
  const checkpoint = await openCheckpoint(job.checkpoint);
  const plan: StepPlan = { trainable: () => true, optimiser: job.optimiser, accumulate: false };
  try {
    if (job.part === "step") return await openStep(checkpoint, plan, feeds, job);
    if (job.part === "inputs") return await openInputs(checkpoint, feeds, job);
    return await openLoss(checkpoint, plan, feeds, job);
  } finally {
    await checkpoint.close();
  }
}

const say = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function main(job: TrainJob): Promise<void> {
  const { run, close } = await open(job);
  let done = 0;
  for await (const line of createInterface({ input: process.stdin }))
    for (let left = Number(line); left > 0; left--) {
      const start = performance.now();
      const result = await run(++done);
      say({ ms: performance.now() - start, ...result });
    }
  await close();
  say({ peakMiB: process.resourceUsage().maxRSS / 1024 });
}

await main(JSON.parse(process.argv[2] ?? "{}") as TrainJob);
