/** @file The state of a training run on disk: enough to go on as if it had never stopped. */

import { z } from "zod";
import { orRefuseWrite } from "../checkpoint/refuse_write.ts";
import { readTensor, SafetensorsFile, writeSafetensors } from "../checkpoint/safetensors.ts";
import { CheckpointError } from "../errors.ts";
import type { Tensors } from "../runtime/program.ts";
import type { Tensor } from "../tensor/tensor.ts";

const Position = z.object({
  /** Optimiser steps done. */
  step: z.int().nonnegative(),
  epoch: z.int().nonnegative(),
  /** Micro-batches of the epoch that are done. */
  batch: z.int().nonnegative(),
  /** Lowest validation loss so far; null before the first validation. */
  best: z.number().nullable(),
  /** SHA-256 of the recipe and the model the run began with: a state fits only them. */
  run: z.string().regex(/^[0-9a-f]{64}$/),
});

/** Where a run is, besides its registers. */
export type Position = Readonly<z.infer<typeof Position>>;

/**
 * Write a run's state as one safetensors file. It replaces the one before only when it is complete and on disk, so
 * that a crash, a full disk or a kill leaves a state to go on from.
 *
 * @param registers values and moments of the trained parameters
 * @throws CheckpointError when it cannot be written; the file before is then as it was
 */
export async function writeState(path: string, position: Position, registers: Tensors): Promise<void> {
  const metadata = { format: "echovlm-training-state", position: JSON.stringify(position) };
  await orRefuseWrite(path, "the training state written before is unchanged", () =>
    writeSafetensors(path, new Map(Object.entries(registers)), metadata),
  );
}

/**
 * Read a run's state.
 *
 * @param run what the resumed run's SHA-256 is
 * @throws CheckpointError when the file is damaged, is no training state, or is another run's
 */
export async function readState(
  path: string,
  run: string,
): Promise<{ position: Position; registers: Tensors }> {
  const file = await SafetensorsFile.open(path);
  try {
    if (file.metadata.format !== "echovlm-training-state")
      throw new CheckpointError(path, "expected a training state, found other tensors");
    const position = parsePosition(path, file.metadata.position);
    if (position.run !== run)
      throw new CheckpointError(
        path,
        `expected the state of run ${run.slice(0, 12)}, found ${position.run.slice(0, 12)}`,
        "recipe or base model changed; start a new run, or go back to the old recipe",
      );
    const registers: Record<string, Tensor> = {};
    for (const name of file.tensors.keys()) registers[name] = await readTensor(file, name);
    return { position, registers };
  } finally {
    await file.close();
  }
}

function parsePosition(path: string, text: string | undefined): Position {
  let json: unknown;
  try {
    json = JSON.parse(text ?? "");
  } catch {
    throw new CheckpointError(path, `position: expected JSON, found ${text ?? "none"}`);
  }
  const parsed = Position.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CheckpointError(
    path,
    parsed.error.issues.map((issue) => `position.${issue.path.join(".")}: ${issue.message}`),
  );
}
