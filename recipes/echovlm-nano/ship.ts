/**
 * @file Puts a trained model where it ships from, in half precision, with a card that says what it learnt from and how
 * good it is.
 *
 * node dist/recipes/echovlm-nano/ship.js --model <folder> --scores <run of echovlm eval> --out models/echovlm-nano
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { openCheckpoint } from "../../src/checkpoint/hf_folder.ts";
import { cardText, parseCard } from "../../src/checkpoint/model_card.ts";
import { SHARD_BYTES, writeCheckpoint } from "../../src/checkpoint/write_checkpoint.ts";
import { runScript } from "../../src/cli/script.ts";
import { readScores } from "../../src/eval/read_scores.ts";
import { jsonText } from "../../src/train/tokenizer_source.ts";
import { shippedCard } from "./card.ts";

interface Options {
  readonly model: string;
  readonly scores?: string;
  readonly out: string;
}

const program = new Command("ship")
  .description("Write a trained model to where it ships from, with its card.")
  .requiredOption("--model <folder>", "checkpoint that `echovlm train` wrote")
  .option(
    "--scores <folder>",
    "run of `echovlm eval` of this model on the test part of the data set, for the card",
  )
  .requiredOption("--out <folder>", "replaced if it is there")
  .action(ship);

async function ship({ model, scores, out }: Options): Promise<void> {
  const checkpoint = await openCheckpoint(model);
  try {
    const trained = parseCard(await readFile(join(model, "README.md"), "utf8"));
    const card = scores === undefined ? trained : shippedCard(trained, await readScores(scores));
    await writeCheckpoint(out, checkpoint, {
      changes: { updates: new Map(), replacements: new Map() },
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

await runScript(program);
