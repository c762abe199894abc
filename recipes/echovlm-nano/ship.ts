/**
 * @file Puts a trained model where it ships from, with a card that says what it learnt from and how good it is.
 *
 * node dist/recipes/echovlm-nano/ship.js --model <folder> --scores <run of echovlm eval> --out models/echovlm-nano
 */

import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { cardText, parseCard } from "../../src/checkpoint/model_card.ts";
import { InputError } from "../../src/errors.ts";
import { readScores } from "../../src/eval/read_scores.ts";
import { shippedCard } from "./card.ts";

interface Options {
  readonly model: string;
  readonly scores: string;
  readonly out: string;
}

const program = new Command("ship")
  .description("Copy a trained model to where it ships from, with its card.")
  .requiredOption("--model <folder>", "checkpoint that `echovlm train` wrote")
  .requiredOption("--scores <folder>", "run of `echovlm eval` on the test part of the data set")
  .requiredOption("--out <folder>", "replaced if it is there")
  .action(ship);

async function ship({ model, scores, out }: Options): Promise<void> {
  const trained = parseCard(await readFile(join(model, "README.md"), "utf8"), join(model, "README.md"));
  const card = shippedCard(trained, await readScores(scores));
  await rm(out, { recursive: true, force: true });
  await cp(model, out, { recursive: true });
  await writeFile(join(out, "README.md"), cardText(card));
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof InputError ? `error: ${error.message}` : error);
  process.exitCode = error instanceof InputError ? 2 : 1;
}
