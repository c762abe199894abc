/** @file The golden training format: a batch, and what the reference's first optimiser steps do to a checkpoint. */

import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { Adapter } from "../checkpoint/adapter.ts";
import { readJsonFile } from "../checkpoint/json_file.ts";
import { readTensor, SafetensorsFile } from "../checkpoint/safetensors.ts";
import { CheckpointError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { tokenCount } from "../model/positions.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Picture, TrainingRow } from "../train/batch.ts";

const Log = z.object({
  step: z.union([z.number(), z.literal("after")]),
  cross_entropy: z.number(),
  balance: z.number().optional(),
  loss: z.number(),
  grad_norm_before_clip: z.number().optional(),
});
const Stage = z.object({
  lr: z.number(),
  log: z
    .array(Log)
    .refine(
      (log) => log.length > 1 && log.every(({ step }, i) => step === (i < log.length - 1 ? i + 1 : "after")),
      { error: 'expected steps 1, 2 and so on, then "after"' },
    ),
});
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

/** The steps of each stage, as expected.json has them. */
export type GoldenTraining = z.infer<typeof Expected>;
export const stages = ["stage1", "stage2"] as const;
export type StageName = (typeof stages)[number];

/** The training folder, given itself or the checkpoint folder around it, and that checkpoint. */
export function trainingFolders(folder: string): { training: string; checkpoint: string } {
  const training = basename(folder) === "training" ? folder : join(folder, "training");
  return { training, checkpoint: dirname(training) };
}

/** @throws CheckpointError when expected.json is missing or damaged */
export async function readGoldenTraining(training: string): Promise<GoldenTraining> {
  const path = join(training, "expected.json");
  const json = await readJsonFile(path);
  if (json === undefined)
    throw new CheckpointError(path, "expected the steps of a golden training folder, found no such file");
  const parsed = Expected.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CheckpointError(
    path,
    parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`),
  );
}

/** The start values of low-rank updates, under the names that training gives them. */
export const loraStart = ({ updates }: Adapter): Map<string, Tensor> =>
  new Map(
    [...updates].flatMap(([name, { a, b }]) => {
      const path = name.slice(0, -".weight".length);
      return [
        [`${path}.lora_A.weight`, a],
        [`${path}.lora_B.weight`, b],
      ] as const;
    }),
  );

/** The rows of batch.safetensors. */
export async function readBatch(training: string, config: ModelConfig): Promise<TrainingRow[]> {
  const file = await SafetensorsFile.open(join(training, "batch.safetensors"));
  try {
    const numbers = async (name: string) =>
      Array.from((await readTensor(file, name)).data as ArrayLike<number | bigint>, Number);
    const [batch, length] = file.tensors.get("input_ids")?.shape ?? [];
    if (batch === undefined || length === undefined)
      throw new CheckpointError(file.path, "expected input_ids [B, S], found none");
    const ids = await numbers("input_ids");
    const labels = await numbers("labels");
    const attention = await numbers("attention_mask");
    const pictures = file.tensors.has("pixel_values")
      ? cutPictures(
          (await readTensor(file, "pixel_values")).data as Float32Array,
          await numbers("image_grid_thw"),
          config,
        )
      : [];
    return Array.from({ length: batch }, (_, b): TrainingRow => {
      const part = (values: readonly number[]) => values.slice(b * length, (b + 1) * length);
      let left = part(ids).filter((id) => id === config.tokens.image).length;
      const own: Picture[] = [];
      while (left > 0 && pictures.length > 0) {
        const picture = pictures.shift()!;
        own.push(picture);
        left -= tokenCount(picture.grid, config.vision.mergeSize);
      }
      const attended = part(attention).map((value) => value === 1);
      return { ids: part(ids), labels: part(labels), attended, pictures: own };
    });
  } finally {
    await file.close();
  }
}

/** One picture per grid, in order. */
function cutPictures(pixels: Float32Array, grids: readonly number[], { vision }: ModelConfig): Picture[] {
  const width = vision.channels * vision.temporalPatchSize * vision.patchSize ** 2;
  let offset = 0;
  return Array.from({ length: grids.length / 3 }, (_, i) => {
    const [t, h, w] = grids.slice(3 * i, 3 * i + 3) as [number, number, number];
    const start = offset;
    offset += t * h * w * width;
    return { grid: { t, h, w }, pixelValues: pixels.slice(start, offset) };
  });
}
