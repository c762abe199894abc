/** @file A tensor in host memory: a typed array with a shape, row-major. */

import { ShapeError } from "../errors.ts";
import type { DataOf, DType } from "./dtype.ts";

/** Row-major values of one dtype; `data.length` is the product of `shape`. */
export interface Tensor<D extends DType = DType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DataOf[D];
}

/** Number of elements of a shape; 1 for a scalar. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((n, size) => n * size, 1);

/**
 * Put a typed array and a shape together.
 *
 * @throws ShapeError when the array does not hold exactly the shape's elements
 */
export function tensor<D extends DType>(dtype: D, shape: readonly number[], data: DataOf[D]): Tensor<D> {
  if (data.length !== elementCount(shape))
    throw new ShapeError(
      `tensor ${dtype}`,
      `expected ${elementCount(shape)} elements for shape [${shape.join(", ")}], got ${data.length}`,
    );
  return { dtype, shape, data };
}

/** float32 tensor from numbers or a Float32Array. */
export const float32 = (
  shape: readonly number[],
  data: Float32Array | readonly number[],
): Tensor<"float32"> =>
  tensor("float32", shape, data instanceof Float32Array ? data : Float32Array.from(data));

/** int64 tensor from ordinary integers. */
export const int64 = (shape: readonly number[], data: readonly number[]): Tensor<"int64"> =>
  tensor(
    "int64",
    shape,
    BigInt64Array.from(data, (value) => BigInt(value)),
  );
