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
import { saveModel } from "./save_model.ts";
import { learningRate } from "./schedule.ts";
import { type Position, readState, writeState } from "./state.ts";
import type { MicroBatch } from "./stepper.ts";
import { type Loading, loadBatch, loadBatches } from "./training_data.ts";

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
 * checkpoint does; `log.jsonl` and TensorBoard events. After a kill at any moment, a resumed run gives the losses that
 * an unbroken one gives.
 *
 * @throws InputError for a wrong model, record or folder; the signal's reason when aborted, with the state written
 */
export async function train(recipe: Recipe, options: TrainOptions): Promise<TrainResult> {
  const { out } = options;
  const statePath = join(out, "state.safetensors");
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
    position = await steps(recipe, options, run, logs, position, statePath);
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

/** From `position` to the last step. */
async function steps(
  recipe: Recipe,
  options: TrainOptions,
  run: OpenRun,
  logs: TrainingLogs,
  from: Position,
  statePath: string,
): Promise<Position> {
  const { stepper } = run;
  const { every, optimiser, batch, data, seed } = recipe;
  const { signal, onEvent } = options;
  const sampler = { seed, regions: data.regions, tokenBudget: batch.tokens, groupSize: batch.group };
  const loading = loadingOf(recipe, options, run);
  const batches = loadBatches(run.train, sampler, loading, from);
  const pace = startPace(recipe.steps - from.step);
  let position = from;
  const save = async () => {
    await writeState(statePath, position, await stepper.registers());
    onEvent({ kind: "saved", step: position.step, path: statePath });
  };
  try {
    while (position.step < recipe.steps) {
      const step = position.step + 1;
      const micro: MicroBatch[] = [];
      let { epoch, batch: done } = position;
      let tokens = 0;
      while (micro.length < batch.accumulate) {
        if (signal.aborted) {
          await save();
          signal.throwIfAborted();
        }
        const { value } = await batches.next();
        ({ epoch } = value);
        done = value.batch + 1;
        tokens += value.tokens;
        if (value.micro) micro.push(value.micro);
      }
      const rate = learningRate(step, {
        steps: recipe.steps,
        peak: optimiser.rate,
        warmup: optimiser.warmup,
        floor: optimiser.floor,
      });
      const report = await stepper.step(micro, step, { rate, balance: recipe.balance });
      if (!Number.isFinite(report.loss) || !Number.isFinite(report.norm))
        throw diverged(options.out, "loss", step, `${report.loss} with gradient norm ${report.norm}`);
      position = { ...position, step, epoch, batch: done };
      const { tokensPerSecond, secondsLeft } = pace(tokens);
      onEvent({ kind: "step", step, epoch, report, rate, tokensPerSecond, secondsLeft });
      const isLast = step === recipe.steps;
      if (step % every.log === 0 || isLast) {
        const { loss, crossEntropy, balance, expertLoad, norm } = report;
        const experts = balance === undefined ? {} : { balance };
        const loads = Object.fromEntries(
          (expertLoad ?? []).map((load, layer) => [`expert_load/layer_${layer}`, load]),
        );
        await logs.write(step, {
          loss,
          cross_entropy: crossEntropy,
          ...experts,
          norm,
          rate,
          epoch,
          tokens_per_second: tokensPerSecond,
          ...loads,
        });
      }
      const validates = step % every.validate === 0 || isLast;
      if (validates) position = await validate(recipe, options, run, loading, logs, position);
      if (validates || step % every.checkpoint === 0) await save();
      if (validates) await sample(recipe, options, run, loading, logs, step);
    }
  } finally {
    await batches.return(undefined as never);
  }
  return position;
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
async function validate(
  recipe: Recipe,
  options: TrainOptions,
  run: OpenRun,
  loading: Loading,
  logs: TrainingLogs,
  position: Position,
): Promise<Position> {
  const { out, onEvent } = options;
  const { step, best } = position;
  const values = await run.stepper.values();
  const save = (name: string, loss?: number) =>
    saveModel(join(out, name), recipe, run, values, {
      step,
      ...(loss !== undefined && { validationLoss: loss }),
    });
  const loss = await run.validator?.loss(validationBatches(recipe, run, loading), values);
  if (loss !== undefined && !Number.isFinite(loss)) throw diverged(out, "validation loss", step, `${loss}`);
  await save("last", loss);
  if (loss === undefined) return position;
  const isBest = best === null || loss < best;
  await logs.write(step, { validation_loss: loss });
  onEvent({ kind: "validation", step, loss, isBest });
  if (!isBest) return position;
  await save("best", loss);
  return { ...position, best: loss };
}

/** Let the model saved last answer some validation records. */
async function sample(
  recipe: Recipe,
  { out, onEvent, signal, threads }: TrainOptions,
  { validation }: OpenRun,
  { refused }: Loading,
  logs: TrainingLogs,
  step: number,
): Promise<void> {
  const { model, samples } = recipe;
  if (!validation || samples.count === 0) return;
  const last = join(out, "last");
  const folders = isAdapterApart(recipe) ? { folder: model, adapter: last } : { folder: last };
  const options = { ...folders, ...samples, pixels: pixelBudget(recipe), threads, signal };
  const loadable = validation.records.filter((record) => !refused.has(record));
  for await (const one of sampleAnswers(options, loadable)) {
    await logs.write(step, { sample: JSON.stringify(one) });
    onEvent({ kind: "sample", step, sample: one });
  }
}

/** The validation records from short to long, by the token budget. */
async function* validationBatches(
  recipe: Recipe,
  run: OpenRun,
  loading: Loading,
): AsyncGenerator<MicroBatch> {
  const records = [...run.validation!.records].sort((a, b) => a.length - b.length);
  for (let start = 0; start < records.length; ) {
    let end = start + 1;
    while (end < records.length && records[end]!.length * (end + 1 - start) <= recipe.batch.tokens) end++;
    const { micro } = await loadBatch(records.slice(start, end), loading);
    if (micro) yield micro;
    start = end;
  }
}
