/**
 * @file Reading and writing safetensors files, one tensor at a time.
 * @see https://github.com/huggingface/safetensors#format
 */

import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { CheckpointError } from "../errors.ts";
import { allocate } from "../tensor/allocate.ts";
import { bytesPerElement, type DataOf, type DType } from "../tensor/dtype.ts";
import { elementCount, type Tensor, tensor } from "../tensor/tensor.ts";
import { readFully, writeFully } from "./file_access.ts";
import { lfsSignatureBytes, refuseLfsPointer } from "./git_lfs.ts";
import {
  dtypeCodes,
  maxHeaderBytes,
  parseHeader,
  type SafetensorsHeader,
  type TensorInfo,
} from "./safetensors_header.ts";

/** Named tensors whose values are read on demand: one safetensors file, or a folder of them. */
export interface TensorSource {
  /** The file or folder, for messages. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The file that holds a tensor; `tensors` gives the offset in it. */
  pathOf(name: string): string;
  /**
   * Fill `target` with the bytes of a tensor from its byte `start` on.
   *
   * @throws CheckpointError for an unknown name, or a file that ends too early
   */
  readBytes(name: string, start: number, target: Uint8Array): Promise<void>;
}

/** An open safetensors file. Only the header is in memory. Close it after use. */
export class SafetensorsFile implements TensorSource {
  readonly path: string;
  readonly tensors: SafetensorsHeader["tensors"];
  readonly metadata: SafetensorsHeader["metadata"];
  readonly #handle: FileHandle;

  private constructor(path: string, handle: FileHandle, header: SafetensorsHeader) {
    this.path = path;
    this.tensors = header.tensors;
    this.metadata = header.metadata;
    this.#handle = handle;
  }

  /**
   * Open a file and check its header.
   *
   * @throws CheckpointError if it is missing, damaged, cut off, or a Git LFS pointer
   */
  static async open(path: string): Promise<SafetensorsFile> {
    const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
      const missing = error.code === "ENOENT";
      throw new CheckpointError(
        path,
        missing ? "there is no such file" : `cannot be opened: ${error.message}`,
      );
    });
    try {
      return new SafetensorsFile(path, handle, await readHeader(handle, path));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  pathOf(): string {
    return this.path;
  }

  async readBytes(name: string, start: number, target: Uint8Array): Promise<void> {
    const info = infoOf(this, name);
    if (start + target.length > info.sizeBytes)
      throw new RangeError(`${name}: bytes ${start} to ${start + target.length} of ${info.sizeBytes}`);
    const found = await readFully(this.#handle, target, info.offset + start);
    if (found < target.length)
      throw new CheckpointError(
        this.path,
        `tensor "${name}": the file ended ${target.length - found} bytes early`,
      );
  }

  /** Read a whole tensor. @throws CheckpointError for an unknown name, or a file that ends too early */
  read(name: string): Promise<Tensor> {
    return readTensor(this, name);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** What `source` knows about a tensor. @throws CheckpointError if there is none of that name */
export function infoOf(source: TensorSource, name: string): TensorInfo {
  const info = source.tensors.get(name);
  if (info === undefined)
    throw new CheckpointError(source.path, `tensor "${name}": there is none of that name`);
  return info;
}

/** Read a whole tensor as it is stored. */
export async function readTensor(source: TensorSource, name: string): Promise<Tensor> {
  const { dtype, shape } = infoOf(source, name);
  const data = allocate(dtype, elementCount(shape));
  await source.readBytes(name, 0, bytesOf(data));
  return tensor(dtype, shape, data);
}

/** The memory of a typed array. Files are little-endian, as is every platform that ONNX Runtime has. */
export const bytesOf = (data: DataOf[DType]): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

async function readHeader(handle: FileHandle, path: string): Promise<SafetensorsHeader> {
  const stat = await handle.stat();
  if (!stat.isFile())
    throw new CheckpointError(path, "expected a safetensors file, found a folder or device");
  const fileBytes = stat.size;
  const start = new Uint8Array(Math.max(8, lfsSignatureBytes));
  const found = await readFully(handle, start, 0);
  refuseLfsPointer(start, path);
  if (found < 8) throw new CheckpointError(path, `expected a safetensors file, found ${found} bytes`);
  const headerBytes = Number(new DataView(start.buffer).getBigUint64(0, true));
  if (headerBytes > maxHeaderBytes)
    throw new CheckpointError(
      path,
      `expected a header of at most ${maxHeaderBytes} bytes, found a length of ${headerBytes}`,
      "it is probably not a safetensors file",
    );
  if (8 + headerBytes > fileBytes)
    throw new CheckpointError(
      path,
      `expected a header of ${headerBytes} bytes, found a file of ${fileBytes}`,
    );
  const header = new Uint8Array(headerBytes);
  await readFully(handle, header, 8);
  return parseHeader(header, fileBytes, path);
}

/** A tensor to write: in memory, or loaded when its turn comes. */
export type TensorToWrite =
  | Tensor
  | { readonly dtype: DType; readonly shape: readonly number[]; readonly load: () => Promise<Tensor> };

/**
 * Write a safetensors file. It appears under its name only when complete and on disk; before, and after a
 * failure, whatever had that name is unchanged. At most one lazily loaded tensor is in memory at a time.
 *
 * @param metadata strings for the `__metadata__` entry, such as `{ format: "pt" }`
 */
export async function writeSafetensors(
  path: string,
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  // Wide elements first keeps every tensor aligned; the rest of the order is by name, so files are reproducible.
  const order = [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      bytesPerElement[b.dtype] - bytesPerElement[a.dtype] || (nameA < nameB ? -1 : 1),
  );
  await writeInOrder(path, order, metadata);
}

/** As `writeSafetensors`, with tensors loaded and written in the order given; who gives it sees to alignment. */
export async function writeInOrder(
  path: string,
  order: readonly (readonly [string, TensorToWrite])[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const handle = await open(temporary, "wx");
  try {
    await writeFully(handle, encodeHeader(order, metadata));
    for (const [name, item] of order) {
      const loaded = "load" in item ? await item.load() : item;
      const expected = `${item.dtype} [${item.shape.join(", ")}]`;
      const found = `${loaded.dtype} [${loaded.shape.join(", ")}]`;
      if (found !== expected) throw new Error(`${name}: announced as ${expected}, loaded as ${found}`);
      if (loaded.data.length !== elementCount(loaded.shape))
        throw new Error(
          `${name}: expected ${elementCount(loaded.shape)} elements, got ${loaded.data.length}`,
        );
      await writeFully(handle, bytesOf(loaded.data));
    }
    await handle.sync();
    await handle.close();
    await rename(temporary, path);
  } catch (error) {
    await handle.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

function encodeHeader(
  order: readonly (readonly [string, TensorToWrite])[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let end = 0;
  const entries = order.map(([name, { dtype, shape }]) => {
    const begin = end;
    end += elementCount(shape) * bytesPerElement[dtype];
    return [name, { dtype: dtypeCodes[dtype], shape, data_offsets: [begin, end] }] as const;
  });
  const json = JSON.stringify(Object.fromEntries([["__metadata__", metadata], ...entries]));
  const text = new TextEncoder().encode(json);
  // Spaces after the JSON let the data begin at a multiple of eight bytes.
  const header = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  header.set(text, 8);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  return header;
}
