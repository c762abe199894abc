/** @file Writes the quantised form of a checkpoint: a folder like any other, one weight in memory at a time. */

import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { checksumFile, checksumText } from "../checkpoint/checksums.ts";
import type { Checkpoint } from "../checkpoint/hf_folder.ts";
import { readJsonFile } from "../checkpoint/json_file.ts";
import { loadWeight } from "../checkpoint/load_weight.ts";
import { replaceFolder, writeSynced } from "../checkpoint/replace_folder.ts";
import { assertDiskRoom } from "../checkpoint/room.ts";
import { bytesOf, infoOf, type TensorToWrite, writeInOrder } from "../checkpoint/safetensors.ts";
import { shardsOf } from "../checkpoint/shards.ts";
import { indexText, withDType, writeCompanions } from "../checkpoint/write_checkpoint.ts";
import type { ModelConfig } from "../model/config.ts";
import { isJsonObject } from "../model/json_fields.ts";
import { type Quantisation, quantisationField } from "../model/quantisation.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Compensation } from "./compensation.ts";
import type { GridChoice } from "./grid.ts";
import { type PlannedTensor, type PlannedWeight, planWeights } from "./plan.ts";
import { quantiseWeight } from "./quantise_weight.ts";
import { openRoundPool, type RoundPool } from "./round_pool.ts";
import type { WeightError } from "./weight_error.ts";

/** Elements of the float weights done so far, and altogether. */
export interface QuantiseProgress {
  readonly done: number;
  readonly total: number;
  /** The weight that is done, and how far off it is; undefined where it stayed float. */
  readonly name: string;
  readonly error: WeightError | undefined;
}

export interface QuantiseOptions {
  readonly quantisation: Quantisation;
  /** "extremes" is plain rounding to nearest, for comparison. */
  readonly choice: GridChoice;
  /** What is known of a weight's inputs, per window of its columns. */
  readonly compensation?: (name: string, width: number) => readonly (Compensation | undefined)[] | undefined;
  /** Texts of further files by name, such as a model card README.md, once the error of every weight is known. */
  readonly files: (errors: ReadonlyMap<string, WeightError>) => Readonly<Record<string, string>>;
  readonly shardBytes: number;
  /** That round rows; all cores when absent. The bytes are the same for any number. */
  readonly threads?: number;
  /** False where no folder but an empty one may go, not even one that appears meanwhile. */
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: QuantiseProgress) => void;
}

/** What the tokenizer and processor files may take, beside the weights. */
const COMPANION_BYTES = 64e6;

/** @throws CheckpointError when the disk of `folder` has too little room for the quantised form of a model */
export async function assertRoomFor(
  folder: string,
  config: ModelConfig,
  quantisation: Quantisation,
): Promise<void> {
  const bytes = planWeights(config, quantisation).reduce((sum, { stored }) => sum + sizeOf(stored), 0);
  await assertDiskRoom(folder, bytes + COMPANION_BYTES);
}

/**
 * Quantise a checkpoint into a folder, which appears once it is whole.
 *
 * @param base an open float checkpoint whose weights were checked
 * @returns the error of every quantised weight, by its name in `base`
 * @throws CheckpointError when the disk has too little room, the folder cannot be written to, or a value is not finite
 * @throws the signal's reason when aborted; nothing is then left behind
 */
