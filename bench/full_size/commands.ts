/** @file The commands `full-size`, `write-checkpoint` and `write-gguf` of `npm run bench`. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { Command, InvalidArgumentError, Option } from "commander";
import { numeric } from "../../src/cli/model_options.ts";
import { ConfigError } from "../../src/errors.ts";
import { bitWidths, blockSizes } from "../../src/graph/packed.ts";
import { efforts } from "./effort.ts";
import { measureFullSize, type PartName, parts } from "./full_size.ts";
import type { Format } from "./models.ts";
import { writePerformancePage } from "./performance_page.ts";
import { type GgufMixture, ggufMixtures, writeQwen2Gguf } from "./qwen2_gguf.ts";
import { writeRandomCheckpoint } from "./random_checkpoint.ts";
import { type ModelSize, releasedSize } from "./released.ts";
import { type FullSizeReport, sectionsOf } from "./report.ts";

const root = new URL("../../../", import.meta.url);
const page = fileURLToPath(new URL("docs/performance.md", root));
const donor = fileURLToPath(new URL("models/echovlm-nano", root));

const say = (progress: string) => process.stderr.write(`${new Date().toLocaleTimeString()} ${progress}\n`);

const withSize = (command: Command): Command =>
  command
    .option("--layers <n>", "layers of the decoder", numeric, releasedSize.layers)
    .option("--width <n>", "width of the decoder, a multiple of 256", numeric, releasedSize.width)
    .option("--blocks <n>", "blocks of the vision tower", numeric, releasedSize.blocks);

const sizeOf = ({ layers, width, blocks }: ModelSize): ModelSize => ({ layers, width, blocks });

/** Whole numbers with commas between them. */
function numbers(text: string): number[] {
  return text.split(",").map(numeric);
}

function partNames(text: string): PartName[] {
  return text.split(",").map((name) => {
    const known = parts.find((part) => part === name);
    if (!known) throw new InvalidArgumentError(`expected of ${parts.join(", ")}, got ${name}`);
    return known;
  });
}

interface FullSizeOptions extends ModelSize {
  readonly layerSteps: number[];
  readonly bits: string;
  readonly block: string;
  readonly float?: boolean;
  readonly folder?: string;
  readonly quick?: boolean;
  readonly parts: PartName[];
  readonly threads: number;
  readonly llama?: string;
  readonly torch: string;
  readonly work?: string;
  readonly out?: string;
  readonly page?: boolean;
}

/**
 * What an earlier run wrote to the same file.
 *
 * @throws ConfigError when that was of another model, or measured otherwise
 */
function earlierReport(
  path: string,
  now: Pick<FullSizeReport, "size" | "format" | "effort">,
): FullSizeReport | undefined {
  if (!existsSync(path)) return undefined;
  const report = JSON.parse(readFileSync(path, "utf8")) as FullSizeReport;
  const { size, format, effort } = report;
  if (!isDeepStrictEqual({ size, format, effort }, now))
    throw new ConfigError(
      path,
      "expected a report of this size, format and effort, found another",
      "give another --out",
    );
  return report;
}

export const fullSize = (): Command =>
  withSize(new Command("full-size"))
    .description(
      "Make a model of the released size with random weights, and measure it beside llama.cpp and PyTorch.",
    )
    .option(
      "--layer-steps <list>",
      "layers of smaller models, whose difference is what a layer takes",
      numbers,
      [4, 8],
    )
    .addOption(new Option("--bits <n>", "quantise to").choices(bitWidths.map(String)).default("4"))
    .addOption(
      new Option("--block <n>", "weights of one scale").choices(blockSizes.map(String)).default("256"),
    )
    .option("--float", "do not quantise; the weights then take four bytes each in memory")
    .option("--folder <checkpoint>", "measure this one in the place of the whole random model")
    .option("--quick", "few and short measurements, to see that all of it runs; their figures mean nothing")
    .option("--parts <list>", `of ${parts.join(", ")}`, partNames, [...parts])
    .option("--threads <n>", "threads of every program", numeric, availableParallelism())
    .option("--llama <folder>", "one with node_modules/node-llama-cpp; without it llama.cpp is left out")
    .addOption(
      new Option("--torch <python>", "a Python that can import torch")
        .env("ECHOVLM_PYTHON")
        .default("python3"),
    )
    .option("--work <folder>", "make models here, keep them, and use those of an earlier run")
    .option(
      "--out <file>",
      "write everything as JSON, after every part; parts that it has and --parts leaves out stay",
    )
    .option("--page", "put tables and plots into docs/performance.md")
    .action(async (options: FullSizeOptions) => {
      const { layerSteps, folder, work, llama, threads } = options;
      const format = { bits: Number(options.bits), block: Number(options.block) } as Format;
      // What is temporary goes with the process.
      process.once("SIGINT", () => process.exit(130));
      process.once("SIGTERM", () => process.exit(143));
      const effort = options.quick ? efforts.quick : efforts.full;
      const earlier = options.out
        ? earlierReport(options.out, { size: sizeOf(options), format: options.float ? null : format, effort })
        : undefined;
      const report = await measureFullSize({
        size: sizeOf(options),
        effort,
        format: options.float ? undefined : format,
        parts: new Set(options.parts),
        python: options.torch,
        ...{ layerSteps, threads, say },
        save: (known) => {
          if (options.out) writeFileSync(options.out, `${JSON.stringify(known, null, 1)}\n`);
        },
        ...(earlier && { earlier }),
        ...(folder !== undefined && { folder }),
        ...(work !== undefined && { work }),
        ...(llama !== undefined && { llama }),
      });
      if (Object.keys(report.failed ?? {}).length > 0) process.exitCode = 1;
      if (options.page) await writePerformancePage(page, report);
      process.stdout.write(
        `${sectionsOf(report)
          .map(({ title, text }) => `${title}\n${text}\n`)
          .join("\n")}`,
      );
    });

export const writeCheckpointCommand = (): Command =>
  withSize(new Command("write-checkpoint"))
    .description("Write a checkpoint of the released build with random weights in bfloat16.")
    .argument("<folder>", "where to")
    .option("--seed <n>", "same seed, same weights", numeric, 1)
    .action(async (folder: string, options: ModelSize & { readonly seed: number }) => {
      const bytes = await writeRandomCheckpoint(folder, sizeOf(options), { donor, seed: options.seed });
      say(`${folder}: ${(bytes / 1e9).toFixed(2)} GB of weights`);
    });

export const writeGgufCommand = (): Command =>
  withSize(new Command("write-gguf"))
    .description("Write a GGUF file in the shape of Qwen2-7B with random weights, for llama.cpp.")
    .argument("<file>", "where to")
    .addOption(new Option("--type <mixture>", "types of the weights").choices(ggufMixtures).default("q4_0"))
    .option("--seed <n>", "same seed, same weights", numeric, 1)
    .action(
      async (file: string, options: ModelSize & { readonly seed: number; readonly type: GgufMixture }) => {
        await writeQwen2Gguf(file, options.type, sizeOf(options), options.seed);
      },
    );
