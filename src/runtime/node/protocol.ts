/** @file Messages between a program and the worker thread that runs it. */

import type { Accumulator, Register, Tensors } from "../program.ts";

/** How a session is made. */
export interface SessionSettings {
  /** Threads inside one operator. */
  readonly threads: number;
  /** Folder in which the model's weight files lie. */
  readonly folder: string;
  readonly accumulators: readonly Accumulator[];
  readonly registers: readonly Register[];
}

/** Which rows of a state a run reads and where its new ones go. */
export interface StateUse {
  readonly id: number;
  readonly batch: number;
  readonly length: number;
  /** How many of the new rows are appended. */
  readonly rows: number;
  /** Capacity to hold them. */
  readonly nextCapacity: number;
}

export type Call =
  | { readonly do: "load"; readonly model: Uint8Array; readonly settings: SessionSettings }
  | {
      readonly do: "run";
      readonly feeds: Tensors;
      readonly fetch: readonly string[];
      /** One below the other along B. */
      readonly states: readonly StateUse[];
      /** Capacity that the graph sees in this run, of every state. */
      readonly capacity: number;
    }
  | { readonly do: "write"; readonly registers: Tensors }
  | { readonly do: "read"; readonly registers: readonly string[] }
  | { readonly do: "copy"; readonly from: number; readonly to: number }
  | { readonly do: "drop"; readonly state: number }
  | { readonly do: "close" };

export interface Request {
  readonly id: number;
  readonly call: Call;
}

export type Reply =
  | { readonly id: number; readonly tensors: Tensors }
  | { readonly id: number; readonly error: string };