export async function writeQuantised(
  folder: string,
  base: Checkpoint,
  options: QuantiseOptions,
): Promise<Map<string, WeightError>> {
  const { quantisation, files, shardBytes, replace = true } = options;
  await assertRoomFor(folder, base.config, quantisation);
  const planned = planWeights(base.config, quantisation);
  const sha256 = new Map<string, string>();
  const errors = new Map<string, WeightError>();
  const pool = openRoundPool(options.threads ?? availableParallelism());
  const fill = async (built: string) => {
    const total = planned.reduce((sum, { count }) => sum + count, 0);
    let done = 0;
    const told = (weight: PlannedWeight, error?: WeightError) => {
      done += weight.count;
      if (error) errors.set(weight.name, error);
      options.onProgress?.({ done, total, name: weight.name, error });
    };
    const sizes = new Map(planned.map(({ name, stored }) => [name, sizeOf(stored)]));
    const shards = shardsOf(sizes, shardBytes).map(({ file, names }) => {
      const weights = planned.filter(({ name }) => names.includes(name));
      return { file, ...inShard(weights, base, { ...options, pool }, told) };
    });
    for (const { file, order } of shards)
      await writeInOrder(
        join(built, file),
        order.map(([name, item]) => [name, hashed(item, (digest) => sha256.set(name, digest))]),
        { format: "pt" },
      );
    const named = shards.map(({ file, order }) => ({ file, names: order.map(([name]) => name) }));
    const tensorSizes = new Map(
      planned.flatMap(({ stored }) => tensorsOf(stored).map(({ name, sizeBytes }) => [name, sizeBytes])),
    );
    if (shards.length > 1)
      await writeSynced(join(built, "model.safetensors.index.json"), indexText(named, tensorSizes));
    await writeSynced(join(built, checksumFile), checksumText(sha256));
    const config = withDType(await readJsonFile(join(base.path, "config.json")), "float32");
    const json = {
      ...(isJsonObject(config) && config),
      quantization_config: quantisationField(quantisation),
    };
    const texts = { "config.json": `${JSON.stringify(json, null, 2)}\n`, ...files(errors) };
    await writeCompanions(built, base.path, texts);
  };
  try {
    await replaceFolder(folder, fill, { replace });
  } finally {
    await pool.close();
  }
  return errors;
}

const tensorsOf = (stored: PlannedWeight["stored"]): PlannedTensor[] =>
  Object.values(stored) as PlannedTensor[];

const sizeOf = (stored: PlannedWeight["stored"]): number =>
  tensorsOf(stored).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);

/** A tensor that is loaded when its turn comes; every one is here. */
type Lazy = Extract<TensorToWrite, { load: unknown }>;

/**
 * The tensors of a file in the order in which they are made. Each weight is quantised once, when its codes are written;
 * its scales come right behind. Zero points, which have any number of bytes, wait in memory for the end of the file, so
 * that everything before them is aligned.
 */
function inShard(
  weights: readonly PlannedWeight[],
  base: Checkpoint,
  { quantisation, choice, compensation, pool, signal }: QuantiseOptions & { readonly pool: RoundPool },
  told: (weight: PlannedWeight, error?: WeightError) => void,
): { order: [string, Lazy][] } {
  const front: [string, Lazy][] = [];
  const back: [string, Lazy][] = [];
  const lazy = ({ name, dtype, shape }: PlannedTensor, load: () => Promise<Tensor>): [string, Lazy] => [
    name,
    { dtype, shape, load },
  ];
  for (const weight of weights) {
    const { name, stored } = weight;
    if ("float" in stored) {
      front.push(
        lazy(stored.float, async () => {
          signal?.throwIfAborted();
          const tensor = await loadWeight(base, name, "float32");
          told(weight);
          return tensor;
        }),
      );
      continue;
    }
    let waiting: { scale?: Tensor; zero?: Tensor } = {};
    const take = async (part: "scale" | "zero"): Promise<Tensor> => {
      const { [part]: tensor, ...rest } = waiting;
      waiting = rest;
      if (!tensor) throw new Error(`${name}: its ${part} was asked for before its codes`);
      return tensor;
    };
    front.push(
      lazy(stored.packed, async () => {
        signal?.throwIfAborted();
        const known = compensation?.(name, infoOf(base, name).shape[1]!);
        const { packed, scale, zero, error } = await quantiseWeight(
          base,
          name,
          { ...quantisation, choice, ...(known && { compensation: known }) },
          pool,
          signal,
        );
        waiting = { scale, zero };
        told(weight, error);
        return packed;
      }),
      lazy(stored.scale, () => take("scale")),
    );
    back.push(lazy(stored.zero, () => take("zero")));
  }
  return { order: [...front, ...back] };
}

/** The same tensor, its SHA-256 told when it is loaded. */
const hashed = ({ dtype, shape, load }: Lazy, tell: (digest: string) => void): Lazy => ({
  dtype,
  shape,
  load: async () => {
    const tensor = await load();
    tell(createHash("sha256").update(bytesOf(tensor.data)).digest("hex"));
    return tensor;
  },
});
