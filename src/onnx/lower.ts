/** @file From a graph of values to an ONNX graph: one node or a few per value, composites fused or by definition. */

import { ShapeError } from "../errors.ts";
import type { Attrs } from "../graph/ops.ts";
import { type Composite, topological, type Value } from "../graph/value.ts";
import type { DType } from "../tensor/dtype.ts";
import { type Dim, type Shape, show, termsOf } from "../tensor/shape.ts";
import { GraphBuilder, onnxType } from "./builder.ts";
import { kernels } from "./kernels.ts";
import { lowerPrimitive } from "./primitives.ts";

/** How weights of rank two and more are kept in memory; smaller ones are always float32. */
export type Storage = "float32" | "float16";

/** What quantised weights are multiplied with: activations as they are, or rounded to int8, which is faster. */
export type Activations = "float32" | "int8";

export interface LowerOptions {
  /**
   * Replace composites by fused kernels, or lower every one through its definition. A composite whose definition is
   * needed anyway, because a gradient looks inside it, is never computed twice: it is lowered by its definition.
   */
  readonly kernels: "fused" | "plain";
  readonly storage: Storage;
  /** For fused kernels; int8 when absent. */
  readonly activations?: Activations;
  /** Weights that are graph inputs, float32, because they change from run to run; none when absent. */
  readonly fed?: (name: string) => boolean;
}

/** A weight the graph reads, to be found outside it. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly storage: Storage | "uint8";
  /** Other names under which the graph reads the same bytes, in another shape. */
  readonly views: ReadonlyMap<string, readonly number[]>;
}

/** A lowered graph whose weights are still to be placed. */
export interface Lowered {
  readonly builder: GraphBuilder;
  readonly inputs: readonly { readonly name: string; readonly dtype: DType; readonly shape: Shape }[];
  readonly outputs: readonly { readonly name: string; readonly dtype: DType; readonly shape: Shape }[];
  readonly parameters: readonly Parameter[];
}

/** What a lowering rule may use. */
export interface Context {
  readonly builder: GraphBuilder;
  readonly activations: Activations;
  /** ONNX name of a value, lowered on first use. */
  name(value: Value): string;
  /** ONNX name of a weight in float32; a half-precision weight is widened where it is used. */
  weight(value: Value): string;
  /** ONNX name and dtype of a weight as stored; undefined if the value is no weight. */
  stored(value: Value): { name: string; storage: Parameter["storage"] } | undefined;
  /** ONNX name of a weight as stored, its bytes seen with another shape. @throws ShapeError if the value is no weight */
  view(value: Value, shape: readonly number[]): string;
  /** ONNX name of an int64 tensor [rank] holding a shape whose symbols are known at run time. */
  dims(shape: Shape): string;
  /** ONNX name of `x` seen with another shape. */
  reshape(x: string, from: Shape, to: Shape): string;
}

/**
 * Lower the values that `outputs` names.
 *
 * @param outputs name of each graph output and the value it returns
 * @throws ShapeError when a symbol of a shape belongs to no input
 */
