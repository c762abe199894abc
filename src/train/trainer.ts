/** @file A training run: from a recipe to a trained model, resumable at any moment. */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { orRefuseWrite } from "../checkpoint/refuse_write.ts";
import { CheckpointError } from "../errors.ts";
import { openLogs, type TrainingLogs } from "./logs.ts";
import { type OpenRun, openRun, type RunOptions } from "./open_run.ts";
import { isAdapterApart, pixelBudget, type Recipe } from "./recipe.ts";
import { sampleAnswers } from "./sample_answers.ts";
import { packed } from "./sampler.ts";
import { saveModel } from "./save_model.ts";
import { learningRate } from "./schedule.ts";
import { type Position, readState, writeState } from "./state.ts";
import type { MicroBatch } from "./stepper.ts";
import type { TrainEvent } from "./train_event.ts";
import { type LoadedBatch, type Loading, loadBatch, loadBatches } from "./training_data.ts";

export interface TrainOptions extends RunOptions {
  /** The run's folder. */
  readonly out: string;
  /** Go on from the state in `out`; without it, a folder with a state is refused. */
  readonly resume: boolean;
}

/** How a run ended. */
export interface TrainResult {
  readonly steps: number;
  /** Folder of the model after the last step. */
  readonly last: string;
  /** The model with the lowest validation loss; absent without validation. */
  readonly best?: { readonly folder: string; readonly loss: number };
}

/**
 * Train as the recipe says. `out` gets `state.safetensors`, to resume from; `last` and `best`, models that load as any
 * checkpoint does; `log.jsonl` and TensorBoard events. Killed at any moment behind its first state, a resumed run gives
 * the losses that an unbroken one gives; before it there is nothing to resume.
 *
 * @throws InputError for a wrong model, record or folder; the signal's reason when aborted, with the state written
 */
export async function train(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  const { out } = options;
  const statePath = statePathOf(options);
  const begun = existsSync(statePath);
  if (begun !== options.resume)
    throw begun
      ? new CheckpointError(out, "expected a new folder, found a run", "--resume goes on with it")
      : new CheckpointError(out, "expected a run to go on with, found none", "leave out --resume");
  if (!begun) assertNoRun(out);
  const hint = "--out names the run's folder";
  await orRefuseWrite(out, hint, () => mkdir(out, { recursive: true }));
  const run = await openRun(recipe, options);
  let logs: TrainingLogs | undefined;
  try {
    let position: Position = { step: 0, epoch: 0, batch: 0, best: null, run: run.identity };
    if (begun) {
      const state = await readState(statePath, run.identity);
      position = state.position;
      await run.stepper.restore(state.registers);
      options.onEvent({ kind: "resumed", step: position.step });
    }
    logs = await openLogs(out, { after: begun ? position.step : null });
    const loading = loadingOf(recipe, options, run);
    position = await steps({ recipe, options, run, logs, loading }, position);
    const folder = join(out, "best");
    const best = position.best === null ? {} : { best: { folder, loss: position.best } };
    return { steps: position.step, last: join(out, "last"), ...best };
  } finally {
    await logs?.close();
    await run.close();
  }
}

/** A run that ended before its first state, or lost it, is nobody's to overwrite. */
function assertNoRun(out: string): void {
  const found = ["last", "best", "log.jsonl"].filter((name) => existsSync(join(out, name)));
  if (found.length > 0)
    throw new CheckpointError(
      out,
      `expected a new folder, found ${found.join(", ")} of a run without its state`,
      "name another folder, or remove what is there",
    );
}

/** A run under way: what each of its steps needs. */
interface Training {
  readonly recipe: Recipe;
  readonly options: TrainOptions;
  readonly run: OpenRun;
  readonly logs: TrainingLogs;
  readonly loading: Loading;
}

/** From `position` to the last step. */
async function steps(training: Training, from: Position): Promise<Position> {
  const { recipe, options, run, loading } = training;
  const { every, batch, data, seed } = recipe;
  const sampler = { seed, regions: data.regions, tokenBudget: batch.tokens, groupSize: batch.group };
  const batches = loadBatches(run.train, sampler, loading, from);
  const pace = startPace(recipe.steps - from.step);
  let position = from;
  try {
    while (position.step < recipe.steps) {
      const step = position.step + 1;
      const { micro, tokens, ...place } = await nextStepBatches(training, batches, position);
      const rate = learningRate(step, {
        steps: recipe.steps,
        peak: recipe.optimiser.rate,
        warmup: recipe.optimiser.warmup,
        floor: recipe.optimiser.floor,
      });
      const { fetched: _fetched, ...report } = await run.stepper.step(micro, step, {
        rate,
        balance: recipe.balance,
      });
      if (!Number.isFinite(report.loss) || !Number.isFinite(report.norm))
        throw diverged(options.out, "loss", step, `${report.loss} with gradient norm ${report.norm}`);
      position = { ...position, step, ...place };
      const event = { kind: "step", step, epoch: place.epoch, report, rate, ...pace(tokens) } as const;
      options.onEvent(event);
      const isLast = step === recipe.steps;
      if (step % every.log === 0 || isLast) await logStep(training.logs, event);
      const validates = step % every.validate === 0 || isLast;
      if (validates) position = await validate(training, position);
      if (validates || step % every.checkpoint === 0) await save(training, position);
      if (validates) await sample(training, step);
    }
  } finally {
    await batches.return(undefined as never);
  }
  return position;
}

