/** @file `npm run bench`: load time, image encoding, prefill, decode and peak memory of a checkpoint; training. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, Option } from "commander";
import { numeric } from "../src/cli/model_options.ts";
import { runScript } from "../src/cli/script.ts";
import { table } from "../src/cli/table.ts";
import { VERSION } from "../src/index.ts";
import { fullSize, writeCheckpointCommand, writeGgufCommand } from "./full_size/commands.ts";
import type { Job, Measured } from "./measure.ts";
import { type Preset, presets, writeSynthetic } from "./synthetic.ts";
import { measureTraining, type TrainReport } from "./train.ts";
import { describeTraining } from "./train_report.ts";

const root = new URL("../../", import.meta.url);
const fixture = fileURLToPath(new URL("test/golden/echovlm-tiny", root));
const nano = new URL("recipes/echovlm-nano/config.json", root);

interface Options {
  readonly synthetic?: Preset;
  readonly threads: string;
  readonly weights: string;
  readonly kernels: string;
  readonly image: string;
  readonly maxPixels: number;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly runs: number;
  readonly train?: boolean;
  readonly config: string;
  readonly rows: number;
  readonly tokens: number;
  readonly pixels: number;
  readonly steps?: number;
  readonly torch: string;
  readonly out?: string;
  readonly json?: boolean;
}

const program = new Command("bench")
  .enablePositionalOptions()
  .description("Measure a checkpoint, then training; every configuration runs in a process of its own.")
  .argument("[checkpoint]", "checkpoint folder (default: the tiny test checkpoint)")
  .addOption(
    new Option("--synthetic <size>", "random weights of this size instead").choices(Object.keys(presets)),
  )
  .option("--threads <list>", "thread counts, with commas", `1,${availableParallelism()}`)
  .option("--weights <list>", "float32, float16, or both with a comma", "float32")
  .option("--kernels <list>", "fused, plain, or both with a comma", "fused")
  .option("--image <file>", "picture to encode", join(fixture, "images/liver.png"))
  .option("--max-pixels <n>", "pixel budget of the picture", numeric, 153664)
  .option("--prompt-tokens <n>", "tokens to prefill", numeric, 256)
  .option("--new-tokens <n>", "tokens to decode", numeric, 32)
  .option("--runs <n>", "measured runs, of which the median counts", numeric, 5)
  .optionsGroup("Training, of random weights beside PyTorch, with the most threads given:")
  .option("--train", "only this, longer, and with the parts of a step")
  .option("--config <config.json>", "sizes of the model", fileURLToPath(nano))
  .option("--rows <n>", "rows of the batch", numeric, 16)
  .option("--tokens <n>", "tokens of a row, its picture's included", numeric, 120)
  .option("--pixels <n>", "pixels of a row's picture", numeric, 16384)
  .option("--steps <n>", "measured steps, of which the median counts (default: 3, with --train 12)", numeric)
  .addOption(
    new Option("--torch <python>", "a Python that can import torch").env("ECHOVLM_PYTHON").default("python3"),
  )
  .optionsGroup("Output:")
  .option("--out <file>", "also write the JSON here")
  .option("--json", "print JSON instead of tables")
  .action(bench)
  .addCommand(fullSize())
  .addCommand(writeCheckpointCommand())
  .addCommand(writeGgufCommand());

async function bench(checkpoint: string | undefined, options: Options): Promise<void> {
  const temporary = mkdtempSync(join(tmpdir(), "echovlm-bench-"));
  try {
    const results = options.train
      ? []
      : await measureCheckpoint(checkpoint, options, join(temporary, "model"));
    const training = await measureTraining(temporary, fixture, {
      ...options,
      python: options.torch,
      threads: Math.max(...options.threads.split(",").map(numeric)),
      steps: options.steps ?? (options.train ? 12 : 3),
      parts: options.train === true,
    });
    report(results, training, options);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function measureCheckpoint(
  checkpoint: string | undefined,
  options: Options,
  folder: string,
): Promise<(Job & Measured)[]> {
  if (options.synthetic) await writeSynthetic(options.synthetic, folder, fixture);
  const { image, maxPixels, promptTokens, newTokens, runs } = options;
  const jobs = options.threads.split(",").flatMap((threads) =>
    options.weights.split(",").flatMap((weights) =>
      options.kernels.split(",").map((kernels) => ({
        ...{ image, maxPixels, promptTokens, newTokens, runs },
        checkpoint: options.synthetic ? folder : (checkpoint ?? fixture),
        threads: numeric(threads),
        weights: weights as Job["weights"],
        kernels: kernels as Job["kernels"],
      })),
    ),
  );
  return jobs.map((job) => ({
    ...job,
    checkpoint: options.synthetic ?? job.checkpoint,
    ...run(job),
  }));
}

function report(results: readonly (Job & Measured)[], training: TrainReport, options: Options): void {
  const machine = { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version };
  const json = JSON.stringify({ version: VERSION, machine, results, training }, null, 2);
  if (options.out) writeFileSync(options.out, `${json}\n`);
  const tables = [...(results.length > 0 ? [describe(results)] : []), describeTraining(training)];
  process.stdout.write(`${options.json ? json : tables.join("\n\n")}\n`);
}

function run(job: Job): Measured {
  const script = fileURLToPath(new URL("./measure.js", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, JSON.stringify(job)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Measured;
}

const describe = (results: readonly (Job & Measured)[]): string =>
  table(
    [
      "threads",
      "weights",
      "kernels",
      "load ms",
      "image ms",
      "patches",
      "prefill tok/s",
      "decode tok/s",
      "peak MiB",
    ],
    results.map((r) => [
      String(r.threads),
      r.weights,
      r.kernels,
      ...[r.loadMs, r.imageMs, r.imagePatches].map((value) => value.toFixed(0)),
      ...[r.prefillTokensPerSecond, r.decodeTokensPerSecond].map((value) => value.toFixed(1)),
      r.peakMiB.toFixed(0),
    ]),
  );

await runScript(program);
