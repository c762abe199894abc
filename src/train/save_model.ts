/** @file The model of a run, as a checkpoint folder or an adapter's. */

import { cardText, fieldTable, type ModelCard, readCard } from "../checkpoint/model_card.ts";
import { adapterOf, writeAdapter } from "../checkpoint/write_adapter.ts";
import { commonStorage, SHARD_BYTES, writeCheckpoint } from "../checkpoint/write_checkpoint.ts";
import { VERSION } from "../generate/answer.ts";
import { isJsonObject } from "../model/json_fields.ts";
import { parameterShapes } from "../model/parameters.ts";
import type { PixelBudget } from "../processor/preprocess.ts";
import type { Tensors } from "../runtime/program.ts";
import { untrained, useSection } from "./init_card.ts";
import type { OpenRun } from "./open_run.ts";
import { isAdapterApart, pixelBudget, type Recipe } from "./recipe.ts";

/** Where a model stands in its run. */
export interface Progress {
  readonly step: number;
  /** Mean cross entropy on the validation records. */
  readonly validationLoss?: number;
}

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
  const card = trainedCard(await readCard(checkpoint.path), recipe, train.records.length, progress);
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

function trainedCard(
  base: ModelCard,
  recipe: Recipe,
  records: number,
  { step, validationLoss }: Progress,
): ModelCard {
  const { stage, steps, seed, optimiser, batch, balance, lora } = recipe;
  const hasLora = stage === "stage2" || stage === "dense-lora";
  const training = {
    title: "Training",
    text: fieldTable({
      stage,
      steps: `${step} of ${steps}`,
      records,
      seed,
      "learning rate": `${optimiser.rate}, warm-up over ${optimiser.warmup} of the steps, cosine to ${optimiser.floor * optimiser.rate}`,
      "weight decay": optimiser.weightDecay,
      batch: `${batch.tokens} tokens, ${batch.accumulate} a step`,
      "load balance": balance,
      ...(hasLora && {
        "low-rank updates": `rank ${lora.rank}, alpha ${lora.alpha}, dropout ${lora.dropout}`,
      }),
      ...(validationLoss !== undefined && {
        "validation loss": `${validationLoss.toFixed(4)} nats a token`,
      }),
      software: `echovlm ${VERSION}`,
    }),
  };
  const own = new Set([training.title, useSection.title]);
  return {
    metadata: base.metadata,
    title: base.title === "" || base.title === untrained ? "Trained checkpoint" : base.title,
    summary: "Trained with `echovlm train`.",
    sections: [useSection, ...base.sections.filter(({ title }) => !own.has(title)), training],
  };
}
