/** @file The weights of a Hugging Face folder: `model.safetensors`, or shards and the index that names them. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "../errors.ts";
import { isJsonObject, shown } from "../model/json_fields.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { assertFolder } from "./file_access.ts";
import { readJsonFile } from "./json_file.ts";
import { infoOf, readTensor, SafetensorsFile, type TensorSource } from "./safetensors.ts";
import type { TensorInfo } from "./safetensors_header.ts";
import { together } from "./together.ts";
import { canonicalName } from "./weight_names.ts";

const singleFile = "model.safetensors";
const indexFile = "model.safetensors.index.json";

/** Open weights, under the names of `canonicalName`. Close them after use. */
export interface Weights extends TensorSource {
  /** Read a whole tensor as it is stored. */
  read(name: string): Promise<Tensor>;
  close(): Promise<void>;
}

/**
 * Whether a folder has weights that `openWeights` reads. The single file is preferred, as in transformers.
 *
 * @throws CheckpointError if there is no such folder
 */
export async function findWeights(folder: string): Promise<typeof singleFile | typeof indexFile | null> {
  const names = await filesOf(folder);
  return names.includes(singleFile) ? singleFile : names.includes(indexFile) ? indexFile : null;
}

/**
 * Open the weights of a folder. Only headers are read.
 *
 * @throws CheckpointError if there are none, a shard is missing or damaged, index and shards disagree, or two
 *   tensors have the same canonical name
 */
export async function openWeights(folder: string): Promise<Weights> {
  const found = await findWeights(folder);
  if (found === null) throw noWeights(folder, await filesOf(folder));
  const index = found === indexFile ? await readIndex(join(folder, indexFile)) : null;
  const names = index === null ? [singleFile] : [...new Set(index.values())].sort();
  const files = await together<SafetensorsFile[]>(
    folder,
    names.map((name) => SafetensorsFile.open(join(folder, name))),
    (file) => file.close(),
  );
  const close = async () => {
    for (const file of files) await file.close();
  };

  const problems = index === null ? [] : indexProblems(index, names, files);
  const tensors = new Map<string, TensorInfo>();
  const homes = new Map<string, { readonly file: SafetensorsFile; readonly storedName: string }>();
  for (const file of files)
    for (const [storedName, info] of file.tensors) {
      const name = canonicalName(storedName);
      if (homes.has(name))
        problems.push(`tensor "${name}": is there twice, with the same name or an older one`);
      homes.set(name, { file, storedName });
      tensors.set(name, info);
    }
  if (problems.length > 0) {
    await close();
    throw new CheckpointError(folder, problems);
  }

  const weights: Weights = {
    path: folder,
    tensors,
    readBytes: async (name, start, target) => {
      const home = homes.get(name);
      if (home === undefined) infoOf(weights, name);
      else await home.file.readBytes(home.storedName, start, target);
    },
    pathOf: (name) => homes.get(name)?.file.path ?? folder,
    read: (name) => readTensor(weights, name),
    close,
  };
  return weights;
}

async function filesOf(folder: string): Promise<string[]> {
  await assertFolder(folder);
  return readdir(folder);
}

function noWeights(folder: string, names: readonly string[]): CheckpointError {
  const expected = `expected ${singleFile} or ${indexFile}`;
  const pickled = names.find((name) => /^pytorch_model.*\.bin/.test(name));
  if (pickled !== undefined)
    return new CheckpointError(
      folder,
      `${expected}, found ${pickled}, whose pickle format is not read because it can run code`,
      "load it with transformers and call save_pretrained(folder, safe_serialization=True)",
    );
  if (names.includes("adapter_model.safetensors"))
    return new CheckpointError(
      folder,
      `${expected}, found an adapter`,
      "an adapter is loaded on top of its base model",
    );
  return new CheckpointError(
    folder,
    `${expected}, found ${names.length === 0 ? "nothing" : shown([...names].sort())}`,
  );
}

/** Tensor names to shard file names. */
async function readIndex(path: string): Promise<ReadonlyMap<string, string>> {
  const json = await readJsonFile(path);
  const map = isJsonObject(json) ? json.weight_map : undefined;
  if (!isJsonObject(map))
    throw new CheckpointError(path, `weight_map: expected an object, found ${shown(map)}`);
  const problems: string[] = [];
  const index = new Map<string, string>();
  for (const [name, shard] of Object.entries(map))
    if (typeof shard === "string" && /^[^/\\]+\.safetensors$/.test(shard)) index.set(name, shard);
    else
      problems.push(
        `weight_map ${shown(name)}: expected the name of a safetensors file, found ${shown(shard)}`,
      );
  if (problems.length > 0) throw new CheckpointError(path, problems);
  return index;
}

/** Where index and shards disagree. `files` are open in the order of their `names`. */
function indexProblems(
  index: ReadonlyMap<string, string>,
  names: readonly string[],
  files: readonly SafetensorsFile[],
): string[] {
  const problems: string[] = [];
  names.forEach((shard, i) => {
    for (const name of files[i]!.tensors.keys())
      if (index.get(name) !== shard)
        problems.push(
          `${shard}: holds ${shown(name)}, which the index places in ${index.get(name) ?? "no shard"}`,
        );
    for (const [name, home] of index)
      if (home === shard && !files[i]!.tensors.has(name))
        problems.push(`${shard}: lacks ${shown(name)}, which the index places there`);
  });
  return problems;
}
