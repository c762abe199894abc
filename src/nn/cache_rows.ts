/** @file How keys and values are kept for later tokens: as they are, or in 8 bits with a scale for each row. */

import { add, cast, concat, constant, div, max, mul, sub, type Value } from "../graph/value.ts";

export type CacheStorage = "float32" | "int8";

/** One of the tensors that are kept of a key or value; its name is theirs with `suffix`. */
interface CachePart {
  readonly suffix: string;
  readonly dtype: "float32" | "uint8";
  /** Numbers in a row. */
  readonly size: number;
}

interface CacheRows {
  /** @param size numbers in a row of keys or values */
  readonly parts: (size: number) => readonly CachePart[];
  /** @param x [.., d] @returns what is kept of it, part by part */
  readonly keep: (x: Value) => readonly Value[];
  /** @returns what attention reads: [.., d] */
  readonly read: (kept: readonly Value[]) => Value;
}

/** Rows of zeros get this scale rather than none. */
const LEAST_SCALE = 1e-30;

/** Whole numbers from −127 to 127 are stored as 1 to 255. */
const ZERO = 128;

export const cacheRows: Readonly<Record<CacheStorage, CacheRows>> = {
  float32: {
    parts: (size) => [{ suffix: "", dtype: "float32", size }],
    keep: (x) => [x],
    read: ([x]) => x!,
  },
  int8: {
    parts: (size) => [
      { suffix: "", dtype: "uint8", size },
      { suffix: ".scale", dtype: "float32", size: 1 },
    ],
    keep(x) {
      const largest = max(concat([max(x, -1), max(mul(x, constant(-1)), -1)], -1), -1);
      const scale = add(mul(largest, constant(1 / 127)), constant(LEAST_SCALE));
      // The cast cuts off what is behind the point, so a half more rounds to the nearest.
      return [cast(add(div(x, scale), constant(ZERO + 0.5)), "uint8"), scale];
    },
    read: ([values, scale]) => mul(sub(cast(values!, "float32"), constant(ZERO)), scale!),
  },
};