export function lower(outputs: Readonly<Record<string, Value>>, options: LowerOptions): Lowered {
  const builder = new GraphBuilder();
  const names = new Map<Value, string>();
  const shapes = new Map<string, string>();
  const parameters = new Map<string, Parameter & { readonly views: Map<string, readonly number[]> }>();
  const fed = new Map<string, Input>();
  const roots = Object.values(outputs);
  const reached = topological(roots);
  const isOpened = opened(reached);
  const leaves = reached.filter((value) => value.kind === "primitive");
  const inputs = leaves.flatMap((value) =>
    value.op === "input" ? [value.attrs as typeof value.attrs & Input] : [],
  );

  const context: Context = {
    builder,
    activations: options.activations ?? "int8",
    name(value) {
      const known = names.get(value);
      if (known !== undefined) return known;
      const name = nameOf(value);
      names.set(value, name);
      return name;
    },
    weight(value) {
      const stored = context.stored(value);
      if (stored === undefined) return context.name(value);
      if (stored.storage !== "float16") return stored.name;
      return builder.node("Cast", [stored.name], { to: { int: onnxType.float32 } });
    },
    stored(value) {
      if (value.kind !== "primitive" || value.op !== "param") return undefined;
      const { name, shape, kept } = value.attrs as Attrs<"param">;
      if (options.fed?.(name)) {
        fed.set(name, { name, dtype: "float32", shape });
        return { name, storage: "float32" };
      }
      const storage = kept ?? (shape.length > 1 ? options.storage : "float32");
      if (!parameters.has(name)) parameters.set(name, { name, shape, storage, views: new Map() });
      return { name, storage };
    },
    view(value, shape) {
      const parameter = parameters.get(context.stored(value)?.name ?? "");
      if (!parameter)
        throw new ShapeError("lower", "expected a weight to see with another shape, got a value");
      const name = `${parameter.name}${show(shape)}`;
      parameter.views.set(name, shape);
      return name;
    },
    dims(shape) {
      const key = show(shape);
      const known = shapes.get(key);
      if (known !== undefined) return known;
      const name = shape.every((size) => typeof size === "number")
        ? builder.ints(...shape)
        : builder.node("Concat", shape.map(dim), { axis: { int: 0 } });
      shapes.set(key, name);
      return name;
    },
    reshape(x, from, to) {
      if (show(from) === show(to)) return x;
      const target = to.map((size, axis) => (typeof size === "number" ? size : size === from[axis] ? 0 : -1));
      const open = target.filter((size) => size === -1).length;
      return builder.node("Reshape", [x, open > 1 ? context.dims(to) : builder.ints(...target)]);
    },
  };

  function nameOf(value: Value): string {
    if (value.kind === "primitive")
      return value.op === "param" ? context.weight(value) : lowerPrimitive(value, context);
    const fused = options.kernels === "fused" && !isOpened(value) ? kernels(value, context) : undefined;
    return fused ?? context.name(value.definition);
  }

  function dim(size: Dim): string {
    if (typeof size === "number") return builder.ints(size);
    const terms = termsOf(size).map(({ coefficient, symbols }) =>
      symbols.reduce((sum, symbol) => builder.node("Mul", [sum, dimOf(symbol)]), builder.ints(coefficient)),
    );
    return terms.reduce((sum, term) => builder.node("Add", [sum, term]));
  }

  function dimOf(symbol: string): string {
    const known = shapes.get(symbol);
    if (known !== undefined) return known;
    for (const { name, shape } of inputs) {
      const axis = shape.findIndex((size) => multipleOf(size, symbol) !== undefined);
      if (axis < 0) continue;
      const size = builder.node("Shape", [name], { start: { int: axis }, end: { int: axis + 1 } });
      const factor = multipleOf(shape[axis]!, symbol)!;
      const made = factor === 1 ? size : builder.node("Div", [size, builder.ints(factor)]);
      shapes.set(symbol, made);
      return made;
    }
    const symbolic = inputs.filter(({ shape }) => shape.some((size) => typeof size === "string"));
    throw new ShapeError(
      "lower",
      `expected symbol ${symbol} or a multiple of it as an axis of an input, found ${symbolic.map(({ name, shape }) => `${name} ${show(shape)}`).join(", ") || "no input with symbols"}`,
    );
  }

  // Symbols and shapes are computed in the outermost graph, before any branch could capture them.
  const sizes = inputs.flatMap(({ shape }) => shape).map(termsOf);
  for (const [term, ...more] of sizes)
    if (more.length === 0 && term?.symbols.length === 1) dimOf(term.symbols[0]!);
  for (const [name, value] of Object.entries(outputs))
    builder.node("Identity", [context.name(value)], {}, { name });

  return {
    builder,
    inputs: [...inputs, ...fed.values()],
    outputs: Object.entries(outputs).map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    parameters: [...parameters.values()],
  };
}

interface Input {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
}

/** c if `size` is c · symbol. */
function multipleOf(size: Dim, symbol: string): number | undefined {
  const [term, ...more] = termsOf(size);
  return more.length === 0 && term?.symbols.join() === symbol ? term.coefficient : undefined;
}

/**
 * Tells composites of which a part is used from outside.
 *
 * @param reached the values of a graph, composites closed
 */
function opened(reached: readonly Value[]): (composite: Composite) => boolean {
  const used = new Set(reached);
  const known = new Map<Value, boolean>();
  const isOpened = (composite: Composite): boolean =>
    holdsUsed(composite.definition, new Set(composite.inputs));
  /** Whether `value`, or what it is made of short of `inputs`, is used. */
  const holdsUsed = (value: Value, inputs: ReadonlySet<Value>): boolean => {
    if (inputs.has(value)) return false;
    const before = known.get(value);
    if (before !== undefined) return before;
    const result =
      used.has(value) ||
      (value.kind === "composite" && isOpened(value)) ||
      value.inputs.some((part) => holdsUsed(part, inputs));
    known.set(value, result);
    return result;
  };
  return isOpened;
}
