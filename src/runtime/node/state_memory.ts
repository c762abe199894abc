/** @file What states hold: arrays that a run reads where they lie, and its new rows behind them. */

import * as ort from "onnxruntime-node";
import { allocate, viewOf } from "../../tensor/allocate.ts";
import type { Accumulator } from "../program.ts";
import type { StateUse } from "./protocol.ts";

type Rows = Float32Array | Uint8Array;

/** Accumulated tensors of a state, by graph input; [B, K, capacity, d] each. */
interface Held {
  capacity: number;
  readonly tensors: Map<string, Rows>;
}

/**
 * The accumulated tensors of all states. States that run together must lie together: each then is a part of one array
 * [ΣB, K, capacity, d]. They are moved there when their company changes, and stay until it does again, so that a run
 * with the same company as before copies nothing.
 */
export class StateMemory {
  private readonly states = new Map<number, Held>();

  constructor(private readonly accumulators: readonly Accumulator[]) {}

  /** The graph inputs of states one below the other, each with this capacity. */
  feeds(uses: readonly StateUse[], capacity: number): Record<string, ort.Tensor> {
    const batch = uses.reduce((sum, use) => sum + use.batch, 0);
    const arrays = this.together(uses, capacity);
    return Object.fromEntries(
      this.accumulators.map(({ input, dtype, shape: [groups, size] }, n) => {
        const shape = [batch, groups, capacity, size];
        return [input, new ort.Tensor(dtype as "float32", arrays[n] as Float32Array, shape)];
      }),
    );
  }

  /** Append to each state the first of its new rows [ΣB, K, S, d]. */
  append(uses: readonly StateUse[], capacity: number, results: ort.InferenceSession.OnnxValueMapType): void {
    let above = 0;
    for (const use of uses) {
      if (use.nextCapacity !== capacity) this.together([use], use.nextCapacity);
      const { tensors } = this.heldBy(use.id);
      for (const { input, output, shape } of this.accumulators) {
        const [groups, size] = shape;
        const fresh = results[output]!.data as Rows;
        const step = results[output]!.dims[2]! * size;
        const kept = tensors.get(input)!;
        for (let row = 0; row < use.batch * groups; row++) {
          const start = (above * groups + row) * step;
          const place = (row * use.nextCapacity + use.length) * size;
          kept.set(fresh.subarray(start, start + use.rows * size), place);
        }
      }
      above += use.batch;
    }
  }

  /** A state that was never fed has nothing to copy. */
  copy(from: number, to: number): void {
    const held = this.states.get(from);
    if (!held) return;
    const tensors = [...held.tensors].map(([input, data]): [string, Rows] => [input, data.slice()]);
    this.states.set(to, { capacity: held.capacity, tensors: new Map(tensors) });
  }

  drop(id: number): void {
    this.states.delete(id);
  }

  private heldBy(id: number): Held {
    const held = this.states.get(id);
    if (!held) throw new Error(`state ${id} was never fed`);
    return held;
  }

  /** One array for each accumulator, in which the states lie one below the other and nothing else does. */
  private together(uses: readonly StateUse[], capacity: number): Rows[] {
    const before = uses.map(({ id }) => this.states.get(id));
    const arrays = this.accumulators.map(({ input, dtype, shape: [groups, size] }) => {
      const lengths = uses.map(({ batch }) => batch * groups * capacity * size);
      const parts = before.map((held) => (held?.capacity === capacity ? held.tensors.get(input) : undefined));
      const whole = bufferOf(parts, lengths);
      if (whole) return viewOf(dtype, whole);
      const moved = allocate(
        dtype,
        lengths.reduce((sum, length) => sum + length, 0),
      );
      let start = 0;
      for (const [n, use] of uses.entries()) {
        const held = before[n];
        const from = held?.tensors.get(input);
        for (let row = 0; held && from && row < use.batch * groups; row++) {
          const first = row * held.capacity * size;
          moved.set(from.subarray(first, first + use.length * size), start + row * capacity * size);
        }
        start += lengths[n]!;
      }
      return moved;
    });
    for (const [n, use] of uses.entries()) {
      const tensors = this.accumulators.map(({ input, shape: [groups, size] }, a): [string, Rows] => {
        const above = uses.slice(0, n).reduce((sum, { batch }) => sum + batch, 0);
        const row = groups * capacity * size;
        return [input, arrays[a]!.subarray(above * row, (above + use.batch) * row)];
      });
      this.states.set(use.id, { capacity, tensors: new Map(tensors) });
    }
    return arrays;
  }
}

/** The memory of which the parts are all, in order; undefined if there is none. */
function bufferOf(
  parts: readonly (Rows | undefined)[],
  lengths: readonly number[],
): ArrayBufferLike | undefined {
  const buffer = parts[0]?.buffer;
  let offset = 0;
  for (const [n, part] of parts.entries()) {
    if (part?.buffer !== buffer || part?.byteOffset !== offset || part.length !== lengths[n])
      return undefined;
    offset += part.byteLength;
  }
  return buffer?.byteLength === offset ? buffer : undefined;
}
