/** @file The primitive vocabulary: every op, its attributes, and the rule that types its result. */

import { ShapeError } from "../errors.ts";
import type { DType } from "../tensor/dtype.ts";
import { broadcast, type Dim, minus, plus, product, type Shape, show } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { axisSizes, parseRearrange } from "./rearrange.ts";

/** What is known of a value before it is computed. */
export interface Type {
  readonly dtype: DType;
  readonly shape: Shape;
}

interface Op<Inputs extends readonly unknown[], Attrs = object> {
  inputs: Inputs;
  attrs: Attrs;
}

/**
 * One row per op: what it takes, where T is what an input is (a Type, a Value, an ONNX name), and its attributes.
 * Adding an op starts here; the compiler then lists every table that lacks a row.
 */
export interface Ops<T> {
  /** Fed at every run. */
  input: Op<[], { name: string; dtype: DType; shape: Shape }>;
  /**
   * A weight, by its checkpoint name; float32 in the graph, whatever its storage. With `kept` it is stored in that dtype
   * always, and codes are uint8 in the graph as well.
   */
  param: Op<[], { name: string; shape: readonly number[]; kept?: "float32" | "uint8" }>;
  constant: Op<[], { value: Tensor }>;
  add: Op<[T, T]>;
  sub: Op<[T, T]>;
  mul: Op<[T, T]>;
  div: Op<[T, T]>;
  equal: Op<[T, T]>;
  less: Op<[T, T]>;
  /** condition ? a : b, all three broadcast. */
  where: Op<[T, T, T]>;
  exp: Op<[T]>;
  log: Op<[T]>;
  sqrt: Op<[T]>;
  sin: Op<[T]>;
  cos: Op<[T]>;
  erf: Op<[T]>;
  sigmoid: Op<[T]>;
  cast: Op<[T], { to: DType }>;
  /** Sum over `axis`, which stays with size 1. */
  sum: Op<[T], { axis: number }>;
  /** Largest over `axis`, which stays with size 1. */
  max: Op<[T], { axis: number }>;
  /** [..., M, K] @ [..., K, N] -> [..., M, N]; leading axes broadcast. */
  matmul: Op<[T, T]>;
  rearrange: Op<[T], { pattern: string; sizes: Readonly<Record<string, Dim>> }>;
  expand: Op<[T], { shape: Shape }>;
  concat: Op<T[], { axis: number }>;
  /** Elements start..end-1 of `axis`. */
  slice: Op<[T], { axis: number; start: Dim; end: Dim }>;
  /** x[.., index, ..] along `axis`: shape is x's with that axis replaced by the index's shape. */
  gather: Op<[T, T], { axis: number }>;
  /** Zeros [rows, ...rest] to which each update [..index, ...rest] is added at its index; the gradient of `gather`. */
  scatterAdd: Op<[index: T, updates: T], { rows: Dim }>;
  /** Positions of the k largest along the last axis, largest first; int64. */
  topk: Op<[T], { k: number }>;
}
export type OpName = keyof Ops<never>;
export type Inputs<K extends OpName, T> = Ops<T>[K]["inputs"];
export type Attrs<K extends OpName> = Ops<never>[K]["attrs"];

/** A table with one entry per op: leaving a row out is a compile error. */
export type Table<T, R, Context = void> = {
  readonly [K in OpName]: (inputs: Inputs<K, T>, attrs: Attrs<K>, context: Context) => R;
};

const same =
  (op: string) =>
  (inputs: readonly [Type, Type]): Type => {
    const [a, b] = inputs;
    if (a.dtype !== b.dtype) throw new ShapeError(op, `expected equal dtypes, got ${a.dtype} and ${b.dtype}`);
    return { dtype: a.dtype, shape: broadcast(op, a.shape, b.shape) };
  };
const arithmetic =
  (op: string) =>
  (inputs: readonly [Type, Type]): Type => {
    checkNumbers(op, inputs[0]);
    return same(op)(inputs);
  };
const real =
  (op: string) =>
  (inputs: readonly [Type]): Type => {
    if (inputs[0].dtype !== "float32") throw new ShapeError(op, `expected float32, got ${inputs[0].dtype}`);
    return inputs[0];
  };
const reduce =
  (op: string) =>
  ([x]: readonly [Type], { axis }: { axis: number }): Type => {
    checkNumbers(op, x);
    checkAxis(op, x.shape, axis);
    return { dtype: x.dtype, shape: x.shape.with(axis, 1) };
  };

/** "float32 [B, S]". */
const showType = ({ dtype, shape }: Type): string => `${dtype} ${show(shape)}`;

function checkNumbers(op: string, { dtype }: Type): void {
  if (dtype === "bool") throw new ShapeError(op, "expected numbers, got bool");
}

function checkAxis(op: string, shape: Shape, axis: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length)
    throw new ShapeError(op, `expected an axis of ${show(shape)}, got ${axis}`);
}

