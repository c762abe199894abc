/** @file One stored weight to codes, scales and zero points, a row at a time. */

import { streamWeight } from "../checkpoint/load_weight.ts";
import { infoOf, type TensorSource } from "../checkpoint/safetensors.ts";
import { packedShapes } from "../graph/packed.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import { type Rounding, type RowCodes, roundRow } from "./round_row.ts";
import { errorSums, type WeightError } from "./weight_error.ts";

/** The parts that MatMulNBits reads. @see graph/packed.ts for their shapes */
export interface QuantisedWeight {
  readonly packed: Tensor<"uint8">;
  readonly scale: Tensor<"float32">;
  readonly zero: Tensor<"uint8">;
  readonly error: WeightError;
}

/**
 * Quantise a weight [Out, In]. Only its codes are ever whole in memory.
 *
 * @throws CheckpointError for values that are not finite
 * @throws the signal's reason when aborted, also in the middle of a large weight
 */
export async function quantiseWeight(
  source: TensorSource,
  name: string,
  rounding: Rounding,
  signal?: AbortSignal,
): Promise<QuantisedWeight> {
  const [out, width] = infoOf(source, name).shape as [number, number];
  const shapes = packedShapes([out, width], rounding);
  const [, blocks, blockBytes] = shapes.packed;
  const packed = new Uint8Array(out * blocks * blockBytes);
  const scale = new Float32Array(out * blocks);
  const zero = new Uint8Array(out * shapes.zero[1]);
  const codes = new Uint8Array(blocks * rounding.block);
  const zeros = new Uint8Array((shapes.zero[1] * 8) / rounding.bits); // filled up to whole bytes
  const sums = errorSums();

  const original = new Float64Array(width);
  const rounded = new Float64Array(width);
  let [filled, row] = [0, 0];
  const finish = (): void => {
    rounded.set(original);
    const to: RowCodes = { codes, scale: scale.subarray(row * blocks, (row + 1) * blocks), zero: zeros };
    roundRow(rounded, to, rounding);
    sums.add(original, rounded);
    // What fills up the last block stands for 0.
    codes.fill(zeros[blocks - 1]!, width);
    pack(codes, packed.subarray(row * blocks * blockBytes, (row + 1) * blocks * blockBytes), rounding.bits);
    pack(zeros, zero.subarray(row * shapes.zero[1], (row + 1) * shapes.zero[1]), rounding.bits);
    filled = 0;
    row += 1;
  };
  await streamWeight(source, name, "float32", (piece) => {
    signal?.throwIfAborted();
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + width - filled);
      original.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === width) finish();
    }
  });
  return {
    packed: tensor("uint8", shapes.packed, packed),
    scale: tensor("float32", shapes.scale, scale),
    zero: tensor("uint8", shapes.zero, zero),
    error: sums.total(),
  };
}

/** Codes into bytes, two to a byte at 4 bits, the first in the lower half. */
function pack(codes: Uint8Array, bytes: Uint8Array, bits: 4 | 8): void {
  if (bits === 8) bytes.set(codes);
  else for (let i = 0; i < bytes.length; i++) bytes[i] = codes[2 * i]! | (codes[2 * i + 1]! << 4);
}
