/** @file Element types, named as in NumPy and ONNX. */

/** Element types that tensors hold in memory. */
export type DType = "float32" | "float16" | "bfloat16" | "int64" | "int32" | "uint8" | "bool";

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<DType, number>> = {
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  uint8: 1,
  bool: 1,
};

/** The typed array that holds each dtype; half floats are raw 16-bit patterns. */
export interface DataOf {
  float32: Float32Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int64: BigInt64Array;
  int32: Int32Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}
