/** @file The state of a training run on disk: enough to go on as if it had never stopped. */

import { z } from "zod";
import { orRefuseWrite } from "../checkpoint/refuse_write.ts";
import { readTensor, SafetensorsFile, writeSafetensors } from "../checkpoint/safetensors.ts";
import { CheckpointError } from "../errors.ts";
import type { Tensors } from "../runtime/program.ts";
import type { Tensor } from "../tensor/tensor.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Identity = z.strictObject(
  {
    recipe: sha256,
    /** Of their texts and pictures. */
    records: sha256,
    /** Of the base model's configuration and the weights that stay as they are. */
    model: sha256,
  },
  { error: "expected hashes of recipe, records and model, found another version's" },
);

/** SHA-256 of all that decides a run's numbers, by what a user may have changed. */
export type RunIdentity = Readonly<z.infer<typeof Identity>>;

const Position = z.object({
  /** Optimiser steps done. */
  step: z.int().nonnegative(),
  epoch: z.int().nonnegative(),
  /** Micro-batches of the epoch that are done. */
  batch: z.int().nonnegative(),
  /** Lowest validation loss so far; null before the first validation. */
  best: z.number().nullable(),
  /** What the run began with: a state fits only that. */
  run: Identity,
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
 * @param run what the resumed run begins with
 * @throws CheckpointError when the file is damaged, is no training state, or is another run's, which is then told by
 *   what changed
 */
export async function readState(
  path: string,
  run: RunIdentity,
): Promise<{ position: Position; registers: Tensors }> {
  const file = await SafetensorsFile.open(path);
  try {
    if (file.metadata.format !== "echovlm-training-state")
      throw new CheckpointError(path, "expected a training state, found other tensors");
    const position = parsePosition(path, file.metadata.position);
    const changed = changeOf(position.run, run);
    if (changed !== undefined)
      throw new CheckpointError(
        path,
        `expected the state of a run with this ${changed}, found one with another`,
        `start a new run, or go back to the ${changed} that it began with`,
      );
    const registers: Record<string, Tensor> = {};
    for (const name of file.tensors.keys()) registers[name] = await readTensor(file, name);
    return { position, registers };
  } finally {
    await file.close();
  }
}

/** What differs between two runs. Records and model are hashed as the recipe reads them, so it is the first to be told. */
function changeOf(before: RunIdentity, now: RunIdentity): string | undefined {
  if (before.recipe !== now.recipe) return "recipe";
  const changed = [
    ...(before.records === now.records ? [] : ["set of records"]),
    ...(before.model === now.model ? [] : ["base model"]),
  ];
  return changed.length > 0 ? changed.join(" and ") : undefined;
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
