/** @file A stored weight in the dtype the runtime wants. */

import { CheckpointError } from "../errors.ts";
import { allocate, viewOf } from "../tensor/allocate.ts";
import { bytesPerElement, type DataOf, type DType } from "../tensor/dtype.ts";
import {
  bfloat16ToFloat16,
  bfloat16ToFloat32,
  countNonFinite,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
  type Irregular,
} from "../tensor/half.ts";
import { elementCount, type Tensor, tensor } from "../tensor/tensor.ts";
import { bytesOf, infoOf, type TensorSource } from "./safetensors.ts";

/** Dtypes in which the runtime holds weights. */
export type WeightStorage = "float32" | "float16";

/** Dtypes in which checkpoints hold weights. */
export const storedDTypes = ["float32", "float16", "bfloat16"] as const;
export type StoredDType = (typeof storedDTypes)[number];

/** Elements converted at a time: the buffer between file and tensor stays in the processor's cache. */
const chunkElements = 2 ** 20;

/** Between file and tensor. Kept for the next weight: touching new memory can take longer than all that is done in it. */
export class PieceBuffers {
  readonly stored = new ArrayBuffer(chunkElements * Math.max(...Object.values(bytesPerElement)));
  readonly converted = new ArrayBuffer(chunkElements * bytesPerElement.float32);
}

/**
 * Read one weight piece by piece, converted on the way; only a small buffer is in memory.
 *
 * @param storage dtype of the pieces; to float16, values are rounded to nearest even
 * @param take called with each piece in order; the piece is overwritten when the call has ended
 * @param buffers for one weight at a time
 * @throws CheckpointError for an unknown name, an integer tensor, any infinite or NaN value, and any value that
 *   float16 cannot hold; pieces may have been taken before
 */
export async function streamWeight<S extends WeightStorage>(
  source: TensorSource,
  name: string,
  storage: S,
  take: (piece: DataOf[S]) => void | Promise<void>,
  buffers = new PieceBuffers(),
): Promise<void> {
  const { dtype, shape } = infoOf(source, name);
  const count = elementCount(shape);
  const met = { nonFinite: 0, overflows: 0 };
  for (let start = 0; start < count; start += chunkElements) {
    const size = Math.min(chunkElements, count - start);
    const chunk = viewOf(dtype, buffers.stored, size);
    await source.readBytes(name, start * bytesPerElement[dtype], bytesOf(chunk));
    const piece = viewOf(storage, buffers.converted, size);
    const irregular = convert(dtype, chunk, piece);
    if (irregular === null)
      throw new CheckpointError(source.pathOf(name), `${name}: expected a weight, found ${dtype}`);
    met.nonFinite += irregular.nonFinite;
    met.overflows += irregular.overflows;
    await take(piece);
  }
  refuseIrregular(`${source.pathOf(name)}: ${name}`, met, count, storage);
}

/**
 * Read one tensor piece by piece as it is stored.
 *
 * @param take called with each piece in order; the piece is overwritten when the call has ended
 * @throws CheckpointError for an unknown name, or a file that ends too early
 */
export async function streamBytes(
  source: TensorSource,
  name: string,
  take: (piece: Uint8Array) => void | Promise<void>,
  { stored } = new PieceBuffers(),
): Promise<void> {
  const { sizeBytes } = infoOf(source, name);
  const piece = new Uint8Array(stored, 0, Math.min(sizeBytes, stored.byteLength));
  for (let start = 0; start < sizeBytes; start += piece.length) {
    const part = piece.subarray(0, sizeBytes - start);
    await source.readBytes(name, start, part);
    await take(part);
  }
}

/**
 * Read one weight whole.
 *
 * @throws CheckpointError as `streamWeight`
 */
export async function loadWeight<S extends WeightStorage>(
  source: TensorSource,
  name: string,
  storage: S,
): Promise<Tensor<S>> {
  const { shape } = infoOf(source, name);
  const target = allocate(storage, elementCount(shape));
  let filled = 0;
  await streamWeight(source, name, storage, (piece) => {
    target.set(piece as never, filled);
    filled += piece.length;
  });
  return tensor(storage, shape, target);
}

const narrowings: {
  readonly [D in StoredDType]: (source: Float32Array, target: DataOf[D]) => Irregular;
} = {
  float32: (source, target) => {
    target.set(source);
    return { nonFinite: countNonFinite("float32", source), overflows: 0 };
  },
  float16: float32ToFloat16,
  bfloat16: float32ToBfloat16,
};

/**
 * A weight computed in float32, in the dtype wanted.
 *
 * @throws CheckpointError for infinite or NaN values, and for values that the dtype cannot hold
 */
export function toStorage<D extends StoredDType>(
  weight: Tensor<"float32">,
  storage: D,
  name: string,
): Tensor<D> {
  const count = elementCount(weight.shape);
  const target = allocate(storage, count);
  refuseIrregular(name, narrowings[storage](weight.data, target), count, storage);
  return tensor(storage, weight.shape, target);
}

const largest: Readonly<Record<StoredDType, string>> = {
  float32: "3.40e38",
  float16: "65504",
  bfloat16: "3.39e38",
};

function refuseIrregular(
  where: string,
  { nonFinite, overflows }: Irregular,
  count: number,
  storage: StoredDType,
): void {
  if (nonFinite > 0)
    throw new CheckpointError(
      where,
      `expected numbers, found ${nonFinite} infinite or NaN values among ${count}`,
      "the file is damaged, or training diverged",
    );
  if (overflows > 0)
    throw new CheckpointError(
      where,
      `${overflows} of ${count} values are beyond ${storage}, which ends at ${largest[storage]}`,
      "keep it in float32",
    );
}

/** Fill `target`, a Float32Array or float16 patterns; null if the source is not floating-point. */
function convert(dtype: DType, source: DataOf[DType], target: DataOf[WeightStorage]): Irregular | null {
  if (target instanceof Float32Array) {
    if (dtype === "bfloat16" && source instanceof Uint16Array) return bfloat16ToFloat32(source, target);
    if (source instanceof Uint16Array) return float16ToFloat32(source, target);
    if (!(source instanceof Float32Array)) return null;
    target.set(source);
    return { nonFinite: countNonFinite("float32", source), overflows: 0 };
  }
  if (dtype === "bfloat16" && source instanceof Uint16Array) return bfloat16ToFloat16(source, target);
  if (source instanceof Float32Array) return float32ToFloat16(source, target);
  if (!(source instanceof Uint16Array)) return null;
  target.set(source);
  return { nonFinite: countNonFinite("float16", source), overflows: 0 };
}
