/** @file Whether training gives the reference's numbers: losses, gradients and parameters of a few steps. */

import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { openAdapter } from "../checkpoint/adapter.ts";
import { type Checkpoint, openCheckpoint } from "../checkpoint/hf_folder.ts";
import { readTensor, SafetensorsFile } from "../checkpoint/safetensors.ts";
import { CheckpointError } from "../errors.ts";
import type { Engine } from "../generate/engine.ts";
import { loadModel } from "../generate/load_model.ts";
import { joined, type PromptRow } from "../generate/prompt_row.ts";
import { parameterShapes } from "../model/parameters.ts";
import { positionIds } from "../model/positions.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { batchFeeds, type TrainingRow } from "../train/batch.ts";
import { stepNames } from "../train/step.ts";
import { Stepper } from "../train/stepper.ts";
import {
  type GoldenTraining,
  loraStart,
  readBatch,
  readGoldenTraining,
  type StageName,
  stages,
  trainingFolders,
} from "./golden_training.ts";
import { type Comparison, distance } from "./verify.ts";

/** Weight of the load balance in the reference's training. */
const BALANCE = 0.001;

/** Largest differences allowed; norms relative, gradients relative to the tensor's largest value. */
const trainingTolerances = {
  cross_entropy: 1e-5,
  balance: 1e-5,
  loss: 1e-5,
  grad_norm: 1e-4,
  gradient: 1e-4,
  parameter: 1e-5,
  adapter_logits: 2e-4,
} as const;
type Quantity = keyof typeof trainingTolerances;
export type TrainingComparison = Comparison<Quantity>;

/**
 * Run the stages of a golden training folder.
 *
 * @param folder the training folder inside a checkpoint folder, or that checkpoint folder
 * @param tolerance allowed in place of each quantity's own
 * @throws InputError when a file is missing or damaged, or there is nothing to compare with
 */
export async function* verifyTraining(
  folder: string,
  threads = availableParallelism(),
  tolerance?: number,
): AsyncGenerator<TrainingComparison> {
  for await (const difference of differences(folder, threads)) {
    const allowed = tolerance ?? trainingTolerances[difference.quantity];
    yield { ...difference, tolerance: allowed, passed: difference.difference <= allowed };
  }
}

/** A comparison before anyone says how far apart is too far. */
type Difference = Omit<TrainingComparison, "tolerance" | "passed">;

async function* differences(folder: string, threads: number): AsyncGenerator<Difference> {
  const { training, checkpoint: checkpointFolder } = trainingFolders(folder);
  const expected = await readGoldenTraining(training);
  const hasAdapter = existsSync(adapterReference(training));
  if (!hasAdapter && !stages.some((stage) => expected[stage]))
    throw new CheckpointError(
      training,
      `expected ${stages.join(" or ")} in expected.json, or an adapter with its logits, found nothing to compare with`,
    );
  const checkpoint = await openCheckpoint(checkpointFolder);
  try {
    for (const stage of stages)
      if (expected[stage]) yield* verifyStage(stage, expected, { checkpoint, training, threads });
    if (hasAdapter) yield* verifyAdapter(checkpointFolder, training, threads);
  } finally {
    await checkpoint.close();
  }
}

const adapterReference = (training: string) => join(training, "adapter", "expected.safetensors");

interface StageFiles {
  readonly checkpoint: Checkpoint;
  readonly training: string;
  readonly threads: number;
}

async function* verifyStage(
  stage: StageName,
  { optimizer, [stage]: expected }: GoldenTraining,
  { checkpoint, training, threads }: StageFiles,
): AsyncGenerator<Difference> {
  if (!expected) return;
  const reference = await SafetensorsFile.open(join(training, `${stage}.safetensors`));
  let stepper: Stepper | undefined;
  try {
    const names = trainedNames(reference);
    stepper = await openStepper(names, optimizer, { checkpoint, training, threads });
    const feeds = batchFeeds(await readBatch(training, checkpoint.config), checkpoint.config);
    const batch = { feeds, labels: feeds.labels!.data.length };
    for (const log of expected.log) {
      const where = `${stage} step ${log.step}`;
      const isFirst = log.step === 1;
      if (log.step === "after")
        for (const [name, value] of Object.entries(await stepper.values(names)))
          yield compare(
            `${where} ${name}`,
            "parameter",
            distance(value, await readTensor(reference, `final/${name}`)),
          );
      const report = await stepper.step([batch], log.step === "after" ? expected.log.length : log.step, {
        rate: expected.lr,
        balance: BALANCE,
        ...(isFirst && { fetch: names.map((name) => stepNames(name).gradient) }),
      });
      yield compare(where, "cross_entropy", Math.abs(report.crossEntropy - log.cross_entropy));
      yield compare(where, "loss", Math.abs(report.loss - log.loss));
      if (log.balance !== undefined)
        yield compare(where, "balance", Math.abs((report.balance ?? Number.NaN) - log.balance));
      if (log.grad_norm_before_clip !== undefined)
        yield compare(where, "grad_norm", Math.abs(report.norm / log.grad_norm_before_clip - 1));
      if (!isFirst) continue;
      for (const name of names) {
        const wanted = await readTensor(reference, `grad/${name}`);
        const difference = distance(report.fetched[stepNames(name).gradient], wanted);
        yield compare(`${where} ${name}`, "gradient", difference / Math.max(largest(wanted), 1e-12));
      }
    }
  } finally {
    await stepper?.close();
    await reference.close();
  }
}

