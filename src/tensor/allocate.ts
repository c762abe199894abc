/** @file Memory for tensors. */

import { bytesPerElement, type DataOf, type DType } from "./dtype.ts";

/** Zeros, at the start of a buffer of their own. */
export function allocate<D extends DType>(dtype: D, count: number): DataOf[D] {
  return viewOf(dtype, new ArrayBuffer(count * bytesPerElement[dtype]));
}

/** The first `count` elements of a buffer, or all of it. */
export function viewOf<D extends DType>(dtype: D, buffer: ArrayBufferLike, count?: number): DataOf[D];
export function viewOf(dtype: DType, buffer: ArrayBufferLike, count?: number): DataOf[DType] {
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, 0, count);
    case "float16":
    case "bfloat16":
      return new Uint16Array(buffer, 0, count);
    case "int64":
      return new BigInt64Array(buffer, 0, count);
    case "int32":
      return new Int32Array(buffer, 0, count);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer, 0, count);
  }
}
