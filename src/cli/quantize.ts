/** @file `echovlm quantize`: a float checkpoint in, one of 4 or 8 bits a weight out. */

import { basename, resolve } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { checkWeights } from "../checkpoint/compare_weights.ts";
import { assertFree } from "../checkpoint/free_folder.ts";
import { openFloatCheckpoint } from "../checkpoint/hf_folder.ts";
import { cardText, readCard } from "../checkpoint/model_card.ts";
import { SHARD_BYTES } from "../checkpoint/write_checkpoint.ts";
import { recordTexts } from "../data/record_texts.ts";
import { RequestError } from "../errors.ts";
import { type BlockFormat, bitWidths, blockSizes } from "../graph/packed.ts";
import { parameterShapes } from "../model/parameters.ts";
import { type Calibration, calibrate } from "../quantise/calibrate.ts";
import { quantisationOf } from "../quantise/plan.ts";
import { quantisedCard } from "../quantise/quantised_card.ts";
import { type ErrorSummary, percent, summarise } from "../quantise/summary.ts";
import type { WeightError } from "../quantise/weight_error.ts";
import { assertRoomFor, writeQuantised } from "../quantise/write_quantised.ts";
import { createProgress, type Progress } from "./data/input.ts";
import { duration } from "./duration.ts";
import { interruptible } from "./interrupt.ts";
import { countProblems, defined, idleProblems, numeric } from "./model_options.ts";
import { table } from "./table.ts";

interface QuantizeOptions {
  /** Among `bitWidths` and `blockSizes`. */
  readonly bits: string;
  readonly block: string;
  readonly keep: readonly string[];
  readonly calibrate?: readonly string[];
  readonly most?: number;
  readonly threads?: number;
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Records that a calibration reads when it is not told how many. */
const DEFAULT_RECORDS = 128;

export const quantizeCommand = (): Command =>
  new Command("quantize")
    .description("Write a checkpoint with its weights in 4 or 8 bits; every command loads it like any other.")
    .argument("<folder>", "checkpoint folder with float weights")
    .requiredOption("--out <folder>", "checkpoint to write; it appears once it is whole")
    .addOption(new Option("--bits <n>", "bits of a weight").choices(bitWidths.map(String)).default("4"))
    .addOption(
      new Option("--block <n>", "weights that share a scale: fewer are finer, more are faster")
        .choices(blockSizes.map(String))
        .default("128"),
    )
    .option(
      "--keep <parts>",
      "parts that stay float, with commas between: vision, lm_head, layers.0",
      parts,
      [],
    )
    .option(
      "--calibrate <inputs...>",
      "files or folders of records: round so that answers to such prompts stay",
    )
    .option("--most <n>", `with --calibrate: records to read at most (default: ${DEFAULT_RECORDS})`, numeric)
    .option("--threads <n>", "threads (default: all cores); the result is the same", numeric)
    .option("--force", "replace a checkpoint that is there")
    .option("--json", "print the error of every weight as JSON")
    .addHelpText(
      "after",
      `
Embeddings, head, attention, experts, dense path and vision tower are quantised; routers, gates, norms, biases and the
patch embedding stay float. docs/quantisation.md describes the folder and says how much quality each choice costs.

Examples:
  $ echovlm quantize ./EchoVLM --bits 4 --out ./EchoVLM-4bit
  $ echovlm quantize ./EchoVLM --bits 4 --block 32 --keep vision,lm_head --out ./EchoVLM-4bit
  $ echovlm quantize ./EchoVLM --bits 4 --calibrate train.jsonl --most 256 --out ./EchoVLM-4bit
  $ echovlm quantize ./EchoVLM --bits 8 --json --out ./EchoVLM-8bit | jq .parts`,
    )
    .action((folder: string, options: QuantizeOptions) =>
      interruptible((signal) => quantize(folder, options, signal), null),
    );

function parts(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("")) throw new InvalidArgumentError("expected names with commas between");
  return names;
}

async function quantize(folder: string, options: QuantizeOptions, signal: AbortSignal): Promise<void> {
  const { out, keep, json, force: replace = false } = options;
  refuseWrongOptions(options);
  await assertFree(out, { replace, inputs: [folder] });
  const base = await openFloatCheckpoint(folder, "to quantize");
  const progress = createProgress();
  const started = performance.now();
  try {
    const format = { bits: Number(options.bits), block: Number(options.block) } as BlockFormat;
    const quantisation = quantisationOf(base.config, format, keep);
    const card = await readCard(folder);
    await checkWeights(parameterShapes(base.config), base);
    await assertRoomFor(out, base.config, quantisation);
    const calibration =
      options.calibrate && (await read(folder, options.calibrate, options, signal, progress));
    const errors = await writeQuantised(out, base, {
      quantisation,
      choice: "fitted",
      ...(calibration && { compensation: calibration.compensation }),
      files: (known) => ({
        "README.md": cardText(
          quantisedCard(card, basename(resolve(folder)), quantisation, known, calibration),
        ),
      }),
      shardBytes: SHARD_BYTES,
      ...defined({ threads: options.threads }),
      replace,
      signal,
      onProgress({ done, total, name }) {
        const seconds = (performance.now() - started) / 1000;
        const left = duration((seconds * (total - done)) / done);
        progress.show(() => `${((100 * done) / total).toFixed(0)} % ${name}, ${left} left`);
      },
    });
    progress.end();
    const summary = summarise(errors);
    const text = json
      ? JSON.stringify(
          { folder: out, ...format, keep, ...summary, weights: Object.fromEntries(errors) },
          null,
          2,
        )
      : describe(out, summary);
    process.stdout.write(`${text}\n`);
  } finally {
    progress.end();
    await base.close();
  }
}

/** What can be said of the options alone. @throws RequestError naming all that is wrong */
function refuseWrongOptions({ calibrate: inputs, most, threads }: QuantizeOptions): void {
  const problems = countProblems({ most, threads });
  if (!inputs) problems.push(...idleProblems("calibrate", { most }));
  if (problems.length > 0) throw new RequestError("quantize", problems);
}

/** Let the float model read the records. */
function read(
  folder: string,
  inputs: readonly string[],
  { most = DEFAULT_RECORDS, threads }: QuantizeOptions,
  signal: AbortSignal,
  progress: Progress,
): Promise<Calibration> {
  return calibrate(folder, {
    texts: (model) => recordTexts(inputs, model),
    most,
    ...defined({ threads }),
    signal,
    onText: (texts, tokens) => progress.show(() => `${texts} records read, ${tokens} tokens`),
  });
}

const shownError = ({ relative, cosine }: WeightError): string[] => [percent(relative), cosine.toFixed(5)];

function describe(out: string, { parts: kinds, worst }: ErrorSummary): string {
  const rows = kinds.map(({ part, weights, mean, worst: most }) => [
    part,
    String(weights),
    ...shownError(mean),
    percent(most.relative),
    most.name,
  ]);
  return [
    table(["part", "weights", "error", "cosine", "worst", ""], rows),
    `${out}: ${kinds.reduce((sum, { weights }) => sum + weights, 0)} weights quantised, the worst ${worst.name} by ${percent(worst.relative)}`,
  ].join("\n");
}
