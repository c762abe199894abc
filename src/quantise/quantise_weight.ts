/** @file One stored weight to codes, scales and zero points, some rows at a time. */

import { streamWeight } from "../checkpoint/load_weight.ts";
import { infoOf, type TensorSource } from "../checkpoint/safetensors.ts";
import { packedShapes } from "../graph/packed.ts";
import { type Tensor, tensor } from "../tensor/tensor.ts";
import type { RoundPool } from "./round_pool.ts";
import type { Rounding } from "./round_row.ts";
import type { RoundedRows } from "./round_rows.ts";
import { addErrors, errorOf, noError, type WeightError } from "./weight_error.ts";

/** The parts that MatMulNBits reads. @see graph/packed.ts for their shapes */
export interface QuantisedWeight {
  readonly packed: Tensor<"uint8">;
  readonly scale: Tensor<"float32">;
  readonly zero: Tensor<"uint8">;
  readonly error: WeightError;
}

/** Elements that a thread is given at a time, in whole rows. Errors are summed in this order, however many threads. */
const BATCH = 2 ** 19;

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
  pool: RoundPool,
  signal?: AbortSignal,
): Promise<QuantisedWeight> {
  const [out, width] = infoOf(source, name).shape as [number, number];
  const shapes = packedShapes([out, width], rounding);
  const [, blocks, blockBytes] = shapes.packed;
  const packed = new Uint8Array(out * blocks * blockBytes);
  const scale = new Float32Array(out * blocks);
  const zero = new Uint8Array(out * shapes.zero[1]);
  let error = noError;
  const sent: { readonly row: number; readonly rounded: Promise<RoundedRows> }[] = [];
  const receive = async (): Promise<void> => {
    const { row, rounded } = sent.shift()!;
    const rows = await rounded;
    packed.set(rows.packed, row * blocks * blockBytes);
    scale.set(rows.scale, row * blocks);
    zero.set(rows.zero, row * shapes.zero[1]);
    error = addErrors(error, rows.error);
  };
  let row = 0;
  const send = async (rows: Float32Array<ArrayBuffer>): Promise<void> => {
    if (sent.length > pool.threads) await receive();
    const count = rows.length / width; // asked before the rows are given away
    const rounded = pool.round(rows, width, rounding);
    rounded.catch(() => {}); // it is thrown where it is received
    sent.push({ row, rounded });
    row += count;
  };

  const rowsAtOnce = Math.max(1, Math.floor(BATCH / width));
  const room = () => new Float32Array(Math.min(rowsAtOnce, out - row) * width);
  let [batch, filled] = [room(), 0];
  await streamWeight(source, name, "float32", async (piece) => {
    signal?.throwIfAborted();
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + batch.length - filled);
      batch.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < batch.length) continue;
      await send(batch);
      [batch, filled] = [room(), 0];
    }
  });
  while (sent.length > 0) await receive();
  return {
    packed: tensor("uint8", shapes.packed, packed),
    scale: tensor("float32", shapes.scale, scale),
    zero: tensor("uint8", shapes.zero, zero),
    error: errorOf(error),
  };
}
