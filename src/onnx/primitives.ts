/** @file Lowering of every primitive op to ONNX operators (opset 23). */

import type { Attrs, Inputs, OpName, Table } from "../graph/ops.ts";
import { axisSizes, parseRearrange } from "../graph/rearrange.ts";
import type { Primitive, Value } from "../graph/value.ts";
import { product } from "../tensor/shape.ts";
import { onnxType } from "./builder.ts";
import type { Context } from "./lower.ts";

type Rule<K extends OpName> = (inputs: Inputs<K, Value>, attrs: Attrs<K>, context: Context) => string;

/** An operator that takes the inputs as they are. */
const direct =
  (op: string) =>
  (inputs: readonly Value[], _: object, { builder, name }: Context): string =>
    builder.node(op, inputs.map(name));

const reduce =
  (op: string): Rule<"sum"> =>
  ([x], { axis }, { builder, name }) =>
    builder.node(op, [name(x), builder.ints(axis)], { keepdims: { int: 1 } });

const rules: Table<Value, string, Context> = {
  input: (_, { name }) => name,
  param: (_, { name }) => name,
  constant: (_, { value }, { builder }) => builder.constant(value),
  add: direct("Add"),
  sub: direct("Sub"),
  mul: direct("Mul"),
  div: direct("Div"),
  equal: direct("Equal"),
  less: direct("Less"),
  where: direct("Where"),
  exp: direct("Exp"),
  log: direct("Log"),
  sqrt: direct("Sqrt"),
  sin: direct("Sin"),
  cos: direct("Cos"),
  erf: direct("Erf"),
  sigmoid: direct("Sigmoid"),
  cast: ([x], { to }, { builder, name }) => builder.node("Cast", [name(x)], { to: { int: onnxType[to] } }),
  sum: reduce("ReduceSum"),
  max: reduce("ReduceMax"),
  matmul: direct("MatMul"),
  rearrange([x], { pattern, sizes }, { builder, name, reshape }) {
    const { left, right } = parseRearrange(pattern);
    const size = axisSizes(pattern, x.shape, sizes);
    const [before, after] = [left.flat(), right.flat()];
    const split = reshape(
      name(x),
      x.shape,
      before.map((axis) => size[axis]!),
    );
    const perm = after.map((axis) => before.indexOf(axis));
    const moved = perm.every((from, to) => from === to)
      ? split
      : builder.node("Transpose", [split], { perm: { ints: perm } });
    return reshape(
      moved,
      after.map((axis) => size[axis]!),
      right.map((group) => product(group.map((axis) => size[axis]!))),
    );
  },
  expand: ([x], { shape }, { builder, name, dims }) => builder.node("Expand", [name(x), dims(shape)]),
  concat: (inputs, { axis }, { builder, name }) =>
    builder.node("Concat", inputs.map(name), { axis: { int: axis } }),
  slice: ([x], { axis, start, end }, { builder, name, dims }) =>
    builder.node("Slice", [name(x), dims([start]), dims([end]), builder.ints(axis)]),
  gather([x, index], { axis }, { builder, name, stored }) {
    const weight = stored(x);
    const rows = builder.node("Gather", [weight?.name ?? name(x), name(index)], { axis: { int: axis } });
    return weight?.storage === "float16"
      ? builder.node("Cast", [rows], { to: { int: onnxType.float32 } })
      : rows;
  },
  scatterAdd([index, updates], { rows }, { builder, name, dims, reshape }) {
    const rest = updates.shape.slice(index.shape.length);
    const zeros = builder.node("ConstantOfShape", [dims([rows, ...rest])]);
    const places = reshape(name(index), index.shape, [...index.shape, 1]);
    return builder.node("ScatterND", [zeros, places, name(updates)], { reduction: { string: "add" } });
  },
  topk: ([x], { k }, { builder, name }) =>
    builder.node("TopK", [name(x), builder.ints(k)], { axis: { int: -1 } }, { outputs: 2 }),
};

/** Append the nodes of one primitive. @returns the ONNX name of its result */
export function lowerPrimitive<K extends OpName>(value: Primitive<K>, context: Context): string {
  return rules[value.op](value.inputs, value.attrs, context);
}
