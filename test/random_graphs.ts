/** @file A random small graph for every primitive, for laws that hold for all of them. */

import * as fc from "fast-check";
import type { OpName } from "../src/graph/ops.ts";
import { axisSizes } from "../src/graph/rearrange.ts";
import * as v from "../src/graph/value.ts";
import type { DType } from "../src/tensor/dtype.ts";
import { type Dim, plus, product } from "../src/tensor/shape.ts";
import { int64 } from "../src/tensor/tensor.ts";
import { noiseOf, type Sketch } from "./sketch.ts";

/** One random graph: draws sizes, and collects what it feeds in the sketch. */
export interface Draw {
  readonly sketch: Sketch;
  int(min: number, max: number): number;
  one<T>(...choices: readonly T[]): T;
  /** A size, known when the graph is built or only at run time. */
  axis(min?: number): Dim;
  axes(min: number, max: number, smallest?: number): Dim[];
}

const binary =
  (op: (a: v.Value, b: v.Value) => v.Value, dtypes: readonly DType[]) =>
  (draw: Draw): v.Value => {
    const shape = draw.axes(0, 3, 0);
    const dtype = draw.one(...dtypes);
    return op(...broadcasting(draw, shape, [dtype, dtype]));
  };

/** Inputs that broadcast to at most `shape`: leading axes left out, others of size 1. */
const broadcasting = <T extends DType[]>(draw: Draw, shape: readonly Dim[], dtypes: [...T]) =>
  dtypes.map((dtype) => {
    const kept = shape.slice(draw.int(0, shape.length)).map((dim) => (draw.int(0, 3) === 0 ? 1 : dim));
    return draw.sketch.noise(kept, dtype);
  }) as { [K in keyof T]: v.Value };

const unary =
  (op: (x: v.Value) => v.Value) =>
  (draw: Draw): v.Value =>
    op(draw.sketch.noise(draw.axes(0, 3, 0), "float32", 4));

const numeric: readonly DType[] = ["float32", "int64"];
const movable: readonly DType[] = ["float32", "int64", "int32", "bool"];

