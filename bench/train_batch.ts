/** @file A checkpoint with random weights and a batch of noise to train it on, as files. */

import { join } from "node:path";
import { readJsonFile } from "../src/checkpoint/json_file.ts";
import { writeSafetensors } from "../src/checkpoint/safetensors.ts";
import { RequestError } from "../src/errors.ts";
import type { ModelConfig } from "../src/model/config.ts";
import { createRandom, type Random } from "../src/tensor/random.ts";
import { batchFeeds, type TrainingRow } from "../src/train/batch.ts";
import { draftConfig, writeFreshCheckpoint } from "../src/train/fresh_checkpoint.ts";
import { tokenizerOf } from "../src/train/tokenizer_source.ts";

/** A batch without padding, each row a picture and text. */
export interface BatchSize {
  readonly rows: number;
  /** Of a row, visual ones included. */
  readonly tokens: number;
  /** Of a picture; it becomes square and a whole number of merge cells wide. */
  readonly pixels: number;
}

/**
 * Write `folder`/checkpoint and `folder`/batch.safetensors.
 *
 * @param config path of the model's config.json
 * @param donor a checkpoint whose tokenizer is taken over
 * @throws ConfigError when the configuration cannot work, RequestError when a row has no room for its picture
 */
export async function writeTrainingFiles(folder: string, config: string, donor: string, size: BatchSize) {
  const draft = draftConfig(await readJsonFile(config), config, size.pixels);
  const checkpoint = join(folder, "checkpoint");
  const options = { seed: 1, pixels: size.pixels };
  const model = await writeFreshCheckpoint(checkpoint, draft, await tokenizerOf(donor), options);
  const random = createRandom(1);
  const rows = Array.from({ length: size.rows }, () => randomRow(model, size, random));
  const batch = join(folder, "batch.safetensors");
  await writeSafetensors(batch, new Map(Object.entries(batchFeeds(rows, model))));
  return { checkpoint, batch };
}

/** A picture, then text, of which the second half of the row is learnt. */
function randomRow(
  { vision, decoder, tokens }: ModelConfig,
  { tokens: length, pixels }: BatchSize,
  random: Random,
): TrainingRow {
  const cells = Math.max(1, Math.round(Math.sqrt(pixels) / (vision.patchSize * vision.mergeSize)));
  const side = cells * vision.mergeSize;
  const textStart = cells ** 2 + 2;
  if (length < 2 * textStart)
    throw new RequestError(
      "--tokens",
      `expected at least ${2 * textStart}, twice the picture's, got ${length}`,
    );
  const special = new Set<number>(Object.values(tokens));
  const word = (): number => {
    const id = Math.floor(random() * decoder.vocabSize);
    return special.has(id) ? word() : id;
  };
  const picture = [tokens.visionStart, ...Array<number>(cells ** 2).fill(tokens.image), tokens.visionEnd];
  const ids = [...picture, ...Array.from({ length: length - textStart }, word)];
  const patchDim = vision.channels * vision.temporalPatchSize * vision.patchSize ** 2;
  const pixelValues = Float32Array.from({ length: side ** 2 * patchDim }, () => 3 * (random() - 0.5));
  return {
    ids,
    labels: ids.map((id, place) => (place < length / 2 ? -100 : id)),
    attended: ids.map(() => true),
    pictures: [{ grid: { t: 1, h: side, w: side }, pixelValues }],
  };
}
