/** @file Dropout with masks from a table that is fed: the graph itself has no randomness. @see Srivastava et al. 2014 */

import { add, constant, gather, mul, rearrange, slice, type Value } from "../graph/value.ts";
import { type Dim, product } from "../tensor/shape.ts";
import { int64 } from "../tensor/tensor.ts";

/** The random numbers of a run. */
export interface DropoutTable {
  /** [R, W] float32: 0 where an element is dropped, 1 / (1 − rate) elsewhere. W is that of the widest layer at least. */
  readonly masks: Value;
  /** [X] int64: the row of `masks` that a token begins from, for the first layer. X is at least each layer's tokens. */
  readonly rows: Value;
}

/**
 * x with elements dropped. A token takes its row of the table, and the next row in the next layer, so that no two
 * layers drop the same of a token.
 *
 * @param x [..., D]
 * @param layer number of this layer among those that drop
 */
export function dropout(x: Value, { masks, rows }: DropoutTable, layer: number): Value {
  const outer = x.shape.slice(0, -1);
  const width = x.shape.at(-1)!;
  const own = add(slice(rows, 0, 0, product(outer)), constant(int64([], [layer])));
  const mask = gather(slice(masks, 1, 0, width), own);
  const axes = outer.map((_, axis) => `o${axis}`);
  const sizes = Object.fromEntries(axes.map((axis, i): [string, Dim] => [axis, outer[i]!]));
  return mul(x, rearrange(mask, `(${axes.join(" ")}) d -> ${axes.join(" ")} d`, sizes));
}
