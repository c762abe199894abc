/** @file `echovlm verify`: a golden folder's cases against what this implementation computes. */

import { Command, Option } from "commander";
import { openGolden } from "../eval/golden.ts";
import { type Comparison, type Quantity, tolerances, verify } from "../eval/verify.ts";
import { loadModel } from "../generate/load_model.ts";
import { interruptible } from "./interrupt.ts";
import { numeric, progressBar } from "./model_options.ts";
import { table } from "./table.ts";

interface VerifyOptions {
  readonly kernels: "fused" | "plain";
  readonly weights: "float32" | "float16";
  readonly tolerance?: number;
  readonly threads?: number;
  readonly json?: boolean;
}

export const verifyCommand = (): Command =>
  new Command("verify")
    .description("Run every case of a golden folder and compare with the reference's numbers.")
    .argument("<folder>", "checkpoint folder with expected.json and expected.safetensors")
    .addOption(
      new Option("--kernels <kind>", "fused kernels, or every operator by its definition")
        .choices(["fused", "plain"])
        .default("fused"),
    )
    .addOption(
      new Option("--weights <dtype>", "how weights are kept in memory")
        .choices(["float32", "float16"])
        .default("float32"),
    )
    .option("--tolerance <x>", "allow this difference in every quantity that is not exact", numeric)
    .option("--threads <n>", "threads (default: all cores)", numeric)
    .option("--json", "print every comparison as JSON")
    .addHelpText(
      "after",
      `
Exits with 1 when a difference is beyond its tolerance.

Examples:
  $ echovlm verify test/golden/echovlm-tiny
  $ echovlm verify --kernels plain --json test/golden/echovlm-tiny`,
    )
    .action(run);

async function run(folder: string, options: VerifyOptions): Promise<void> {
  await interruptible(async (signal) => {
    const golden = await openGolden(folder);
    const bar = progressBar("loading weights");
    const model = await loadModel(folder, {
      kernels: options.kernels,
      weights: options.weights,
      ...(options.threads !== undefined && { threads: options.threads }),
      signal,
      onProgress: ({ loadedBytes, totalBytes }) => bar.update(loadedBytes, totalBytes),
    }).finally(() => bar.stop());
    try {
      const comparisons: Comparison[] = [];
      for await (const comparison of verify(model, golden, folder, options.tolerance)) {
        signal.throwIfAborted();
        comparisons.push(comparison);
      }
      const failed = comparisons.filter(({ passed }) => !passed);
      const summary = {
        folder,
        model: model.identity,
        passed: failed.length === 0,
        cases: golden.cases.length,
      };
      // JSON has no Infinity: a difference without a measure is null.
      const rows = comparisons.map((row) => ({
        ...row,
        difference: Number.isFinite(row.difference) ? row.difference : null,
      }));
      if (options.json)
        process.stdout.write(`${JSON.stringify({ ...summary, comparisons: rows }, null, 2)}\n`);
      else process.stdout.write(`${worstTable(comparisons)}\n${failed.map(describe).join("")}`);
      if (!options.json)
        process.stdout.write(
          `${golden.cases.length} cases, ${comparisons.length} comparisons, ${failed.length} beyond tolerance\n`,
        );
      process.exitCode = failed.length === 0 ? 0 : 1;
    } finally {
      await model.close();
      await golden.close();
    }
  });
}

const describe = ({ case: name, quantity, difference, tolerance }: Comparison): string =>
  `FAILED ${name}: ${quantity} differs by ${difference.toExponential(1)}, allowed ${tolerance}\n`;

/** The worst difference of each quantity over all cases. */
function worstTable(comparisons: readonly Comparison[]): string {
  const rows = (Object.keys(tolerances) as Quantity[]).flatMap((quantity) => {
    const all = comparisons.filter((comparison) => comparison.quantity === quantity);
    if (all.length === 0) return [];
    const worst = all.reduce((a, b) => (b.difference > a.difference ? b : a));
    const difference = worst.difference === 0 ? "0" : worst.difference.toExponential(1);
    const allowed = worst.tolerance === 0 ? "exact" : worst.tolerance.toExponential(0);
    return [[quantity, String(all.length), difference, allowed, worst.passed ? "ok" : "FAILED", worst.case]];
  });
  return table(["quantity", "cases", "worst", "allowed", "", "worst case"], rows);
}
