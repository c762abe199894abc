/** @file A graph is its output values: each value remembers how it was made. */

import type { DType } from "../tensor/dtype.ts";
import type { Dim, Shape } from "../tensor/shape.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import type { CompositeAttrs, CompositeName } from "./composites.ts";
import { type Attrs, type Inputs, type OpName, type Type, typeRules } from "./ops.ts";

/** The result of a primitive op. */
export interface Primitive<K extends OpName = OpName> extends Type {
  readonly kind: "primitive";
  readonly op: K;
  readonly inputs: Inputs<K, Value>;
  readonly attrs: Attrs<K>;
}

/** The result of a composite op: `definition` says in simpler values what it equals. */
export interface Composite<K extends CompositeName = CompositeName> extends Type {
  readonly kind: "composite";
  readonly op: K;
  readonly inputs: readonly Value[];
  readonly attrs: CompositeAttrs[K];
  readonly definition: Value;
}

export type Value = Primitive | Composite;

/** The only way to make a primitive: types are checked the moment a value is born. */
export function emit<K extends OpName>(op: K, inputs: Inputs<K, Value>, attrs: Attrs<K>): Value {
  const { dtype, shape } = typeRules[op](inputs, attrs);
  const value: Primitive<K> = { kind: "primitive", op, inputs, attrs, dtype, shape };
  return value as Primitive;
}

/** What a value is computed from, a composite from its definition. */
export const sources = (value: Value): readonly Value[] =>
  value.kind === "composite" ? [value.definition] : value.inputs;

/** Every value the outputs depend on, inputs first; composites are leaves of their own definition. */
export function topological(outputs: readonly Value[]): Value[] {
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    value.inputs.forEach(visit);
    seen.add(value); // a Set keeps insertion order
  };
  outputs.forEach(visit);
  return [...seen];
}

export const input = (name: string, dtype: DType, shape: Shape): Value =>
  emit("input", [], { name, dtype, shape });
export const constant = (value: Tensor | number): Value =>
  emit("constant", [], { value: typeof value === "number" ? float32([], [value]) : value });
export const add = (a: Value, b: Value): Value => emit("add", [a, b], {});
export const sub = (a: Value, b: Value): Value => emit("sub", [a, b], {});
export const mul = (a: Value, b: Value): Value => emit("mul", [a, b], {});
export const div = (a: Value, b: Value): Value => emit("div", [a, b], {});
export const equal = (a: Value, b: Value): Value => emit("equal", [a, b], {});
export const less = (a: Value, b: Value): Value => emit("less", [a, b], {});
export const where = (condition: Value, a: Value, b: Value): Value => emit("where", [condition, a, b], {});
export const exp = (x: Value): Value => emit("exp", [x], {});
export const log = (x: Value): Value => emit("log", [x], {});
export const sqrt = (x: Value): Value => emit("sqrt", [x], {});
export const sin = (x: Value): Value => emit("sin", [x], {});
export const cos = (x: Value): Value => emit("cos", [x], {});
export const erf = (x: Value): Value => emit("erf", [x], {});
export const sigmoid = (x: Value): Value => emit("sigmoid", [x], {});
export const cast = (x: Value, to: DType): Value => emit("cast", [x], { to });
/** Negative axes count from the end, as in NumPy. */
export const fromStart = (x: Value, axis: number): number => (axis < 0 ? axis + x.shape.length : axis);
export const sum = (x: Value, axis: number): Value => emit("sum", [x], { axis: fromStart(x, axis) });
export const max = (x: Value, axis: number): Value => emit("max", [x], { axis: fromStart(x, axis) });
export const matmul = (a: Value, b: Value): Value => emit("matmul", [a, b], {});
export const rearrange = (x: Value, pattern: string, sizes: Readonly<Record<string, Dim>> = {}): Value =>
  emit("rearrange", [x], { pattern, sizes });
export const expand = (x: Value, shape: Shape): Value => emit("expand", [x], { shape });
export const concat = (parts: readonly Value[], axis: number): Value =>
  emit("concat", [...parts], { axis: fromStart(parts[0]!, axis) });
export const slice = (x: Value, axis: number, start: Dim, end: Dim): Value =>
  emit("slice", [x], { axis: fromStart(x, axis), start, end });
export const gather = (x: Value, index: Value, axis = 0): Value => emit("gather", [x, index], { axis });
export const scatterAdd = (index: Value, updates: Value, rows: Dim): Value =>
  emit("scatterAdd", [index, updates], { rows });
export const topk = (x: Value, k: number): Value => emit("topk", [x], { k });
