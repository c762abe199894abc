/**
 * @file Puts a trained model where it ships from, in half precision, with a card that says what it learnt from and how
 * good it is, and the texts to look guesses up in.
 *
 * node dist/recipes/echovlm-nano/ship.js --model <folder> --texts <records> --scores <run of echovlm eval> --out <folder>
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { type Checkpoint, openCheckpoint } from "../../src/checkpoint/hf_folder.ts";
import { cardText, parseCard } from "../../src/checkpoint/model_card.ts";
import { SHARD_BYTES, writeCheckpoint } from "../../src/checkpoint/write_checkpoint.ts";
import { runScript } from "../../src/cli/script.ts";
import { keepRecords, readRecords, recordFiles } from "../../src/data/read_records.ts";
import { readScores } from "../../src/eval/read_scores.ts";
import { openProcessor } from "../../src/generate/load_model.ts";
import { jsonText } from "../../src/train/tokenizer_source.ts";
import { shippedCard } from "./card.ts";
import { answersOf, typicalTexts } from "./lookup_texts.ts";

interface Options {
  readonly model: string;
  readonly scores?: string;
  readonly texts?: readonly string[];
  readonly out: string;
}

const program = new Command("ship")
  .description("Write a trained model to where it ships from, with its card.")
  .requiredOption("--model <folder>", "checkpoint that `echovlm train` wrote")
  .option(
    "--scores <folder>",
    "run of `echovlm eval` of this model on the test part of the data set, for the card",
  )
  .option("--texts <records...>", "what it was trained on, to choose texts from that its answers repeat")
  .requiredOption("--out <folder>", "replaced if it is there")
  .action(ship);

async function ship({ model, scores, texts, out }: Options): Promise<void> {
  const checkpoint = await openCheckpoint(model);
  try {
    const trained = parseCard(await readFile(join(model, "README.md"), "utf8"));
    const card = scores === undefined ? trained : shippedCard(trained, await readScores(scores));
    const lookedUp = texts && (await lookupTextsFor(checkpoint, texts));
    await writeCheckpoint(out, checkpoint, {
      changes: { updates: new Map(), replacements: new Map() },
      storage: "float16",
      files: {
        "README.md": cardText(card),
        // It was taught to write its products out, and multiplies badly.
        "generation_config.json": jsonText({ ...(checkpoint.generation as object), calculator: true }),
        ...(lookedUp && { "lookup_texts.json": jsonText(lookedUp) }),
      },
      shardBytes: SHARD_BYTES,
    });
  } finally {
    await checkpoint.close();
  }
}

async function lookupTextsFor(checkpoint: Checkpoint, inputs: readonly string[]): Promise<string[]> {
  const answers: string[] = [];
  for await (const { record } of keepRecords(readRecords(await recordFiles(inputs)), "fail"))
    answers.push(...answersOf(record));
  return typicalTexts(answers, openProcessor(checkpoint).tokenizer);
}

await runScript(program);
