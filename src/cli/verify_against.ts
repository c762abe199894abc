/** @file `echovlm verify --against`: what a quantised model's logits have lost. */

import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { readModelFiles } from "../checkpoint/hf_folder.ts";
import { recordTexts } from "../data/record_texts.ts";
import { RequestError } from "../errors.ts";
import {
  assertComparable,
  type Comparable,
  type Divergence,
  divergence,
  overall,
} from "../eval/divergence.ts";
import { goldenTexts, ownTexts } from "../eval/divergence_texts.ts";
import { openGolden } from "../eval/golden.ts";
import type { ForcedText } from "../generate/forced_text.ts";
import { type LoadedModel, openProcessor } from "../generate/load_model.ts";
import { shippedPictures } from "../generate/shipped_model.ts";
import { createProgress } from "./data/input.ts";
import { countProblems, idleProblems, loadOptions, numeric, type RuntimeOptions } from "./model_options.ts";
import { loadWithProgress } from "./progress.ts";
import { table } from "./table.ts";

export interface DivergenceOptions {
  readonly against?: string;
  readonly records?: readonly string[];
  readonly most?: number;
  readonly training?: boolean;
}

export const divergenceOptions = (command: Command): Command =>
  command
    .option("--against <folder>", "float checkpoint that the folder is the quantised form of")
    .option("--records <inputs...>", "with --against: files or folders of records to read")
    .option("--most <n>", "with --against: texts at most", numeric);

/** What can be said of the options alone. @throws RequestError naming all that is wrong */
export function refuseWrongOptions({ against, records, most, training }: DivergenceOptions): void {
  const problems = countProblems({ most });
  if (against === undefined) problems.push(...idleProblems("against", { records, most }));
  else if (training) problems.push("expected --against or --training, got both");
  if (problems.length > 0) throw new RequestError("verify", problems);
}

interface Comparison extends RuntimeOptions, DivergenceOptions {
  readonly against: string;
  readonly kernels: "fused" | "plain";
  readonly tolerance?: number;
  readonly json?: boolean;
}

/** Load both models, let them read, print, and set the exit code. */
export async function compareModels(folder: string, options: Comparison, signal: AbortSignal): Promise<void> {
  assertComparable(await comparableOf(folder), await comparableOf(options.against));
  const {
    against,
    records,
    most = Number.POSITIVE_INFINITY,
    tolerance = Number.POSITIVE_INFINITY,
    json,
  } = options;
  const load = { ...loadOptions(options), signal };
  const model = await loadWithProgress(folder, { ...load, kernels: options.kernels });
  const progress = createProgress();
  try {
    const reference = await loadWithProgress(against, load);
    try {
      const texts = await textsFor(against, records, reference);
      const parts: (Divergence & { name: string })[] = [];
      for await (const part of divergence(model, reference, first(texts, most))) {
        signal.throwIfAborted();
        parts.push(part);
        progress.show(() => `${parts.length} texts read, KL ${overall(parts).kl.toFixed(4)}`);
      }
      progress.end();
      const all = overall(parts);
      const passed = all.kl <= tolerance;
      const text = json
        ? JSON.stringify(
            {
              folder,
              against,
              model: model.identity,
              reference: reference.identity,
              passed,
              ...all,
              texts: parts,
            },
            null,
            2,
          )
        : describe(parts, all);
      process.stdout.write(`${text}\n`);
      process.exitCode = passed ? 0 : 1;
    } finally {
      await reference.close();
    }
  } finally {
    progress.end();
    await model.close();
  }
}

/** What can be compared of two checkpoints before their weights are loaded. */
async function comparableOf(folder: string): Promise<Comparable> {
  const files = await readModelFiles(folder);
  return { name: folder, config: files.config, processor: openProcessor({ ...files, path: folder }) };
}

async function textsFor(
  against: string,
  records: readonly string[] | undefined,
  reference: LoadedModel,
): Promise<AsyncIterable<ForcedText>> {
  if (records) return recordTexts(records, reference);
  const isGolden = await access(join(against, "expected.json")).then(
    () => true,
    () => false,
  );
  return isGolden ? goldenOf(against) : ownTexts(reference, shippedPictures);
}

async function* goldenOf(folder: string): AsyncGenerator<ForcedText> {
  const golden = await openGolden(folder);
  try {
    yield* goldenTexts(folder, golden);
  } finally {
    await golden.close();
  }
}

async function* first<T>(items: AsyncIterable<T>, most: number): AsyncGenerator<T> {
  let taken = 0;
  for await (const item of items) {
    yield item;
    taken += 1;
    if (taken >= most) return;
  }
}

function describe(parts: readonly (Divergence & { name: string })[], all: Divergence): string {
  const row = (name: string, { tokens, kl, worstKl, sameTop }: Divergence) => [
    name,
    String(tokens),
    kl.toFixed(5),
    worstKl.toFixed(4),
    `${(100 * sameTop).toFixed(2)} %`,
  ];
  const rows = [...parts.map((part) => row(part.name, part)), row("all", all)];
  return table(["text", "tokens", "KL", "worst token", "same top"], rows);
}
