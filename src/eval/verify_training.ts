/** @file Whether training gives the reference's numbers: losses, gradients and parameters of a few steps. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { type Adapter, openAdapter } from "../checkpoint/adapter.ts";
import { openCheckpoint } from "../checkpoint/hf_folder.ts";
import { readJsonFile } from "../checkpoint/json_file.ts";
import { loadWeight } from "../checkpoint/load_weight.ts";
import { placeWeights } from "../checkpoint/place_weights.ts";
import { readTensor, SafetensorsFile } from "../checkpoint/safetensors.ts";
import { CheckpointError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { parameterShapes } from "../model/parameters.ts";
import { tokenCount } from "../model/positions.ts";
import { lower } from "../onnx/lower.ts";
import { encodeModel } from "../onnx/model.ts";
import { loadProgram } from "../runtime/node/program.ts";
import type { Tensors } from "../runtime/program.ts";
import { elementCount, float32, type Tensor } from "../tensor/tensor.ts";
import { batchFeeds, type TrainingRow } from "../train/batch.ts";
import { momentNames } from "../train/optimiser.ts";
import { stepGraph, stepNames } from "../train/step.ts";
import type { Comparison } from "./verify.ts";

const Log = z.object({
  step: z.union([z.number(), z.literal("after")]),
  cross_entropy: z.number(),
  balance: z.number().optional(),
  loss: z.number(),
  grad_norm_before_clip: z.number().optional(),
});
const Stage = z.object({ lr: z.number(), log: z.array(Log) });
const Expected = z.object({
  optimizer: z.object({
    betas: z.tuple([z.number(), z.number()]),
    eps: z.number(),
    weight_decay: z.number(),
    clip_grad_norm: z.number(),
  }),
  stage1: Stage.optional(),
  stage2: Stage.optional(),
});
type Expected = z.infer<typeof Expected>;

/** Weight of the load balance in the reference's training. */
const BALANCE = 0.001;

/** Largest differences allowed; gradients relative to the tensor's largest value. */
export const trainingTolerances = {
  cross_entropy: 1e-5,
  balance: 1e-5,
  loss: 1e-5,
  grad_norm: 1e-4,
  gradient: 1e-4,
  parameter: 1e-5,
  logits: 2e-4,
} as const;
type TrainingQuantity = keyof typeof trainingTolerances;
export type TrainingComparison = Omit<Comparison, "quantity"> & { readonly quantity: TrainingQuantity };

/**
 * Run the stages of a golden training folder.
 *
 * @param folder the training folder inside a checkpoint folder, or that checkpoint folder
 */
export async function* verifyTraining(folder: string): AsyncGenerator<TrainingComparison> {
  const training = basename(folder) === "training" ? folder : join(folder, "training");
  const checkpoint = dirname(training);
  const path = join(training, "expected.json");
  const json = await readJsonFile(path);
  const parsed = Expected.safeParse(json);
  if (!parsed.success)
    throw new CheckpointError(
      path,
      json === undefined
        ? "expected the steps of a training folder, found no such file"
        : parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
    );
  for (const stage of ["stage1", "stage2"] as const) {
    const expected = parsed.data[stage];
    if (expected)
      yield* verifyStage({ checkpoint, training, stage, expected, optimiser: parsed.data.optimizer });
  }
}

interface StageRun {
  readonly checkpoint: string;
  readonly training: string;
  readonly stage: "stage1" | "stage2";
  readonly expected: z.infer<typeof Stage>;
  readonly optimiser: Expected["optimizer"];
}

