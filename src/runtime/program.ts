/** @file What running a graph offers, whatever executes it. */

import type { Tensor } from "../tensor/tensor.ts";

/** Tensors by graph input or output name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** Graph inputs that accumulate an output: after a run, the rows of `output` are appended to `input` along axis 2. */
export interface Accumulator {
  readonly input: string;
  readonly output: string;
  readonly dtype: "float32" | "uint8";
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
   * @param grow the states that provide the accumulated inputs, one below the other along B, and how many of the new
   *   rows this run appends to each; one run of a state at a time. All states get the largest one's capacity, which the
   *   graph sees as P
   * @throws Error with the runtime's message when the graph cannot be run, or when the program or the state is closed
   */
  run(feeds: Tensors, fetch: readonly string[], grow?: readonly Growth[]): Promise<Tensors>;
  /** Set registers, by input name; the arrays are moved to the program and cannot be used afterwards. */
  write(registers: Tensors): Promise<void>;
  /** Copies of registers, by input name. */
  read(registers: readonly string[]): Promise<Tensors>;
  /** An empty state for `batch` rows. */
  openState(batch: number): State;
  /** Another state with the rows of this one; both go on by themselves. @throws Error when the state is closed or in use */
  copyState(state: State): Promise<State>;
  /** Free a state's memory; it cannot be used afterwards. */
  closeState(state: State): Promise<void>;
  /** Finish the runs asked for so far, then free everything. */
  close(): Promise<void>;
}

/** The first `rows` of the new rows of a run are appended to the state; behind them is padding. */
export interface Growth {
  readonly state: State;
  readonly rows: number;
}

/** The capacity that the graph sees when these states run together. */
export const sharedCapacity = (states: readonly State[]): number =>
  Math.max(0, ...states.map(({ capacity }) => capacity));

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
