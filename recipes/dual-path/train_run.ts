/** @file One run from its base to its last phase; what is finished is skipped, what was stopped goes on. */

import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { stringify } from "yaml";
import { replaceFile } from "../../src/checkpoint/replace_file.ts";
import { readRecipe } from "../../src/train/recipe.ts";
import { epochBatches } from "../../src/train/sampler.ts";
import { train } from "../../src/train/trainer.ts";
import type { TrainingRecord } from "../../src/train/training_data.ts";
import type { Data } from "./data.ts";
import type { Phase, Run } from "./runs.ts";
import type { Scale } from "./scale.ts";
import { writeSparse } from "./start.ts";

/** What a finished phase leaves to know. */
export interface PhaseResult {
  readonly steps: number;
  /** Learnt from, padding not counted, the pictures' included. */
  readonly tokens: number;
  readonly records: number;
  readonly validationLoss: number | null;
  /** Of the part since the last start, and how many steps that were. */
  readonly timed: { readonly seconds: number; readonly steps: number };
}

export interface TrainContext {
  readonly folder: string;
  readonly data: Data;
  readonly scale: Scale;
  readonly signal: AbortSignal;
  readonly onStep: (phase: Phase, step: number, secondsLeft: number) => void;
}

/** What of a run its phases depend on. */
export type Trained = Pick<Run, "name" | "seed" | "balance" | "phases" | "sparse">;

/** Where a run's trained model lies. */
export const modelOf = (folder: string, { name, phases }: Pick<Run, "name" | "phases">): string =>
  join(folder, name, phases[1].name, "last");

/**
 * Train a run.
 *
 * @param base the checkpoint that it starts from
 * @throws the signal's reason when it is aborted, with the state written
 */
export async function trainRun(run: Trained, base: string, context: TrainContext): Promise<PhaseResult[]> {
  const { folder, signal } = context;
  let model = base;
  if (run.sparse) {
    model = join(folder, run.name, "start");
    await writeSparse(model, base, run.sparse, run.seed, signal);
  }
  const results: PhaseResult[] = [];
  for (const phase of run.phases) {
    const out = join(folder, run.name, phase.name);
    results.push(await trainPhase(run, phase, model, out, context));
    model = join(out, "last");
  }
  return results;
}

const resultFile = "result.json";

async function trainPhase(
  run: Trained,
  phase: Phase,
  model: string,
  out: string,
  { data, scale, signal, onStep }: TrainContext,
): Promise<PhaseResult> {
  const done = join(out, resultFile);
  if (existsSync(done)) return JSON.parse(await readFile(done, "utf8")) as PhaseResult;
  await mkdir(out, { recursive: true });
  const path = join(out, "recipe.yaml");
  await replaceFile(path, stringify(recipeOf(run, phase, model, out, data, scale)));
  const recipe = await readRecipe(path);
  const state = join(out, "state.safetensors");
  let records: readonly TrainingRecord[] = [];
  let [first, started] = [0, performance.now()];
  const { steps, best } = await train(recipe, {
    out,
    resume: existsSync(state),
    threads: availableParallelism(),
    workers: 1,
    signal,
    onEvent(event) {
      if (event.kind === "data") records = event.train.records;
      if (event.kind === "resumed") first = event.step;
      if (event.kind !== "step") return;
      if (event.step === first + 1) started = performance.now();
      onStep(phase, event.step, event.secondsLeft);
    },
  });
  const seconds = (performance.now() - started) / 1000;
  const result: PhaseResult = {
    steps,
    ...learntIn(records, steps, {
      seed: run.seed,
      regions: "proportional",
      tokenBudget: recipe.batch.tokens,
      groupSize: recipe.batch.group,
    }),
    validationLoss: best?.loss ?? null,
    timed: { seconds, steps: steps - first },
  };
  await replaceFile(done, JSON.stringify(result));
  await rm(state, { force: true });
  await rm(join(out, "best"), { recursive: true, force: true });
  return result;
}

/** Tokens of a step at most, padding included. */
export const stepTokens = ({ data }: Phase, { batchTokens }: Scale): number =>
  data.includes("looking") ? batchTokens.looking : batchTokens.others;

/** As `echovlm train` reads it; paths start at the run's folder. */
export const recipeOf = (
  { seed, balance, sparse }: Trained,
  phase: Phase,
  model: string,
  out: string,
  data: Data,
  scale: Scale,
) => ({
  model: relative(out, model),
  stage: phase.stage,
  ...(sparse?.hasShared === false && {
    frozen: Array.from({ length: scale.layers }, (_, layer) => `model.layers.${layer}.moe.shared_expert`),
  }),
  steps: phase.steps,
  seed,
  data: {
    train: phase.data.map((file) => relative(out, data.fileOf(file))),
    validation: [relative(out, data.fileOf(phase.validation))],
  },
  // Records of like length are of like kind: a step that sees one kind at a time is one-sided.
  batch: { tokens: stepTokens(phase, scale), group: 1 },
  optimiser: { rate: phase.rate, warmup: 0.03, beta2: 0.98 },
  balance,
  every: { log: 20, checkpoint: 100, validate: phase.steps },
  samples: { count: 0 },
});

/** Tokens and records of the first `steps` micro-batches. */
export function learntIn(
  records: readonly TrainingRecord[],
  steps: number,
  options: Parameters<typeof epochBatches>[2],
): Pick<PhaseResult, "tokens" | "records"> {
  let [tokens, count, left] = [0, 0, steps];
  for (let epoch = 0; left > 0 && records.length > 0; epoch++)
    for (const batch of epochBatches(records, epoch, options).slice(0, left)) {
      left--;
      count += batch.length;
      for (const index of batch) tokens += records[index]!.length;
    }
  return { tokens, records: count };
}
