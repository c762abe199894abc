/** @file `echovlm merge`: a base model and an adapter in, a model of its own out. */

import { Command, Option } from "commander";
import { openAdapter } from "../checkpoint/adapter.ts";
import { checkWeights } from "../checkpoint/compare_weights.ts";
import { assertFree } from "../checkpoint/free_folder.ts";
import { openFloatCheckpoint } from "../checkpoint/hf_folder.ts";
import { type StoredDType, storedDTypes } from "../checkpoint/load_weight.ts";
import { cardText, readCard } from "../checkpoint/model_card.ts";
import { commonStorage, SHARD_BYTES, writeCheckpoint } from "../checkpoint/write_checkpoint.ts";
import { RequestError } from "../errors.ts";
import { parameterShapes } from "../model/parameters.ts";
import { mergedCard, readBase } from "../train/trained_card.ts";
import { interruptible } from "./interrupt.ts";
import { numeric } from "./model_options.ts";

interface MergeOptions {
  readonly base: string;
  readonly adapter: string;
  readonly out: string;
  readonly dtype?: StoredDType;
  readonly maxShardSize: number;
  readonly force?: boolean;
}

export const mergeCommand = (): Command =>
  new Command("merge")
    .description("Merge a PEFT LoRA adapter into its base model and write the result as a checkpoint folder.")
    .requiredOption("--base <folder>", "checkpoint folder")
    .requiredOption("--adapter <folder>", "adapter folder")
    .requiredOption("--out <folder>", "folder to write; it appears once it is whole")
    .addOption(
      new Option("--dtype <dtype>", "dtype of the weights (default: the base's)").choices(storedDTypes),
    )
    .option("--max-shard-size <gigabytes>", "size of a weight file at most", numeric, SHARD_BYTES / 1e9)
    .option("--force", "replace a checkpoint that is there")
    .addHelpText(
      "after",
      `
Examples:
  $ echovlm merge --base ./EchoVLM --adapter ./runs/thyroid/adapter --out ./EchoVLM-thyroid
  $ echovlm merge --base ./EchoVLM --adapter ./adapter --out ./merged --dtype float16`,
    )
    .action((options: MergeOptions) => interruptible((signal) => merge(options, signal), null));

async function merge(
  { base, adapter, out, dtype, maxShardSize, force: replace = false }: MergeOptions,
  signal: AbortSignal,
): Promise<void> {
  if (!(maxShardSize > 0))
    throw new RequestError(
      "--max-shard-size",
      `expected a positive number of gigabytes, got ${maxShardSize}`,
    );
  await assertFree(out, { replace, inputs: [base, adapter] });
  const checkpoint = await openFloatCheckpoint(base, "to merge into");
  try {
    const shapes = parameterShapes(checkpoint.config);
    await checkWeights(shapes, checkpoint);
    const changes = await openAdapter(adapter, shapes);
    const storage = dtype ?? commonStorage(checkpoint);
    const shardBytes = maxShardSize * 1e9;
    const card = mergedCard(await readBase(checkpoint), await readCard(adapter));
    const files = { "README.md": cardText(card) };
    await writeCheckpoint(out, checkpoint, { changes, storage, files, shardBytes, replace, signal });
    const { updates, replacements } = changes;
    process.stdout.write(
      `${out}: ${updates.size} weights updated and ${replacements.size} replaced, stored as ${storage}\n`,
    );
  } finally {
    await checkpoint.close();
  }
}
