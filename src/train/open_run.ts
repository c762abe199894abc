/** @file Everything a training run holds open: model, records, step, validation. */

import { createHash } from "node:crypto";
import { type Checkpoint, openFloatCheckpoint } from "../checkpoint/hf_folder.ts";
import { wholeModules } from "../checkpoint/module_names.ts";
import { ConfigError } from "../errors.ts";
import { openProcessor } from "../generate/load_model.ts";
import type { ModelConfig } from "../model/config.ts";
import { parameterShapes } from "../model/parameters.ts";
import { loraPlan, loraStart } from "./lora_start.ts";
import { isAdapterApart, pixelBudget, type Recipe } from "./recipe.ts";
import { openRecordPool, type RecordPool } from "./record_pool.ts";
import { stages } from "./stages.ts";
import type { RunIdentity } from "./state.ts";
import type { StepPlan } from "./step.ts";
import { Stepper } from "./stepper.ts";
import type { TrainEvent } from "./train_event.ts";
import { readTrainingData, type TrainingData } from "./training_data.ts";
import { openValidator, type Validator } from "./validator.ts";

export interface RunOptions {
  /** Threads inside one operator. */
  readonly threads: number;
  /** Threads that load records. */
  readonly workers: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: TrainEvent) => void;
}

export interface OpenRun {
  readonly checkpoint: Checkpoint;
  readonly plan: StepPlan;
  readonly pool: RecordPool;
  readonly train: TrainingData;
  readonly validation: TrainingData | undefined;
  readonly stepper: Stepper;
  readonly validator: Validator | undefined;
  readonly identity: RunIdentity;
  close(): Promise<void>;
}

/** @throws InputError for a wrong model or record, or a recipe that does not fit the model */
export async function openRun(recipe: Recipe, options: RunOptions): Promise<OpenRun> {
  const { threads, workers } = options;
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const checkpoint = await openFloatCheckpoint(recipe.model, "to train");
    closers.push(() => checkpoint.close());
    const { config } = checkpoint;
    assertRoomForToken(recipe, config);
    const shapes = parameterShapes(config);
    const plan = stepPlan(recipe, shapes);
    openProcessor(checkpoint); // what is wrong with it is said before every record thread meets it

    const pool = openRecordPool(workers, { model: recipe.model, budget: pixelBudget(recipe) });
    closers.push(() => pool.close());
    const read = (part: "train" | "validation") =>
      readTrainingData(recipe.data[part], pool, {
        ...(recipe.data.imageRoot !== undefined && { imageRoot: recipe.data.imageRoot }),
        onError: recipe.data.onError,
        mostTokens: config.decoder.maxPositions,
        onSkip: (place, problems) => options.onEvent({ kind: "skipped", place, problems }),
        onProgress: (records) => options.onEvent({ kind: "reading", part, records }),
        signal: options.signal,
      });
    const train = await read("train");
    const validation = recipe.data.validation.length > 0 ? await read("validation") : undefined;
    options.onEvent({ kind: "data", train, ...(validation && { validation }) });

    const start = plan.lora ? loraStart(shapes, plan.lora, recipe.seed) : new Map();
    const stepper = await Stepper.open(checkpoint, plan, { threads, start });
    closers.push(() => stepper.close());
    let validator: Validator | undefined;
    if (validation) {
      const lora = plan.lora && { lora: plan.lora };
      validator = await openValidator(checkpoint, new Set(stepper.trained), { threads, ...lora });
      const opened = validator;
      closers.push(() => opened.close());
    }
    const identity = identityOf(recipe, checkpoint, stepper.frozenSha256, [train, validation]);
    return { checkpoint, plan, pool, train, validation, stepper, validator, identity, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Told of the recipe, so that no record is blamed for it. */
function assertRoomForToken({ data: { maxPixels } }: Recipe, { vision }: ModelConfig): void {
  const fewest = (vision.patchSize * vision.mergeSize) ** 2;
  if (maxPixels !== undefined && maxPixels < fewest)
    throw new ConfigError(
      "data.maxPixels",
      `expected room for one visual token of this model, ${fewest} pixels, got ${maxPixels}`,
    );
}

function stepPlan(recipe: Recipe, shapes: ReadonlyMap<string, readonly number[]>): StepPlan {
  const stage = stages[recipe.stage];
  const names = [...shapes.keys()];
  const unknown = recipe.frozen.filter((start) => !names.some((name) => name.startsWith(start)));
  if (unknown.length > 0)
    throw new ConfigError(
      "frozen",
      unknown.map((start) => `expected how names of parameters begin, got ${start}`),
      "such as visual. or model.layers.0.",
    );
  const isFrozen = (name: string) => recipe.frozen.some((start) => name.startsWith(start));
  const trainable = (name: string) => stage.trainable(name) && !isFrozen(name);
  const adapts = (path: string) => stage.adapts(path) && !isFrozen(path);
  const isAdapted = names.some((name) => adapts(name.replace(/\.weight$/, "")));
  if (!isAdapted && !names.some(trainable))
    throw new ConfigError(
      "stage",
      `expected a stage that trains something of this model, got ${recipe.stage}`,
      "a dense model has no experts; `echovlm init` adds them",
    );
  if (isAdapterApart(recipe) && !isAdapted)
    throw new ConfigError(
      "output.adapter",
      `expected merged where no low-rank updates are trained, got separate with stage ${recipe.stage}`,
      "stage2 and dense-lora train them",
    );
  if (isAdapterApart(recipe)) assertWholeModules(new Set(names.filter(trainable)), names);
  const { beta1, beta2, epsilon, weightDecay, maxNorm } = recipe.optimiser;
  return {
    trainable,
    ...(isAdapted && {
      lora: loraPlan(adapts, recipe.lora),
      dropout: { rate: recipe.lora.dropout, seed: recipe.seed },
    }),
    optimiser: { beta1, beta2, epsilon, weightDecay, maxNorm },
    accumulate: recipe.batch.accumulate > 1,
    recompute: recipe.recompute,
  };
}

/** An adapter names modules that were trained whole: said before the training, not at its first save. */
function assertWholeModules(trained: ReadonlySet<string>, names: readonly string[]): void {
  const { rest } = wholeModules(trained, names);
  if (rest.length > 0)
    throw new ConfigError(
      "output.adapter",
      rest.map(
        (name) => `expected merged where ${name} is trained without the rest of its module, got separate`,
      ),
      "an adapter names whole modules: let frozen hold all of one or nothing",
    );
}

/** What does not change the numbers of a run is left out: how often it tells, checks and saves, and all paths. */
function identityOf(
  recipe: Recipe,
  { config }: Checkpoint,
  frozen: string,
  data: readonly (TrainingData | undefined)[],
): RunIdentity {
  const { model: _model, every: _every, samples: _samples, output: _output, ...rest } = recipe;
  const { train: _train, validation: _validation, imageRoot: _root, ...reading } = rest.data;
  const sha256 = (part: unknown) => createHash("sha256").update(JSON.stringify(part)).digest("hex");
  return {
    recipe: sha256({ ...rest, data: reading }),
    records: sha256(data.map((part) => part?.sha256)),
    model: sha256([config, frozen]),
  };
}
