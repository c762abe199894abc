/**
 * @file Writes GGUF files, version 3, tensor by tensor.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */

import { type FileHandle, open, rm } from "node:fs/promises";
import { blocks, type GgmlType, ggmlBytes } from "./ggml_blocks.ts";

/** A value of the file's metadata, its kind said by the key. */
export type GgufValue =
  | { readonly uint32: number }
  | { readonly float32: number }
  | { readonly string: string }
  | { readonly strings: readonly string[] };

export interface GgufTensor {
  readonly name: string;
  readonly type: GgmlType;
  /** As PyTorch has it, the last axis contiguous; the file lists axes the other way round. */
  readonly shape: readonly number[];
}

/** Where a tensor lies behind the header. */
export interface Placed extends GgufTensor {
  readonly offset: number;
  readonly bytes: number;
}

const ALIGNMENT = 32;
const aligned = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** Tensors one after another, each at a multiple of 32 bytes. */
export function placeTensors(tensors: readonly GgufTensor[]): { placed: Placed[]; bytes: number } {
  let end = 0;
  const placed = tensors.map((tensor) => {
    const [offset, bytes] = [end, ggmlBytes(tensor.type, tensor.shape)];
    end = aligned(offset + bytes);
    return { ...tensor, offset, bytes };
  });
  return { placed, bytes: end };
}

const text = new TextEncoder();

/** Little-endian fields of the format. */
const number = (bytes: 4 | 8, value: number): Uint8Array => {
  const field = new DataView(new ArrayBuffer(bytes));
  if (bytes === 4) field.setUint32(0, value, true);
  else field.setBigUint64(0, BigInt(value), true);
  return new Uint8Array(field.buffer);
};
const string = (value: string): Uint8Array[] => {
  const bytes = text.encode(value);
  return [number(8, bytes.length), bytes];
};

/** Type code, then the value. */
function valueFields(value: GgufValue): Uint8Array[] {
  if ("uint32" in value) return [number(4, 4), number(4, value.uint32)];
  if ("float32" in value) return [number(4, 6), new Uint8Array(Float32Array.of(value.float32).buffer)];
  if ("string" in value) return [number(4, 8), ...string(value.string)];
  return [number(4, 9), number(4, 8), number(8, value.strings.length), ...value.strings.flatMap(string)];
}

/** Everything before the first tensor's bytes. */
export function encodeHeader(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly Placed[],
): Uint8Array {
  const entries = Object.entries(metadata);
  const fields = [
    text.encode("GGUF"),
    number(4, 3),
    number(8, tensors.length),
    number(8, entries.length),
    ...entries.flatMap(([key, value]) => [...string(key), ...valueFields(value)]),
    ...tensors.flatMap(({ name, type, shape, offset }) => [
      ...string(name),
      number(4, shape.length),
      ...shape.toReversed().map((size) => number(8, size)),
      number(4, blocks[type].code),
      number(8, offset),
    ]),
  ];
  const header = new Uint8Array(aligned(fields.reduce((sum, field) => sum + field.length, 0)));
  let end = 0;
  for (const field of fields) {
    header.set(field, end);
    end += field.length;
  }
  return header;
}

/**
 * Write a file. A failure leaves none.
 *
 * @param fill yields a tensor's bytes piece by piece; a piece may be overwritten once the next is asked for
 */
export async function writeGguf(
  path: string,
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensor[],
  fill: (tensor: Placed) => Iterable<Uint8Array>,
): Promise<void> {
  const { placed } = placeTensors(tensors);
  const header = encodeHeader(metadata, placed);
  const file = await open(path, "w");
  try {
    await writeAll(file, header, 0);
    for (const tensor of placed) {
      let at = header.length + tensor.offset;
      for (const piece of fill(tensor)) {
        await writeAll(file, piece, at);
        at += piece.length;
      }
      const written = at - header.length - tensor.offset;
      if (written !== tensor.bytes)
        throw new RangeError(`${tensor.name}: expected ${tensor.bytes} bytes, got ${written}`);
    }
    await file.close();
  } catch (error) {
    await file.close();
    await rm(path, { force: true });
    throw error;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
