/**
 * @file The headline experiment: does a dual path, trained in two stages, beat the dense model fine-tuned on the same?
 *
 * node dist/recipes/dual-path/experiment.js --out runs/dual-path
 */

import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { replaceFile } from "../../src/checkpoint/replace_file.ts";
import { interruptible } from "../../src/cli/interrupt.ts";
import { runScript } from "../../src/cli/script.ts";
import { RequestError } from "../../src/errors.ts";
import { VERSION } from "../../src/generate/answer.ts";
import { costOf } from "./compute.ts";
import { makeData, recordsIn } from "./data.ts";
import { keepBase, keepRun, keptBase, keptRun } from "./kept.ts";
import { type BaseName, configOf } from "./model_config.ts";
import { createPace } from "./pace.ts";
import { type Finished, resultsOf } from "./results.ts";
import { basePhases, type Phase, planRuns, type Run } from "./runs.ts";
import { type Scale, scales } from "./scale.ts";
import { ask, questionsOf } from "./scores.ts";
import { writeBase } from "./start.ts";
import { resultsMarkdown } from "./tables.ts";
import { modelOf, type PhaseResult, stepTokens, type Trained, trainRun } from "./train_run.ts";

interface Options {
  readonly out: string;
  readonly smoke?: boolean;
  readonly runs?: readonly string[];
  readonly kept?: string;
}

const program = new Command("experiment")
  .description("Train and compare the dense model and the dual path.")
  .requiredOption("--out <folder>", "where everything goes; what an interrupted run made is kept")
  .option("--smoke", "tiny sizes: whether everything works, in a few minutes")
  .option("--runs <names...>", "only some runs, and what they need")
  .option(
    "--kept <folder>",
    "a small folder with bases, losses and answers of finished runs: read first, added to",
  )
  .addHelpText(
    "after",
    `
Writes results.json and results.md. Ctrl-C stops after the step under way; the same command goes on where it stopped.

Examples:
  $ node dist/recipes/dual-path/experiment.js --out runs/dual-path
  $ node dist/recipes/dual-path/experiment.js --out runs/dual-path --runs a-1 b-1
  $ node dist/recipes/dual-path/experiment.js --out runs/dual-path --kept recipes/dual-path/kept
  $ node dist/recipes/dual-path/experiment.js --out runs/dual-path-smoke --smoke`,
  )
  .action((options: Options) => interruptible((signal) => experiment(options, signal), null));

