/** @file First weights: a dense model from nothing, and a sparse path beside a trained one. */

import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { openCheckpoint } from "../../src/checkpoint/hf_folder.ts";
import { SHARD_BYTES, writeCheckpoint } from "../../src/checkpoint/write_checkpoint.ts";
import { createWordCounter } from "../../src/processor/train_tokenizer.ts";
import { elementCount, float32 } from "../../src/tensor/tensor.ts";
import { draftConfig, writeFreshCheckpoint } from "../../src/train/fresh_checkpoint.ts";
import { sparseConfig, writeSparseCheckpoint } from "../../src/train/sparse_checkpoint.ts";
import { trainedTokenizer } from "../../src/train/tokenizer_source.ts";
import { countPrompts, countRecord } from "../../src/train/tokenizer_texts.ts";
import { type Data, recordsIn } from "./data.ts";
import { type BaseName, baseJson, pictureSide, type SparsePath } from "./model_config.ts";

/** Parameters that stand in for the shared expert of a run without one. */
export const isShared = (name: string): boolean => /\.moe\.shared_expert(_gate)?\./.test(name);

/** Write an untrained base. Its tokenizer knows the words of everything that is learnt later. */
export async function writeBase(folder: string, base: BaseName, layers: number, data: Data): Promise<void> {
  if (existsSync(folder)) return;
  const pixels = pictureSide ** 2;
  const draft = draftConfig(baseJson(base, layers), base, pixels);
  const counter = createWordCounter();
  countPrompts(counter);
  for (const name of ["looking", "speaking", "reports", "instructions"] as const)
    for (const record of await recordsIn(data.fileOf(name))) countRecord(counter, record);
  const tokenizer = trainedTokenizer(
    counter,
    draft.config.decoder.vocabSize,
    "byte-level BPE trained on this experiment's records",
  );
  const { mean, deviation } = data.pixels;
  await writeFreshCheckpoint(folder, draft, tokenizer, {
    seed: 1,
    pixels,
    pixelMean: mean,
    pixelStd: deviation,
  });
}

/** Write `base` with a sparse path beside every MLP. */
export async function writeSparse(
  folder: string,
  base: string,
  sparse: SparsePath,
  seed: number,
  signal: AbortSignal,
): Promise<void> {
  if (existsSync(folder)) return;
  const { hasShared, start, denseShare, ...dims } = sparse;
  const options = { start, denseShare, seed };
  const json = await sparseConfig(base, dims, options);
  const checkpoint = await openCheckpoint(base);
  try {
    const built = hasShared ? folder : `${folder}.with-shared`;
    await writeSparseCheckpoint(built, checkpoint, json, { ...options, signal });
    if (!hasShared) await silenceShared(built, folder, signal);
  } finally {
    await checkpoint.close();
  }
}

/** A model whose shared experts have no output: every token gets zeros from them. */
async function silenceShared(from: string, folder: string, signal: AbortSignal): Promise<void> {
  const checkpoint = await openCheckpoint(from);
  try {
    const silent = [...checkpoint.tensors].filter(([name]) => /\.shared_expert\.down_proj\./.test(name));
    const replacements = new Map(
      silent.map(([name, { shape }]) => [name, float32(shape, new Float32Array(elementCount(shape)))]),
    );
    const changes = { updates: new Map(), replacements };
    await writeCheckpoint(folder, checkpoint, {
      changes,
      storage: "float32",
      files: {},
      shardBytes: SHARD_BYTES,
      signal,
    });
  } finally {
    await checkpoint.close();
  }
  await rm(from, { recursive: true });
}