/** The type of each op's result. @throws ShapeError naming the op and what it got */
export const typeRules: Table<Type, Type> = {
  input: (_, { dtype, shape }) => ({ dtype, shape }),
  param: (_, { shape, kept = "float32" }) => ({ dtype: kept, shape }),
  constant: (_, { value }) => ({ dtype: value.dtype, shape: value.shape }),
  add: arithmetic("add"),
  sub: arithmetic("sub"),
  mul: arithmetic("mul"),
  div: arithmetic("div"),
  equal: (inputs) => ({ ...same("equal")(inputs), dtype: "bool" }),
  less: (inputs) => ({ ...arithmetic("less")(inputs), dtype: "bool" }),
  where([condition, a, b]) {
    if (condition.dtype !== "bool")
      throw new ShapeError("where", `expected a bool condition, got ${condition.dtype}`);
    const { dtype, shape } = same("where")([a, b]);
    return { dtype, shape: broadcast("where", condition.shape, shape) };
  },
  exp: real("exp"),
  log: real("log"),
  sqrt: real("sqrt"),
  sin: real("sin"),
  cos: real("cos"),
  erf: real("erf"),
  sigmoid: real("sigmoid"),
  cast: ([x], { to }) => ({ dtype: to, shape: x.shape }),
  sum: reduce("sum"),
  max: reduce("max"),
  matmul([a, b]) {
    const [m, k] = a.shape.slice(-2);
    const [l, n] = b.shape.slice(-2);
    if (m === undefined || n === undefined || k !== l || a.dtype !== "float32" || b.dtype !== "float32")
      throw new ShapeError(
        "matmul",
        `expected float32 [.., M, K] @ [.., K, N], got ${showType(a)} @ ${showType(b)}`,
      );
    return {
      dtype: "float32",
      shape: [...broadcast("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2)), m, n],
    };
  },
  rearrange([x], { pattern, sizes }) {
    const size = axisSizes(pattern, x.shape, sizes);
    return {
      dtype: x.dtype,
      shape: parseRearrange(pattern).right.map((group) => product(group.map((n) => size[n]!))),
    };
  },
  expand([x], { shape }) {
    const result = broadcast("expand", x.shape, shape);
    if (show(result) !== show(shape))
      throw new ShapeError("expand", `expected ${show(x.shape)} to grow to ${show(shape)}`);
    return { dtype: x.dtype, shape };
  },
  concat(inputs, { axis }) {
    const [first, ...rest] = inputs;
    if (first === undefined) throw new ShapeError("concat", "expected at least one input");
    checkAxis("concat", first.shape, axis);
    const others = ({ shape }: Type) => show(shape.toSpliced(axis, 1));
    return rest.reduce((sum, next) => {
      const { length } = next.shape;
      if (next.dtype !== sum.dtype || length !== sum.shape.length || others(next) !== others(sum))
        throw new ShapeError(
          "concat",
          `expected equal dtypes and equal axes but ${axis}, got ${showType(sum)} and ${showType(next)}`,
        );
      return { dtype: sum.dtype, shape: sum.shape.with(axis, plus(sum.shape[axis]!, next.shape[axis]!)) };
    }, first);
  },
  slice([x], { axis, start, end }) {
    checkAxis("slice", x.shape, axis);
    const size = x.shape[axis]!;
    const isKnown = [size, start, end].every((at) => typeof at === "number");
    if (isKnown && !(0 <= Number(start) && start <= end && end <= size && Number.isInteger(end)))
      throw new ShapeError(
        "slice",
        `expected 0 <= start <= end <= ${size} on axis ${axis} of ${show(x.shape)}, got ${start} and ${end}`,
      );
    return { dtype: x.dtype, shape: x.shape.with(axis, minus(end, start)) };
  },
  gather([x, index], { axis }) {
    checkAxis("gather", x.shape, axis);
    if (index.dtype !== "int64") throw new ShapeError("gather", `expected int64 indices, got ${index.dtype}`);
    return { dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)] };
  },
  scatterAdd([index, updates], { rows }) {
    const { length } = index.shape;
    if (index.dtype !== "int64" || show(updates.shape.slice(0, length)) !== show(index.shape))
      throw new ShapeError(
        "scatterAdd",
        `expected int64 indices and updates that begin with their shape, got ${showType(index)} and ${showType(updates)}`,
      );
    checkNumbers("scatterAdd", updates);
    return { dtype: updates.dtype, shape: [rows, ...updates.shape.slice(length)] };
  },
  topk([x], { k }) {
    const last = x.shape.at(-1);
    if (typeof last !== "number" || k < 1 || k > last)
      throw new ShapeError("topk", `expected 1 <= k <= the last axis of ${show(x.shape)}, got ${k}`);
    return { dtype: "int64", shape: x.shape.with(-1, k) };
  },
};
