/** @file Writes a checkpoint in the Hugging Face layout: a base with some weights changed. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject } from "../model/json_fields.ts";
import { bytesPerElement } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import type { Checkpoint } from "./hf_folder.ts";
import { readJsonFile } from "./json_file.ts";
import { type StoredDType, storedDTypes, toStorage } from "./load_weight.ts";
import { type Merger, openMerger } from "./merge_adapter.ts";
import { replaceFolder, writeSynced } from "./replace_folder.ts";
import { infoOf, readTensor, type TensorToWrite, writeSafetensors } from "./safetensors.ts";
import { type Shard, shardsOf } from "./shards.ts";
import { isDerivedTable } from "./weight_names.ts";

/** As transformers: what a file holds at most. */
export const SHARD_BYTES = 5e9;

export interface CheckpointOptions {
  /** Weights that are updated or replaced. */
  readonly changes: Adapter;
  /** Dtype of the written weights; what the base has in it stays bit for bit. */
  readonly storage: StoredDType;
  /** Texts of further files by name, such as a model card README.md. */
  readonly files: Readonly<Record<string, string>>;
  readonly shardBytes: number;
  /** False where no folder but an empty one may go, not even one that appears meanwhile. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Write a model's folder: weights under their names of `canonicalName`, the base's configuration with the new dtype, and
 * its tokenizer, processor and licence files. It takes the place of a folder of that name only once it is whole. One
 * weight at a time is in memory.
 *
 * @param base the open checkpoint that is changed; it may be in that same folder
 * @throws CheckpointError when the disk is full or the folder cannot be written to, and for values that are not finite
 *   or that the dtype cannot hold; a folder that was there is then as it was
 * @throws the signal's reason when aborted
 */
export async function writeCheckpoint(
  folder: string,
  base: Checkpoint,
  { changes, storage, files, shardBytes, replace = true, signal }: CheckpointOptions,
): Promise<void> {
  for (const name of [...changes.updates.keys(), ...changes.replacements.keys()]) infoOf(base, name);
  const fill = async (built: string) => {
    const merger = await openMerger(changes);
    try {
      const weights = weightsToWrite(base, { changes, storage, merger }, signal);
      await writeWeights(built, weights, shardBytes);
    } finally {
      await merger.close();
    }
    const config = await readJsonFile(join(base.path, "config.json"));
    const texts = { "config.json": `${JSON.stringify(withDType(config, storage), null, 2)}\n`, ...files };
    await writeCompanions(built, base.path, texts);
  };
  await replaceFolder(folder, fill, { replace });
}

/** Write further files, and of a base what belongs to it beside its weights and is not among them. */
export async function writeCompanions(
  folder: string,
  base: string,
  texts: Readonly<Record<string, string>>,
): Promise<void> {
  for (const name of await readdir(base))
    if (isCompanion(name) && !(name in texts))
      await writeSynced(join(folder, name), await readFile(join(base, name)));
  for (const [name, text] of Object.entries(texts)) await writeSynced(join(folder, name), text);
}

/** The dtype that holds most of a checkpoint's weights. */
export function commonStorage({ tensors }: Checkpoint): StoredDType {
  const bytes = (dtype: StoredDType) =>
    [...tensors.values()].reduce((sum, info) => sum + (info.dtype === dtype ? info.sizeBytes : 0), 0);
  return storedDTypes.reduce((most, dtype) => (bytes(dtype) > bytes(most) ? dtype : most));
}

/** Files that belong to the model beside its weights; a model card does not, since it is about the base. */
const isCompanion = (name: string): boolean =>
  /^(generation_config|(pre|video_pre)?processor_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|chat_template|lookup_texts)\.json$|^merges\.txt$|^chat_template\.jinja$|^(LICENSE|LICENCE|NOTICE)(\.(txt|md))?$/.test(
    name,
  );

/** The index of weights in several files. @param sizes bytes of each tensor */
export function indexText(shards: readonly Shard[], sizes: ReadonlyMap<string, number>): string {
  const total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  const index = {
    metadata: { total_size: total },
    weight_map: Object.fromEntries(shards.flatMap(({ file, names }) => names.map((name) => [name, file]))),
  };
  return `${JSON.stringify(index, null, 2)}\n`;
}

function weightsToWrite(
  base: Checkpoint,
  { changes, storage, merger }: { changes: Adapter; storage: StoredDType; merger: Merger },
  signal?: AbortSignal,
): Map<string, TensorToWrite> {
  const weights = new Map<string, TensorToWrite>();
  for (const name of [...base.tensors.keys()].sort()) {
    const { dtype, shape } = infoOf(base, name);
    // A tied head that is stored as well would no longer be the table that was trained.
    if (name === "lm_head.weight" && base.config.decoder.tiedHead) continue;
    const isChanged = changes.updates.has(name) || changes.replacements.has(name);
    const stays = !isChanged && (dtype === storage || isDerivedTable(name));
    weights.set(name, {
      dtype: stays ? dtype : storage,
      shape,
      load: async () => {
        signal?.throwIfAborted();
        if (stays) return readTensor(base, name);
        return toStorage(await merger.load(base, name, "float32"), storage, name);
      },
    });
  }
  return weights;
}

/** Write weights, with an index where they take several files. */
export async function writeWeights(
  folder: string,
  weights: ReadonlyMap<string, TensorToWrite>,
  shardBytes: number,
): Promise<void> {
  const sizes = new Map(
    [...weights].map(([name, { dtype, shape }]) => [name, elementCount(shape) * bytesPerElement[dtype]]),
  );
  const shards = shardsOf(sizes, shardBytes);
  for (const { file, names } of shards)
    await writeSafetensors(join(folder, file), new Map(names.map((name) => [name, weights.get(name)!])), {
      format: "pt",
    });
  if (shards.length === 1) return;
  await writeSynced(join(folder, "model.safetensors.index.json"), indexText(shards, sizes));
}

/** The configuration with another dtype: `torch_dtype`, which newer ones call `dtype`, also of its parts. */
export function withDType(config: unknown, storage: StoredDType): unknown {
  if (!isJsonObject(config)) return config;
  const named = "dtype" in config ? "dtype" : "torch_dtype";
  const parts = Object.entries(config).flatMap(([key, part]) =>
    isJsonObject(part) && ("dtype" in part || "torch_dtype" in part) ? [[key, withDType(part, storage)]] : [],
  );
  return { ...config, ...Object.fromEntries(parts), [named]: storage };
}
