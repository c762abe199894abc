/** @file Puts a model's weights where the runtime can map them: where they lie, if it can read them there, or in a copy. */

import { createHash } from "node:crypto";
import { open, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CheckpointError } from "../errors.ts";
import type { Parameter } from "../onnx/lower.ts";
import type { Placement } from "../onnx/model.ts";
import { bytesPerElement } from "../tensor/dtype.ts";
import { elementCount, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import { writeFully } from "./file_access.ts";
import { streamBytes, streamWeight } from "./load_weight.ts";
import { adapterBytes, openMerger } from "./merge_adapter.ts";
import { assertDiskRoom } from "./room.ts";
import type { TensorSource } from "./safetensors.ts";
import { openTemporaryFolder } from "./temporary_folder.ts";
import type { Weights } from "./weight_files.ts";

/** Bytes of the weights that the runtime will have, read so far and altogether. */
export interface LoadProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/** Weights in place. Close it once the sessions are made. */
export interface PlacedWeights {
  /** Folder of every placement's file. */
  readonly folder: string;
  place(parameter: Parameter): Placement;
  /** Over the name, dtype, shape and stored bytes' SHA-256 of every weight, and over the adapter's tensors. */
  readonly sha256: string;
  close(): Promise<void>;
}

/** The runtime maps files; aligned tensors keep its reads on cache lines. */
const ALIGNMENT = 64;

/**
 * Read and check every weight, one at a time, and leave it where the runtime can map it. A checkpoint that already
 * has the dtypes wanted is used as it lies; otherwise a converted copy is made in a temporary folder, which goes away
 * when the weights are closed.
 *
 * @param weights checked to hold what `parameters` want
 * @param options.adapter updates to merge
 * @param options.checksums SHA-256 of tensors' bytes where the checkpoint has them
 * @throws CheckpointError for NaN, infinite or overflowing values, for bytes that are not those of the checksum, or when
 *   there is no room for the copy
 * @throws the signal's reason when aborted
 */
export async function placeWeights(
  weights: Weights,
  parameters: readonly Parameter[],
  options: {
    adapter?: Adapter;
    checksums?: ReadonlyMap<string, string>;
    signal?: AbortSignal;
    onProgress?: (progress: LoadProgress) => void;
  } = {},
): Promise<PlacedWeights> {
  const { adapter, checksums, signal, onProgress } = options;
  const hash = createHash("sha256");
  let own = createHash("sha256");
  const source = hashing(weights, (bytes) => own.update(bytes));
  const totalBytes = parameters.reduce((sum, parameter) => sum + sizeOf(parameter), 0);
  const there = adapter ? undefined : await whereTheyLie(weights, parameters);
  const copy = there ? undefined : await openCopy(totalBytes);
  const merger = adapter ? await openMerger(adapter) : undefined;
  if (adapter) for (const bytes of adapterBytes(adapter)) hash.update(bytes);
  let loadedBytes = 0;
  try {
    for (const parameter of parameters) {
      signal?.throwIfAborted();
      const { name, storage } = parameter;
      const info = weights.tensors.get(name);
      own = createHash("sha256");
      // Read even what stays in place: a damaged weight must not reach an answer.
      await copy?.begin(name);
      if (storage === "uint8") await streamBytes(source, name, (piece) => copy?.write(piece));
      else if (merger) await copy?.write(await merger.load(source, name, storage).then(({ data }) => data));
      else await streamWeight(source, name, storage, (piece) => copy?.write(piece));
      const digest = own.digest("hex");
      if (checksums) refuseOtherBytes(weights.pathOf(name), name, digest, checksums.get(name));
      hash.update(`${name} ${info?.dtype} ${info?.shape.join()} ${digest}\n`);
      loadedBytes += sizeOf(parameter);
      onProgress?.({ loadedBytes, totalBytes });
    }
  } catch (error) {
    await copy?.remove();
    throw error;
  } finally {
    await merger?.close();
    await copy?.finish();
  }
  const { folder, placements } = there ?? copy!;
  return {
    folder,
    place: ({ name }) => placements.get(name)!,
    sha256: hash.digest("hex"),
    close: async () => copy?.remove(),
  };
}

function refuseOtherBytes(path: string, name: string, found: string, expected: string | undefined): void {
  if (found !== expected)
    throw new CheckpointError(
      path,
      `${name}: expected bytes with SHA-256 ${expected?.slice(0, 12) ?? "in checksums.json"}…, found ${found.slice(0, 12)}…`,
      "the file was damaged after it was written: copy it again, or quantize again",
    );
}

/** Bytes of a weight as the runtime has it. */
export const sizeOf = ({ shape, storage }: Parameter): number =>
  elementCount(shape) * bytesPerElement[storage];

/** The same tensors, with every byte that is read shown to `see`. */
const hashing = (inner: Weights, see: (bytes: Uint8Array) => void): TensorSource => ({
  ...inner,
  async readBytes(name, start, target) {
    await inner.readBytes(name, start, target);
    see(target);
  },
});

/** Placements in the checkpoint's own files, if all weights have their dtype there and the files share a folder. */
async function whereTheyLie(
  weights: Weights,
  parameters: readonly Parameter[],
): Promise<{ folder: string; placements: Map<string, Placement> } | undefined> {
  const placements = new Map<string, Placement>();
  const folders = new Set<string>();
  for (const { name, storage } of parameters) {
    const info = weights.tensors.get(name);
    if (info?.dtype !== storage || info.offset % bytesPerElement[storage] !== 0) return undefined;
    const path = await realpath(weights.pathOf(name)); // download caches keep links to files elsewhere
    folders.add(dirname(path));
    placements.set(name, { location: basename(path), offset: info.offset });
  }
  const [folder, ...others] = folders;
  return folder !== undefined && others.length === 0 ? { folder, placements } : undefined;
}

/** A file in a new temporary folder that weights are appended to. */
async function openCopy(totalBytes: number) {
  const { path: folder, remove } = await openTemporaryFolder();
  const placements = new Map<string, Placement>();
  const path = join(folder, "weights.bin");
  await assertDiskRoom(path, totalBytes, "set TMPDIR to a folder with more room").catch(async (error) => {
    await remove();
    throw error;
  });
  const file = await open(path, "w");
  let offset = 0;
  const append = async (bytes: Uint8Array): Promise<void> => {
    await writeFully(file, bytes).catch((error: NodeJS.ErrnoException) => {
      throw new CheckpointError(
        path,
        `cannot hold the converted weights: ${error.code ?? error.message}`,
        "set TMPDIR to a folder with more room",
      );
    });
    offset += bytes.length;
  };
  return {
    folder,
    placements,
    /** The next bytes are this weight's. */
    begin: async (name: string): Promise<void> => {
      await append(new Uint8Array(-offset & (ALIGNMENT - 1)));
      placements.set(name, { location: "weights.bin", offset });
    },
    write: ({ buffer, byteOffset, byteLength }: Tensor["data"]): Promise<void> =>
      append(new Uint8Array(buffer, byteOffset, byteLength)),
    finish: () => file.close(),
    remove,
  };
}
