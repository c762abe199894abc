/** @file `echovlm verify`: a golden folder's cases against what this implementation computes. */

import { Command, InvalidArgumentError, Option } from "commander";
import { openGolden } from "../eval/golden.ts";
import { type Comparison, verify } from "../eval/verify.ts";
import { verifyTraining } from "../eval/verify_training.ts";
import type { ModelIdentity } from "../generate/model.ts";
import { interruptible } from "./interrupt.ts";
import { loadOptions, numeric, type RuntimeOptions, withRuntimeOptions } from "./model_options.ts";
import { loadWithProgress } from "./progress.ts";
import { table } from "./table.ts";
import {
  compareModels,
  type DivergenceOptions,
  divergenceOptions,
  refuseWrongOptions,
} from "./verify_against.ts";

interface VerifyOptions extends RuntimeOptions, DivergenceOptions {
  readonly kernels: "fused" | "plain";
  readonly tolerance?: number;
  readonly json?: boolean;
}

export const verifyCommand = (): Command =>
  divergenceOptions(withRuntimeOptions(new Command("verify")))
    .description(
      "Run every case of a golden folder and compare with the reference's numbers, or compare a quantised model with its float one.",
    )
    .argument(
      "<folder>",
      "checkpoint folder; without --against it has expected.json and expected.safetensors",
    )
    .addOption(
      new Option("--kernels <kind>", "fused kernels, or every operator by its definition")
        .choices(["fused", "plain"])
        .default("fused"),
    )
    .option("--training", "compare optimiser steps: losses, gradients, parameters, adapter")
    .option(
      "--tolerance <x>",
      "allow this difference in every quantity that is not exact; with --against this KL",
      distance,
    )
    .option("--json", "print every comparison as JSON")
    .addHelpText(
      "after",
      `
Exits with 1 when a difference is beyond its tolerance.

With --against both models read the same texts: those of --records, else the golden cases beside the float model, else
the reports that the float model itself writes of the pictures that ship. KL divergence of the next token's distribution
from the float model's is in nats; where two answers agree, "same top" counts tokens with the same likeliest successor.

Examples:
  $ echovlm verify test/golden/echovlm-tiny
  $ echovlm verify --kernels plain --json test/golden/echovlm-tiny
  $ echovlm verify --training ./golden/echovlm-tiny
  $ echovlm verify ./EchoVLM-4bit --against ./EchoVLM --records held-out.jsonl --most 50 --tolerance 0.1`,
    )
    .action((folder: string, options: VerifyOptions) =>
      interruptible((signal) => {
        refuseWrongOptions(options);
        if (options.against !== undefined)
          return compareModels(folder, { ...options, against: options.against }, signal);
        return options.training ? runTraining(folder, options, signal) : runCases(folder, options, signal);
      }),
    );

function distance(text: string): number {
  const value = numeric(text);
  if (value < 0) throw new InvalidArgumentError("expected a number of 0 or more");
  return value;
}

async function runCases(
  folder: string,
  { kernels, tolerance, json, ...options }: VerifyOptions,
  signal: AbortSignal,
): Promise<void> {
  const golden = await openGolden(folder);
  try {
    const model = await loadWithProgress(folder, { ...loadOptions(options), kernels, signal });
    try {
      const comparisons = await collect(verify(model, golden, folder, tolerance), signal);
      report(comparisons, { folder, model: model.identity, cases: golden.cases.length }, json);
    } finally {
      await model.close();
    }
  } finally {
    await golden.close();
  }
}

async function runTraining(
  folder: string,
  { threads, tolerance, json }: VerifyOptions,
  signal: AbortSignal,
): Promise<void> {
  const comparisons = await collect(verifyTraining(folder, threads, tolerance), signal);
  report(comparisons, { folder, cases: new Set(comparisons.map((one) => one.case)).size }, json);
}

async function collect(source: AsyncGenerator<Comparison>, signal: AbortSignal): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for await (const comparison of source) {
    signal.throwIfAborted();
    comparisons.push(comparison);
  }
  return comparisons;
}

/** Print the comparisons and set the exit code. */
function report(
  comparisons: readonly Comparison[],
  about: { folder: string; cases: number; model?: ModelIdentity },
  json?: boolean,
): void {
  const passed = comparisons.every((comparison) => comparison.passed);
  const text = json
    ? JSON.stringify({ ...about, passed, comparisons: comparisons.map(plain) }, null, 2)
    : describe(comparisons, about.cases);
  process.stdout.write(`${text}\n`);
  process.exitCode = passed ? 0 : 1;
}

/** JSON has no Infinity: a difference without a measure is null. */
const plain = ({ difference, ...rest }: Comparison) => ({
  ...rest,
  difference: Number.isFinite(difference) ? difference : null,
});

function describe(comparisons: readonly Comparison[], cases: number): string {
  const failed = comparisons.filter(({ passed }) => !passed);
  return [
    worstTable(comparisons),
    ...failed.map(
      ({ case: name, quantity, difference, tolerance }) =>
        `FAILED ${name}: ${quantity} differs by ${shownDifference(difference)}, allowed ${tolerance}`,
    ),
    `${cases} cases, ${comparisons.length} comparisons, ${failed.length} beyond tolerance`,
  ].join("\n");
}

/** Infinity stands for values that have no distance: texts, other shapes, NaN. */
const shownDifference = (difference: number): string =>
  difference === 0 ? "0" : Number.isFinite(difference) ? difference.toExponential(1) : "everything";

/** The worst difference of each quantity over all cases. */
function worstTable(comparisons: readonly Comparison[]): string {
  const quantities = [...new Set(comparisons.map(({ quantity }) => quantity))];
  const rows = quantities.flatMap((quantity) => {
    const all = comparisons.filter((comparison) => comparison.quantity === quantity);
    const worst = all.reduce((a, b) => (b.difference > a.difference ? b : a));
    const difference = shownDifference(worst.difference);
    const allowed = worst.tolerance === 0 ? "exact" : worst.tolerance.toExponential(0);
    return [[quantity, String(all.length), difference, allowed, worst.passed ? "ok" : "FAILED", worst.case]];
  });
  return table(["quantity", "cases", "worst", "allowed", "", "worst case"], rows);
}