async function experiment(options: Options, signal: AbortSignal): Promise<void> {
  const { out, smoke = false, runs: names, kept } = options;
  const scale: Scale = smoke ? scales.smoke : scales.full;
  const runs = chosenRuns(planRuns(scale), names);
  await openFolder(out, scale);
  const data = await makeData(join(out, "data"), scale, {
    signal,
    onProgress: (done, total) => tell(`pictures: ${done} of ${total}`, done === total),
  });
  const set = await questionsOf(await recordsIn(data.fileOf("test")));
  const folder = join(out, "runs");
  const bases = new Map(
    [...new Set(runs.map(({ base }) => base))].map((name) => [name, baseRun(name, scale)]),
  );
  const pace = createPace(new Map([...bases.values(), ...runs].map((run) => [run.name, workOf(run, scale)])));

  async function trained(run: BaseRun, from: string): Promise<PhaseResult[]> {
    const results = await trainRun(run, from, {
      folder,
      data,
      scale,
      signal,
      onStep: (phase, step, left) =>
        tell(`${run.name}, ${phase.name}: step ${step} of ${phase.steps}, ${time(left)} left of it`),
    });
    for (const [at, { timed }] of results.entries())
      pace.measured(timed.seconds, timed.steps * stepWork(run, run.phases[at]!, scale));
    pace.done(run.name);
    const losses = results.map(({ validationLoss }) => validationLoss?.toFixed(4)).join(", then ");
    tell(`${run.name}: validation loss ${losses}; ${time(pace.secondsLeft())} left of all training`, true);
    return results;
  }

  const finished: Finished[] = [];
  const ready = new Set<BaseName>();
  for (const run of runs) {
    const before = await keptRun(kept, run, scale, set);
    if (before) {
      pace.done(run.name);
      finished.push(before);
      continue;
    }
    const base = bases.get(run.base)!;
    if (keptBase(kept, base.name)) pace.done(base.name);
    else if (!ready.has(run.base)) {
      const start = join(folder, base.name, "start");
      await writeBase(start, run.base, scale.layers, data);
      await trained(base, start);
      if (kept !== undefined) await keepBase(kept, base.name, modelOf(folder, base));
    }
    ready.add(run.base);
    const phases = await trained(run, keptBase(kept, base.name) ?? modelOf(folder, base));
    const answers = await ask(run.name, modelOf(folder, run), {
      folder: out,
      set,
      scale,
      signal,
      onProgress: ({ model, condition, done, total, secondsLeft }) =>
        tell(
          `${model}, ${condition}: ${done} of ${total} answers, ${time(secondsLeft ?? undefined)} left of them`,
          done === total,
        ),
    });
    const one = { run, phases, answers };
    if (kept !== undefined) await keepRun(kept, one, scale);
    finished.push(one);
  }
  tell("scoring", true);
  const results = resultsOf(finished, scale, { count: scale.draws, seed: 1 });
  const provenance = { software: `echovlm ${VERSION}`, node: process.version, scale };
  await replaceFile(join(out, "results.json"), `${JSON.stringify({ provenance, ...results }, null, 1)}\n`);
  const heading = smoke ? "Smoke run: the numbers mean nothing" : "Dual path and dense model";
  await replaceFile(join(out, "results.md"), resultsMarkdown(results, heading));
  process.stdout.write(`${results.verdict.join("\n")}\n${join(out, "results.md")}\n`);
}

const baseRun = (name: BaseName, scale: Scale): BaseRun => ({
  name,
  base: name,
  seed: 1,
  balance: 0,
  sparse: null,
  phases: basePhases(scale),
});
type BaseRun = Trained & Pick<Run, "base">;

/** Operations of one step, padding included. */
const stepWork = ({ base, sparse }: BaseRun, phase: Phase, scale: Scale): number =>
  stepTokens(phase, scale) * costOf(configOf(base, sparse, scale.layers)).trainingFlopsPerToken;

const workOf = (run: BaseRun, scale: Scale): number =>
  run.phases.reduce((sum, phase) => sum + phase.steps * stepWork(run, phase, scale), 0);

/** @throws RequestError naming the runs that there are */
function chosenRuns(all: readonly Run[], names?: readonly string[]): Run[] {
  const unknown = (names ?? []).filter((name) => all.every((run) => run.name !== name));
  if (unknown.length > 0)
    throw new RequestError(
      "--runs",
      `expected some of ${all.map(({ name }) => name).join(", ")}, got ${unknown.join(", ")}`,
    );
  return all.filter(({ name }) => names === undefined || names.includes(name));
}

/** @throws RequestError when the folder holds an experiment of another scale */
async function openFolder(out: string, scale: Scale): Promise<void> {
  await mkdir(out, { recursive: true });
  const path = join(out, "scale.json");
  const before = await readFile(path, "utf8").catch(() => undefined);
  const now = JSON.stringify(scale);
  if (before !== undefined && before !== now)
    throw new RequestError(
      out,
      `expected an experiment of scale ${now}, found ${before}`,
      "give another --out",
    );
  await replaceFile(path, now);
}

const time = (seconds: number | undefined): string => {
  if (seconds === undefined) return "unknown";
  const minutes = seconds / 60;
  return minutes < 90 ? `${minutes.toFixed(1)} min` : `${(minutes / 60).toFixed(1)} h`;
};

let told = 0;

/** A line on standard error: once in ten seconds, or when it is the last of its kind. */
function tell(text: string, isLast = false): void {
  const now = performance.now();
  if (!isLast && now - told < 10_000) return;
  told = now;
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

await runScript(program);
