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
import { PieceBuffers, streamBytes, streamWeight } from "./load_weight.ts";
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
  /**
   * Over the name, dtype, shape and stored bytes' SHA-256 of every weight, and over the adapter's tensors. Weights that
   * stay where they lie are read while sessions are made of them: nothing may be answered before this has come.
   *
   * @throws what `placeWeights` throws for weights that are copied
   */
  readonly sha256: Promise<string>;
  /** Also stops reading. */
  close(): Promise<void>;
}

export interface PlaceOptions {
  /** Updates to merge. */
  readonly adapter?: Adapter;
  /** SHA-256 of tensors' bytes where the checkpoint has them. */
  readonly checksums?: ReadonlyMap<string, string>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** The runtime maps files; aligned tensors keep its reads on cache lines. */
const ALIGNMENT = 64;

/**
 * Read and check every weight, one at a time, and leave it where the runtime can map it. A checkpoint that already
 * has the dtypes wanted is used as it lies, and read behind the caller's back; otherwise a converted copy is made first,
 * in a temporary folder, which goes away when the weights are closed.
 *
 * @param weights checked to hold what `parameters` want
 * @throws CheckpointError for NaN, infinite or overflowing values, for bytes that are not those of the checksum, or when
 *   there is no room for the copy
 * @throws the signal's reason when aborted
 */
export async function placeWeights(
  weights: Weights,
  parameters: readonly Parameter[],
  options: PlaceOptions = {},
): Promise<PlacedWeights> {
  const { adapter, signal } = options;
  const there = adapter ? undefined : await whereTheyLie(weights, parameters);
  const closed = new AbortController();
  const signals = signal ? [signal, closed.signal] : [closed.signal];
  const reading = { ...options, signal: AbortSignal.any(signals) };
  if (there) {
    const sha256 = readWeights(weights, parameters, reading);
    const ended = sha256.then(noop, noop); // who does not wait for it does not use the weights
    return {
      ...placedIn(there),
      sha256,
      close: () => {
        closed.abort();
        return ended;
      },
    };
  }
  const copy = await openCopy(parameters.reduce((sum, parameter) => sum + sizeOf(parameter), 0));
  try {
    const sha256 = await readWeights(weights, parameters, reading, copy);
    return { ...placedIn(copy), sha256: Promise.resolve(sha256), close: copy.remove };
  } catch (error) {
    await copy.remove();
    throw error;
  } finally {
    await copy.finish();
  }
}

const noop = (): void => {};

const placedIn = ({ folder, placements }: Placements) => ({
  folder,
  place: ({ name }: Parameter): Placement => placements.get(name)!,
});

/**
 * Read every weight, also those that stay in place: a damaged one must not reach an answer.
 *
 * @param copy takes them as the runtime wants them
 * @returns `PlacedWeights.sha256`
 */
async function readWeights(
  weights: Weights,
  parameters: readonly Parameter[],
  { adapter, checksums, signal, onProgress }: PlaceOptions,
  copy?: Copy,
): Promise<string> {
  const hash = createHash("sha256");
  let own = createHash("sha256");
  const source = hashing(weights, (bytes) => own.update(bytes));
  const buffers = new PieceBuffers();
  const totalBytes = parameters.reduce((sum, parameter) => sum + sizeOf(parameter), 0);
  let loadedBytes = 0;
  if (adapter) for (const bytes of adapterBytes(adapter)) hash.update(bytes);
  const merger = adapter && (await openMerger(adapter));
  try {
    for (const parameter of parameters) {
      signal?.throwIfAborted();
      const { name, storage } = parameter;
      const info = weights.tensors.get(name);
      own = createHash("sha256");
      await copy?.begin(name);
      if (storage === "uint8") await streamBytes(source, name, (piece) => copy?.write(piece), buffers);
      else if (merger) await copy?.write(await merger.load(source, name, storage).then(({ data }) => data));
      else await streamWeight(source, name, storage, (piece) => copy?.write(piece), buffers);
      const digest = own.digest("hex");
      if (checksums) refuseOtherBytes(weights.pathOf(name), name, digest, checksums.get(name));
      hash.update(`${name} ${info?.dtype} ${info?.shape.join()} ${digest}\n`);
      loadedBytes += sizeOf(parameter);
      onProgress?.({ loadedBytes, totalBytes });
    }
    return hash.digest("hex");
  } finally {
    await merger?.close();
  }
}

function refuseOtherBytes(path: string, name: string, found: string, expected: string | undefined): void {
  if (expected === undefined)
    throw new CheckpointError(
      path,
      `${name}: expected its SHA-256 in checksums.json, found none`,
      "copy the folder again, or quantize again",
    );
  if (found !== expected)
    throw new CheckpointError(
      path,
      `${name}: expected bytes with SHA-256 ${expected.slice(0, 12)}…, found ${found.slice(0, 12)}…`,
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

interface Placements {
  readonly folder: string;
  readonly placements: ReadonlyMap<string, Placement>;
}

/** Placements in the checkpoint's own files, if all weights have their dtype there and the files share a folder. */
async function whereTheyLie(
  weights: Weights,
  parameters: readonly Parameter[],
): Promise<Placements | undefined> {
  const placements = new Map<string, Placement>();
  const folders = new Set<string>();
  const real = new Map<string, string>(); // download caches keep links to files elsewhere
  for (const { name, storage } of parameters) {
    const info = weights.tensors.get(name);
    if (info?.dtype !== storage || info.offset % bytesPerElement[storage] !== 0) return undefined;
    const named = weights.pathOf(name);
    if (!real.has(named)) real.set(named, await realpath(named));
    const path = real.get(named)!;
    folders.add(dirname(path));
    placements.set(name, { location: basename(path), offset: info.offset });
  }
  const [folder, ...others] = folders;
  return folder !== undefined && others.length === 0 ? { folder, placements } : undefined;
}

type Copy = Awaited<ReturnType<typeof openCopy>>;

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
