/**
 * @file Puts a trained model, or the mean of two, where it ships from, in half precision, with a card that says what it
 * learnt from and how good it is.
 *
 * node dist/recipes/echovlm-nano/ship.js --model <folder> --scores <run of echovlm eval> --out models/echovlm-nano
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { type Checkpoint, openCheckpoint } from "../../src/checkpoint/hf_folder.ts";
import { loadWeight } from "../../src/checkpoint/load_weight.ts";
import { cardText, parseCard } from "../../src/checkpoint/model_card.ts";
import { SHARD_BYTES, writeCheckpoint } from "../../src/checkpoint/write_checkpoint.ts";
import { runScript } from "../../src/cli/script.ts";
import { readScores } from "../../src/eval/read_scores.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";
import { jsonText } from "../../src/train/tokenizer_source.ts";
import { shippedCard } from "./card.ts";

interface Options {
  readonly model: string;
  readonly mean?: string;
  readonly scores?: string;
  readonly out: string;
}

const program = new Command("ship")
  .description("Write a trained model to where it ships from, with its card.")
  .requiredOption("--model <folder>", "checkpoint that `echovlm train` wrote")
  .option("--mean <folder>", "an earlier checkpoint of the same run of runs: the mean of both is shipped")
  .option(
    "--scores <folder>",
    "run of `echovlm eval` of this model on the test part of the data set, for the card",
  )
  .requiredOption("--out <folder>", "replaced if it is there")
  .action(ship);

async function ship({ model, mean, scores, out }: Options): Promise<void> {
  const path = join(model, "README.md");
  const trained = parseCard(await readFile(path, "utf8"));
  const card = scores === undefined ? trained : shippedCard(trained, await readScores(scores));
  const checkpoint = await openCheckpoint(model);
  try {
    await writeCheckpoint(out, checkpoint, {
      changes: {
        updates: new Map(),
        replacements: mean === undefined ? new Map() : await meansOf(checkpoint, mean),
      },
      storage: "float16",
      files: {
        "README.md": cardText(card),
        // It was taught to write its products out, and multiplies badly.
        "generation_config.json": jsonText({ ...(checkpoint.generation as object), calculator: true }),
      },
      shardBytes: SHARD_BYTES,
    });
  } finally {
    await checkpoint.close();
  }
}

/**
 * The mean of every weight of two checkpoints, for a small model: all are in memory at once. Weights of one line of
 * training lie in one basin, and their mean is often better than either (Wortsman et al. 2022, arXiv 2203.05482).
 */
async function meansOf(checkpoint: Checkpoint, folder: string): Promise<Map<string, Tensor<"float32">>> {
  const other = await openCheckpoint(folder);
  const means = new Map<string, Tensor<"float32">>();
  try {
    for (const [name, { shape }] of checkpoint.tensors) {
      const [one, two] = await Promise.all([
        loadWeight(checkpoint, name, "float32"),
        loadWeight(other, name, "float32"),
      ]);
      means.set(name, {
        dtype: "float32",
        shape,
        data: one.data.map((value, at) => (value + two.data[at]!) / 2),
      });
    }
  } finally {
    await other.close();
  }
  return means;
}

await runScript(program);
