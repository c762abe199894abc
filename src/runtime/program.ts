/** @file What running a graph offers, whatever executes it. */

import type { Tensor } from "../tensor/tensor.ts";

/** Tensors by graph input or output name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Graph inputs that accumulate an output: after a run, the rows of `output` are appended to `input` along axis 2. */
export interface Accumulator {
  readonly input: string;
  readonly output: string;
  /** [K, d]: the tensor is [B, K, length, d]. */
  readonly shape: readonly [number, number];
}

/** A graph input that keeps its value between runs: after a run it holds what `output` returned. */
export interface Register {
  readonly input: string;
  /** Of the input's dtype and shape. */
  readonly output: string;
}

/** A compiled graph with its weights. Calls are queued: the program runs one at a time. */
export interface Program {
  /**
   * Run the graph once.
   *
   * @param feeds every graph input that no state and no register provides
   * @param fetch the outputs wanted; others are computed but not copied out
   * @param grow the state that provides the accumulated inputs, and how many rows this run appends to it; one run of
   *   a state at a time
   * @throws Error with the runtime's message when the graph cannot be run, or when the program or the state is closed
   */
  run(feeds: Tensors, fetch: readonly string[], grow?: { state: State; rows: number }): Promise<Tensors>;
  /** Set registers, by input name; the arrays are moved to the program and cannot be used afterwards. */
  write(registers: Tensors): Promise<void>;
  /** Copies of registers, by input name. */
  read(registers: readonly string[]): Promise<Tensors>;
  /** An empty state for `batch` rows. */
  openState(batch: number): State;
  /** Free a state's memory; it cannot be used afterwards. */
  closeState(state: State): Promise<void>;
  /** Finish the runs asked for so far, then free everything. */
  close(): Promise<void>;
}

/** Accumulated tensors that stay beside the program and are never copied out. */
export interface State {
  readonly id: number;
  readonly batch: number;
  /** Rows in use along the growing axis. */
  length: number;
  /** Rows allocated; what the graph sees as P. Rows at `length` and behind hold no meaning. */
  capacity: number;
}

const BUCKET = 256;

/**
 * Rows to allocate so that `length` fit. Growing in steps keeps the copying rare and the number of shapes small.
 *
 * @param capacity rows allocated so far, which are kept
 */
export const capacityFor = (length: number, capacity: number): number =>
  length <= capacity ? capacity : Math.ceil(length / BUCKET) * BUCKET;