/** The parameters that a stage trains: each has a gradient and a final value. */
function trainedNames({ tensors, path }: SafetensorsFile): string[] {
  const names = [
    ...new Set([...tensors.keys()].flatMap((key) => /^(?:grad|final)\/(.+)$/.exec(key)?.[1] ?? [])),
  ];
  if (names.length === 0)
    throw new CheckpointError(path, "expected grad/ and final/ of the parameters trained, found none");
  const missing = names
    .flatMap((name) => [`grad/${name}`, `final/${name}`])
    .filter((key) => !tensors.has(key));
  if (missing.length > 0)
    throw new CheckpointError(
      path,
      missing.map((key) => `expected ${key}, found none`),
    );
  return names;
}

/** Logits of the checkpoint with the folder's adapter merged, at every token of the batch that is no padding. */
async function* verifyAdapter(
  checkpoint: string,
  training: string,
  threads: number,
): AsyncGenerator<Difference> {
  const reference = await SafetensorsFile.open(adapterReference(training));
  const model = await loadModel(checkpoint, { adapter: join(training, "adapter"), threads });
  const { engine } = model;
  const batch = await readBatch(training, engine.config);
  const cache = engine.openCache(batch.length);
  try {
    const rows = await Promise.all(batch.map((row) => promptRow(row, engine)));
    const { logits } = await engine.forward(cache, rows, { logits: "all" });
    const wanted = await readTensor(reference, "logits");
    const vocab = engine.config.decoder.vocabSize;
    const attended = batch.flatMap((row) => row.attended);
    const kept = ({ data }: Tensor) =>
      float32(
        [attended.length * vocab],
        (data as Float32Array).map((x, i) => (attended[Math.floor(i / vocab)] ? x : 0)),
      );
    yield compare("adapter", "adapter_logits", distance(kept(logits), kept(wanted)));
  } finally {
    await engine.closeCache(cache);
    await model.close();
    await reference.close();
  }
}

async function promptRow({ ids, attended, pictures }: TrainingRow, engine: Engine): Promise<PromptRow> {
  const seen: Float32Array[] = [];
  for (const { pixelValues, grid } of pictures) {
    const rows = grid.t * grid.h * grid.w;
    seen.push(await engine.see(float32([rows, pixelValues.length / rows], pixelValues), grid));
  }
  const media = pictures.map(({ grid }) => ({ kind: "image", grid }) as const);
  const positions = positionIds(ids, media, engine.config, attended);
  return { ids, attended, positions, ...(seen.length > 0 && { visual: joined(seen) }) };
}

/** A stepper that trains exactly `names`; low-rank updates start from the folder's adapter. */
async function openStepper(
  names: readonly string[],
  optimizer: GoldenTraining["optimizer"],
  { checkpoint, training, threads }: StageFiles,
): Promise<Stepper> {
  const wanted = new Set(names);
  const hasLora = names.some((name) => name.includes(".lora_"));
  const adapter = hasLora
    ? await openAdapter(join(training, "adapter"), parameterShapes(checkpoint.config))
    : undefined;
  const plan = {
    trainable: (name: string) => wanted.has(name),
    optimiser: {
      beta1: optimizer.betas[0],
      beta2: optimizer.betas[1],
      epsilon: optimizer.eps,
      weightDecay: optimizer.weight_decay,
      maxNorm: optimizer.clip_grad_norm,
    },
    accumulate: false,
  };
  if (!adapter) return Stepper.open(checkpoint, plan, { threads });
  const lora = (path: string) => {
    const update = adapter.updates.get(`${path}.weight`);
    return update && { rank: update.a.shape[0]!, scale: update.scale };
  };
  return Stepper.open(checkpoint, { ...plan, lora }, { threads, start: loraStart(adapter) });
}

const compare = (where: string, quantity: Quantity, difference: number): Difference => ({
  case: where,
  quantity,
  difference,
});

function largest({ data }: Tensor): number {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(Number(value)));
  return most;
}