/** A random graph that ends in the op; a row for each, or the compiler complains. */
export const graphs: { readonly [K in OpName]: (draw: Draw) => v.Value } = {
  input: (draw) => draw.sketch.noise(draw.axes(0, 3, 0), draw.one(...movable)),
  param: (draw) => draw.sketch.param(draw.axes(0, 3).map((dim) => draw.sketch.size(dim))),
  constant(draw) {
    const shape = draw.axes(0, 3, 0).map((dim) => draw.sketch.size(dim));
    return v.constant(noiseOf(`constant ${draw.int(0, 9999)}`, shape, draw.one<DType>(...movable, "uint8")));
  },
  add: binary(v.add, numeric),
  sub: binary(v.sub, numeric),
  mul: binary(v.mul, numeric),
  div: binary((a, b) => v.div(a, b.dtype === "float32" ? v.exp(b) : b), numeric),
  equal: binary(v.equal, [...numeric, "bool"]),
  less: binary(v.less, numeric),
  where(draw) {
    const dtype = draw.one(...numeric);
    return v.where(...broadcasting(draw, draw.axes(0, 3, 0), ["bool", dtype, dtype]));
  },
  exp: unary(v.exp),
  log: unary((x) => v.log(v.exp(x))),
  sqrt: unary((x) => v.sqrt(v.mul(x, x))),
  sin: unary(v.sin),
  cos: unary(v.cos),
  erf: unary(v.erf),
  sigmoid: unary(v.sigmoid),
  cast(draw) {
    const [from, to] = [draw.one(...movable), draw.one(...movable)];
    return v.cast(draw.sketch.noise(draw.axes(0, 2, 0), from, 4), to);
  },
  sum(draw) {
    const shape = draw.axes(1, 3, 0);
    return v.sum(draw.sketch.noise(shape, draw.one(...numeric)), draw.int(-shape.length, shape.length - 1));
  },
  max(draw) {
    const shape = draw.axes(1, 3);
    return v.max(draw.sketch.noise(shape, draw.one(...numeric)), draw.int(-shape.length, shape.length - 1));
  },
  matmul(draw) {
    // K is at least 1: ONNX Runtime forgets to broadcast the leading axes of empty sums.
    const [m, k, n] = [draw.axis(0), draw.axis(), draw.axis(0)];
    const [a, b] = broadcasting(draw, draw.axes(0, 2), ["float32", "float32"]).map((x) => x.shape);
    return v.matmul(draw.sketch.noise([...a!, m, k]), draw.sketch.noise([...b!, k, n]));
  },
  rearrange(draw) {
    const names = ["a", "b", "c", "d"].slice(0, draw.int(1, 4));
    const size = Object.fromEntries(names.map((name) => [name, draw.axis()]));
    const left = grouped(draw, names);
    const right = grouped(draw, shuffled(draw, names));
    const shape = left.map((group) => product(group.map((name) => size[name]!)));
    const text = (groups: string[][]) => groups.map((group) => `(${group.join(" ")})`).join(" ");
    const pattern = `${text(left)} -> ${text(right)}`;
    return v.rearrange(
      draw.sketch.noise(shape, draw.one(...movable)),
      pattern,
      axisSizes(pattern, shape, size),
    );
  },
  expand(draw) {
    const shape = draw.axes(0, 3, 0);
    const [x] = broadcasting(draw, shape, [draw.one(...numeric)]);
    return v.expand(x, shape);
  },
  concat(draw) {
    const shape = draw.axes(1, 3, 0);
    const axis = draw.int(-shape.length, shape.length - 1);
    const dtype = draw.one(...movable);
    const parts = Array.from({ length: draw.int(1, 3) }, () =>
      draw.sketch.noise(shape.with(axis, draw.axis(0)), dtype),
    );
    return v.concat(parts, axis);
  },
  slice(draw) {
    const shape = draw.axes(1, 3, 0);
    const axis = draw.int(-shape.length, shape.length - 1);
    const dtype = draw.one(...movable);
    const parts = [0, 1, 2].map(() => shape.with(axis, draw.axis(0)));
    const whole = v.concat(
      parts.map((part) => draw.sketch.noise(part, dtype)),
      axis,
    );
    const [start, length] = parts.map((part) => part.at(axis)!) as [Dim, Dim, Dim];
    return v.slice(whole, axis, start, plus(start, length));
  },
  gather(draw) {
    const shape = draw.axes(1, 3);
    const axis = draw.int(0, shape.length - 1);
    const rows = draw.sketch.size(shape[axis]!);
    const places = draw.axes(0, 2, 0);
    const sizes = places.map((dim) => draw.sketch.size(dim));
    const count = sizes.reduce((n, size) => n * size, 1);
    const index = Array.from({ length: count }, () => draw.int(0, rows - 1));
    const x = draw.sketch.noise(shape, draw.one(...movable));
    return v.gather(x, draw.sketch.feed(places, int64(sizes, index)), axis);
  },
  scatterAdd(draw) {
    const places = draw.axes(0, 2, 0);
    const sizes = places.map((dim) => draw.sketch.size(dim));
    const rows = draw.axis();
    const count = sizes.reduce((n, size) => n * size, 1);
    const index = Array.from({ length: count }, () => draw.int(0, draw.sketch.size(rows) - 1));
    const updates = draw.sketch.noise([...places, ...draw.axes(0, 2)]);
    return v.scatterAdd(draw.sketch.feed(places, int64(sizes, index)), updates, rows);
  },
  topk(draw) {
    const last = draw.int(1, 6); // of at least one row: ONNX Runtime ends the process on none
    return v.topk(draw.sketch.noise([...draw.axes(0, 2), last]), draw.int(1, last));
  },
};

/** Splits names into neighbouring groups, some of them empty. */
function grouped(draw: Draw, names: readonly string[]): string[][] {
  const groups: string[][] = [[]];
  for (const name of names) {
    while (draw.int(0, 2) > 0 && groups.length < 6) groups.push([]);
    groups.at(-1)!.push(name);
  }
  return groups;
}

const shuffled = (draw: Draw, names: readonly string[]): string[] =>
  names
    .map((name) => ({ name, key: draw.int(0, 1e9) }))
    .sort((a, b) => a.key - b.key)
    .map(({ name }) => name);

export function drawing(sketch: Sketch, gen: fc.GeneratorValue): Draw {
  const int = (min: number, max: number): number => gen(fc.integer, { min, max });
  const axis = (min = 1): Dim => {
    const size = int(min, 4);
    return int(0, 1) === 0 ? size : sketch.symbol(size);
  };
  return {
    sketch,
    int,
    axis,
    one: (...choices) => choices[int(0, choices.length - 1)]!,
    axes: (min, max, smallest) => Array.from({ length: int(min, max) }, () => axis(smallest)),
  };
}
