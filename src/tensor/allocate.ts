/** @file Memory for tensors. */

import type { DataOf, DType } from "./dtype.ts";

/** Zeros, at the start of a buffer of their own. */
export function allocate<D extends DType>(dtype: D, count: number): DataOf[D];
export function allocate(dtype: DType, count: number): DataOf[DType] {
  switch (dtype) {
    case "float32":
      return new Float32Array(count);
    case "float16":
    case "bfloat16":
      return new Uint16Array(count);
    case "int64":
      return new BigInt64Array(count);
    case "int32":
      return new Int32Array(count);
    case "uint8":
    case "bool":
      return new Uint8Array(count);
  }
}