async function* verifyStage({
  checkpoint: folder,
  training,
  stage,
  expected,
  optimiser,
}: StageRun): AsyncGenerator<TrainingComparison> {
  const reference = await SafetensorsFile.open(join(training, `${stage}.safetensors`));
  const checkpoint = await openCheckpoint(folder);
  const { config } = checkpoint;
  const temporary = await mkdtemp(join(tmpdir(), "echovlm-train-"));
  try {
    const names = [...reference.tensors.keys()]
      .filter((name) => name.startsWith("final/"))
      .map((name) => name.slice(6));
    const isLora = names.some((name) => name.includes(".lora_"));
    const adapter = isLora
      ? await openAdapter(join(training, "adapter"), parameterShapes(config))
      : undefined;
    const wanted = new Set(names);
    const graph = stepGraph(config, {
      trainable: (name) => wanted.has(name),
      ...(adapter && { lora: (path) => loraSize(adapter, path) }),
      optimiser: {
        beta1: optimiser.betas[0],
        beta2: optimiser.betas[1],
        epsilon: optimiser.eps,
        weightDecay: optimiser.weight_decay,
        maxNorm: optimiser.clip_grad_norm,
      },
      balance: BALANCE,
    });
    const lowered = lower(graph.outputs, {
      kernels: "plain",
      storage: "float32",
      fed: (name) => graph.trained.has(name),
    });
    const placed = await placeWeights(checkpoint, lowered.parameters);
    const program = await loadProgram(encodeModel(lowered, placed.place), {
      folder: placed.folder,
      threads: 1,
    });
    await placed.close();
    const state = new Map<string, Tensor>();
    for (const [name, value] of graph.trained) {
      const shape = value.shape as readonly number[];
      const zeros = () => float32(shape, new Float32Array(elementCount(shape)));
      state.set(name, loraWeight(adapter, name) ?? (await loadWeight(checkpoint, name, "float32")));
      state.set(momentNames(name).m, zeros());
      state.set(momentNames(name).v, zeros());
    }
    const batch = batchFeeds(await readBatch(training, config), config);
    const { beta1, beta2 } = { beta1: optimiser.betas[0], beta2: optimiser.betas[1] };
    for (const log of expected.log) {
      const t = log.step === "after" ? expected.log.length : log.step;
      const scalar = (value: number) => float32([], [value]);
      const results: Tensors = await program.run(
        {
          ...batch,
          ...Object.fromEntries(state),
          learning_rate: scalar(expected.lr),
          correction1: scalar(1 - beta1 ** t),
          correction2: scalar(1 - beta2 ** t),
        },
        Object.keys(graph.outputs).filter((name) => name !== "logits"),
      );
      const where = `${stage} step ${log.step}`;
      const value = (name: string) => Number(results[name]?.data[0]);
      yield compare(where, "cross_entropy", Math.abs(value("cross_entropy") - log.cross_entropy));
      yield compare(where, "loss", Math.abs(value("loss") - log.loss));
      if (log.balance !== undefined)
        yield compare(where, "balance", Math.abs(value("balance") - log.balance));
      if (log.grad_norm_before_clip !== undefined)
        yield compare(
          where,
          "grad_norm",
          Math.abs(value("norm") - log.grad_norm_before_clip) / log.grad_norm_before_clip,
        );
      if (log.step === 1)
        for (const name of names) {
          const gradient = await readTensor(reference, `grad/${name}`);
          yield compare(
            `${where} ${name}`,
            "gradient",
            worst(results[stepNames(name).gradient], gradient) / Math.max(largest(gradient), 1e-12),
          );
        }
      if (log.step === "after") {
        for (const name of names)
          yield compare(
            `${where} ${name}`,
            "parameter",
            worst(state.get(name), await readTensor(reference, `final/${name}`)),
          );
        break;
      }
      for (const name of graph.trained.keys()) {
        const [next, moments] = [stepNames(name), momentNames(name)];
        state.set(name, results[next.value]!);
        state.set(moments.m, results[next.m]!);
        state.set(moments.v, results[next.v]!);
      }
    }
    await program.close();
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await reference.close();
    await checkpoint.close();
  }
}

const compare = (where: string, quantity: TrainingQuantity, difference: number): TrainingComparison => {
  const tolerance = trainingTolerances[quantity];
  return { case: where, quantity, difference, tolerance, passed: difference <= tolerance };
};

function worst(computed: Tensor | undefined, wanted: Tensor): number {
  if (computed?.shape.join() !== wanted.shape.join()) return Number.POSITIVE_INFINITY;
  let difference = 0;
  for (let i = 0; i < wanted.data.length; i++) {
    const d = Math.abs(Number(computed.data[i]) - Number(wanted.data[i]));
    difference = Number.isNaN(d) ? Number.POSITIVE_INFINITY : Math.max(difference, d);
  }
  return difference;
}

const largest = ({ data }: Tensor): number => {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(Number(value)));
  return most;
};

function loraSize(adapter: Adapter, path: string) {
  const update = adapter.updates.get(`${path}.weight`);
  return update && { rank: update.a.shape[0]!, scale: update.scale };
}

function loraWeight(adapter: Adapter | undefined, name: string): Tensor | undefined {
  const match = /^(.*)\.lora_([AB])\.weight$/.exec(name);
  const update = match ? adapter?.updates.get(`${match[1]}.weight`) : undefined;
  return match?.[2] === "A" ? update?.a : update?.b;
}

/** The rows of batch.safetensors. */
async function readBatch(training: string, config: ModelConfig): Promise<TrainingRow[]> {
  const file = await SafetensorsFile.open(join(training, "batch.safetensors"));
  try {
    const numbers = async (name: string) =>
      Array.from((await readTensor(file, name)).data as ArrayLike<number | bigint>, Number);
    const [ids, labels, attention, grids] = [
      await numbers("input_ids"),
      await numbers("labels"),
      await numbers("attention_mask"),
      await numbers("image_grid_thw"),
    ];
    const pixels = (await readTensor(file, "pixel_values")).data as Float32Array;
    const [batch, length] = file.tensors.get("input_ids")!.shape as [number, number];
    const { vision, tokens } = config;
    const width = vision.channels * vision.temporalPatchSize * vision.patchSize ** 2;
    let [next, offset] = [0, 0];
    return Array.from({ length: batch }, (_, b): TrainingRow => {
      const row = ids.slice(b * length, (b + 1) * length);
      const pictures = [];
      for (let left = row.filter((id) => id === tokens.image).length; left > 0; next++) {
        const [t, h, w] = grids.slice(3 * next, 3 * next + 3) as [number, number, number];
        const grid = { t, h, w };
        const size = t * h * w * width;
        pictures.push({ grid, pixelValues: pixels.slice(offset, offset + size) });
        offset += size;
        left -= tokenCount(grid, vision.mergeSize);
      }
      return {
        ids: row,
        labels: labels.slice(b * length, (b + 1) * length),
        attended: attention.slice(b * length, (b + 1) * length).map((value) => value === 1),
        pictures,
      };
    });
  } finally {
    await file.close();
  }
}
