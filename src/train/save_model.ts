/** @file The model of a run, as a checkpoint folder or an adapter's. */

import { cardText } from "../checkpoint/model_card.ts";
import { adapterOf, writeAdapter } from "../checkpoint/write_adapter.ts";
import { commonStorage, SHARD_BYTES, writeCheckpoint } from "../checkpoint/write_checkpoint.ts";
import { isJsonObject } from "../model/json_fields.ts";
import { parameterShapes } from "../model/parameters.ts";
import type { PixelBudget } from "../processor/preprocess.ts";
import type { Tensors } from "../runtime/program.ts";
import type { OpenRun } from "./open_run.ts";
import { isAdapterApart, pixelBudget, type Recipe } from "./recipe.ts";
import { type Progress, readBase, trainedCard } from "./trained_card.ts";

/**
 * Write the model as the recipe wants it: whole, with low-rank updates merged, or as a PEFT adapter. Its card says how
 * it was trained, and its processor brings pictures to the size that it was trained on.
 *
 * @param values of the trained parameters
 * @throws CheckpointError when it cannot be written; a model that was there before is then unchanged
 */
export async function saveModel(
  folder: string,
  recipe: Recipe,
  { checkpoint, plan, train }: OpenRun,
  values: Tensors,
  progress: Progress,
): Promise<void> {
  const changes = adapterOf(values, (path) => plan.lora?.(path)?.scale ?? 1);
  const run = { records: train.records.length, hasLora: plan.lora !== undefined };
  const card = trainedCard(await readBase(checkpoint), recipe, run, progress);
  const files = { "README.md": cardText(card) };
  if (isAdapterApart(recipe)) {
    const { lora } = recipe;
    const shapes = parameterShapes(checkpoint.config);
    await writeAdapter(folder, changes, shapes, { baseModel: null, dropout: lora.dropout, files });
  } else {
    const storage = recipe.output.weights ?? commonStorage(checkpoint);
    await writeCheckpoint(folder, checkpoint, {
      changes,
      storage,
      files: { ...files, ...preprocessorFile(checkpoint.preprocessor, pixelBudget(recipe)) },
      shardBytes: SHARD_BYTES,
    });
  }
}

/** A model is used with pictures of the size that it was trained on. */
function preprocessorFile(base: unknown, budget: PixelBudget): Record<string, string> {
  const { minPixels, maxPixels } = budget;
  if (minPixels === undefined && maxPixels === undefined) return {};
  const fields = isJsonObject(base) ? base : {};
  const size = isJsonObject(fields.size) ? fields.size : {};
  const json = {
    ...fields,
    ...(minPixels !== undefined && { min_pixels: minPixels }),
    ...(maxPixels !== undefined && { max_pixels: maxPixels }),
    size: {
      ...size,
      ...(minPixels !== undefined && { shortest_edge: minPixels }),
      ...(maxPixels !== undefined && { longest_edge: maxPixels }),
    },
  };
  return { "preprocessor_config.json": `${JSON.stringify(json, null, 2)}\n` };
}