/**
 * The micro-batches of the step behind `position`, and the place behind them.
 *
 * @throws the signal's reason when aborted, with the state written
 */
async function nextStepBatches(
  training: Training,
  batches: AsyncGenerator<LoadedBatch, never>,
  position: Position,
): Promise<{ micro: MicroBatch[]; tokens: number; epoch: number; batch: number }> {
  const { recipe, options } = training;
  const micro: MicroBatch[] = [];
  let { epoch, batch } = position;
  let tokens = 0;
  while (micro.length < recipe.batch.accumulate) {
    if (options.signal.aborted) {
      await save(training, position);
      options.signal.throwIfAborted();
    }
    const { value } = await batches.next();
    ({ epoch } = value);
    batch = value.batch + 1;
    tokens += value.tokens;
    if (value.micro) micro.push(value.micro);
  }
  return { micro, tokens, epoch, batch };
}

/** A step as a line of the log. */
function logStep(
  logs: TrainingLogs,
  { step, epoch, report, rate, tokensPerSecond }: Extract<TrainEvent, { kind: "step" }>,
): Promise<void> {
  const { loss, crossEntropy, balance, expertLoad = [], norm } = report;
  return logs.write(step, {
    loss,
    cross_entropy: crossEntropy,
    ...(balance !== undefined && { balance }),
    norm,
    rate,
    epoch,
    tokens_per_second: tokensPerSecond,
    ...Object.fromEntries(expertLoad.map((load, layer) => [`expert_load/layer_${layer}`, load])),
  });
}

const statePathOf = ({ out }: TrainOptions): string => join(out, "state.safetensors");

/** Write the state that `--resume` goes on with. */
async function save({ options, run }: Training, position: Position): Promise<void> {
  const path = statePathOf(options);
  await writeState(path, position, await run.stepper.registers());
  options.onEvent({ kind: "saved", step: position.step, path });
}

const loadingOf = ({ data }: Recipe, { onEvent }: RunOptions, { pool, checkpoint }: OpenRun): Loading => ({
  pool,
  config: checkpoint.config,
  onError: data.onError,
  onSkip: (place, problems) => onEvent({ kind: "skipped", place, problems }),
  refused: new Set(),
});

const diverged = (out: string, what: string, step: number, got: string): CheckpointError =>
  new CheckpointError(
    out,
    `expected a finite ${what} at step ${step}, got ${got}`,
    "lower optimiser.rate; the last state written is intact",
  );

/** Steps over which the rate is averaged. */
const paceSteps = 20;

/** Tokens a second and the time left, from the last steps. */
function startPace(steps: number): (tokens: number) => { tokensPerSecond: number; secondsLeft: number } {
  const recent: { ms: number; tokens: number }[] = [];
  let [before, left] = [performance.now(), steps];
  return (tokens) => {
    const now = performance.now();
    recent.push({ ms: now - before, tokens });
    if (recent.length > paceSteps) recent.shift();
    [before, left] = [now, left - 1];
    const seconds = recent.reduce((sum, { ms }) => sum + ms, 0) / 1000;
    const all = recent.reduce((sum, one) => sum + one.tokens, 0);
    return { tokensPerSecond: all / seconds, secondsLeft: (left * seconds) / recent.length };
  };
}

/** Save the model and measure it on the validation records. @returns with the lowest loss so far */
async function validate(training: Training, position: Position): Promise<Position> {
  const { recipe, options, run, logs } = training;
  const { out, onEvent } = options;
  const { step, best } = position;
  const values = await run.stepper.values();
  const saveAs = (name: string, loss?: number) =>
    saveModel(join(out, name), recipe, run, values, {
      step,
      ...(loss !== undefined && { validationLoss: loss }),
    });
  const loss = await run.validator?.loss(validationBatches(training), values);
  if (loss !== undefined && !Number.isFinite(loss)) throw diverged(out, "validation loss", step, `${loss}`);
  await saveAs("last", loss);
  if (loss === undefined) return position;
  const isBest = best === null || loss < best;
  await logs.write(step, { validation_loss: loss });
  onEvent({ kind: "validation", step, loss, isBest });
  if (!isBest) return position;
  await saveAs("best", loss);
  return { ...position, best: loss };
}

/** Let the model saved last answer some validation records. */
async function sample(training: Training, step: number): Promise<void> {
  const { recipe, run, loading, logs } = training;
  const { out, onEvent, signal, threads } = training.options;
  const { model, samples } = recipe;
  const { validation } = run;
  if (!validation || samples.count === 0) return;
  const last = join(out, "last");
  const folders = isAdapterApart(recipe) ? { folder: model, adapter: last } : { folder: last };
  const options = { ...folders, ...samples, pixels: pixelBudget(recipe), threads, signal };
  const loadable = validation.records.filter((record) => !loading.refused.has(record));
  for await (const one of sampleAnswers(options, loadable)) {
    await logs.write(step, { sample: JSON.stringify(one) });
    onEvent({ kind: "sample", step, sample: one });
  }
}

/** The validation records from short to long, by the token budget. */
async function* validationBatches({ recipe, run, loading }: Training): AsyncGenerator<MicroBatch> {
  const { records } = run.validation!;
  const order = [...records.keys()].sort((a, b) => records[a]!.length - records[b]!.length);
  for (const indices of packed(order, records, recipe.batch.tokens)) {
    const { micro } = await loadBatch(
      indices.map((index) => records[index]!),
      loading,
    );
    if (micro) yield micro;
  }
}
