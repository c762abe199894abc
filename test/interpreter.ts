/** @file What every primitive means, one element after another in float64: slow, obvious, for tests only. */

import type { Inputs, OpName, Table } from "../src/graph/ops.ts";
import { axisSizes, parseRearrange } from "../src/graph/rearrange.ts";
import { type Primitive, topological, type Value } from "../src/graph/value.ts";
import type { Tensors } from "../src/runtime/program.ts";
import type { DType } from "../src/tensor/dtype.ts";
import { type Dim, evaluate } from "../src/tensor/shape.ts";
import type { Tensor } from "../src/tensor/tensor.ts";

/** A tensor of any dtype as ordinary numbers; bool as 0 and 1. */
export interface Numbers {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Surroundings {
  readonly feeds: Tensors;
  readonly weights: ReadonlyMap<string, Tensor>;
  size(dim: Dim): number;
}

export function numbers({ dtype, shape, data }: Tensor): Numbers {
  if (dtype === "float16" || dtype === "bfloat16") throw new Error(`no numbers of ${dtype}`);
  return { dtype, shape, data: Array.from(data as ArrayLike<number | bigint>, Number) };
}

/** Every index of a shape, last axis fastest. */
function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

const make = (dtype: DType, shape: readonly number[], valueAt: (index: number[]) => number): Numbers => ({
  dtype,
  shape,
  data: indices(shape).map(valueAt),
});

/** The element at `index`, whose last axes are matched with those of `x`; an axis of size 1 repeats. */
function at({ shape, data }: Numbers, index: readonly number[]): number {
  const own = index.slice(index.length - shape.length);
  return data[shape.reduce((offset, size, axis) => offset * size + (size === 1 ? 0 : own[axis]!), 0)]!;
}

function broadcastShape(parts: readonly Numbers[]): number[] {
  const rank = Math.max(...parts.map(({ shape }) => shape.length));
  return Array.from(
    { length: rank },
    (_, axis) => parts.map(({ shape }) => shape[axis - rank + shape.length] ?? 1).find((n) => n !== 1) ?? 1,
  );
}

const pointwise =
  (f: (...values: number[]) => number, dtype?: DType) =>
  (inputs: readonly Numbers[]): Numbers =>
    make(dtype ?? inputs.at(-1)!.dtype, broadcastShape(inputs), (index) =>
      f(...inputs.map((x) => at(x, index))),
    );

const reduce =
  (f: (values: number[]) => number) =>
  ([x]: readonly [Numbers], { axis }: { axis: number }): Numbers =>
    make(x.dtype, x.shape.with(axis, 1), (index) =>
      f(Array.from({ length: x.shape[axis]! }, (_, i) => at(x, index.with(axis, i)))),
    );

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!, all terms of one sign. */
function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [sum, term] = [0, x];
  for (let n = 0; Math.abs(term) > 1e-20; n++) {
    sum += term;
    term *= (2 * x * x) / (2 * n + 3);
  }
  return ((2 / Math.sqrt(Math.PI)) * sum) / Math.exp(x * x);
}

const isWhole = (dtype: DType): boolean => dtype !== "float32";

const meaning: Table<Numbers, Numbers, Surroundings> = {
  input: (_, { name }, { feeds }) => numbers(feeds[name]!),
  param: (_, { name }, { weights }) => numbers(weights.get(name)!),
  constant: (_, { value }) => numbers(value),
  add: pointwise((a, b) => a + b),
  sub: pointwise((a, b) => a - b),
  mul: pointwise((a, b) => a * b),
  div: ([a, b]) => pointwise((x, y) => (isWhole(a.dtype) ? Math.trunc(x / y) : x / y))([a, b]),
  equal: pointwise((a, b) => Number(a === b), "bool"),
  less: pointwise((a, b) => Number(a < b), "bool"),
  where: pointwise((condition, a, b) => (condition ? a : b)),
  exp: pointwise(Math.exp),
  log: pointwise(Math.log),
  sqrt: pointwise(Math.sqrt),
  sin: pointwise(Math.sin),
  cos: pointwise(Math.cos),
  erf: pointwise(erf),
  sigmoid: pointwise((x) => 1 / (1 + Math.exp(-x))),
  cast([x], { to }) {
    if (to === "float16" || to === "bfloat16") throw new Error(`no numbers of ${to}`);
    const convert = to === "bool" ? (v: number) => Number(v !== 0) : isWhole(to) ? Math.trunc : Number;
    return pointwise(convert, to)([x]);
  },
  sum: reduce(total),
  max: reduce((values) => Math.max(...values)),
  matmul([a, b]) {
    const [k, n] = b.shape.slice(-2) as [number, number];
    const batch = broadcastShape([a, b].map((x) => ({ ...x, shape: x.shape.slice(0, -2) })));
    return make("float32", [...batch, a.shape.at(-2)!, n], (index) => {
      const [row, column] = [index.at(-2)!, index.at(-1)!];
      const outer = index.slice(0, -2);
      const products = Array.from(
        { length: k },
        (_, i) => at(a, [...outer, row, i]) * at(b, [...outer, i, column]),
      );
      return total(products);
    });
  },
  rearrange([x], { pattern, sizes }, { size }) {
    const { left, right } = parseRearrange(pattern);
    const given = Object.entries(sizes).map(([name, dim]) => [name, size(dim)]);
    const found = axisSizes(pattern, x.shape, Object.fromEntries(given)) as Record<string, number>;
    const length = (group: readonly string[]) => group.reduce((n, name) => n * found[name]!, 1);
    return make(x.dtype, right.map(length), (index) => {
      const place: Record<string, number> = {};
      right.forEach((group, axis) => {
        let rest = index[axis]!;
        for (const name of group.toReversed()) {
          place[name] = rest % found[name]!;
          rest = Math.floor(rest / found[name]!);
        }
      });
      const from = left.map((group) => group.reduce((n, name) => n * found[name]! + place[name]!, 0));
      return at(x, from);
    });
  },
  expand: ([x], { shape }, { size }) => make(x.dtype, shape.map(size), (index) => at(x, index)),
  concat(inputs, { axis }) {
    const [first] = inputs as [Numbers, ...Numbers[]];
    const length = total(inputs.map(({ shape }) => shape[axis]!));
    return make(first.dtype, first.shape.with(axis, length), (index) => {
      let i = index[axis]!;
      const part = inputs.find(({ shape }) => {
        if (i < shape[axis]!) return true;
        i -= shape[axis]!;
        return false;
      })!;
      return at(part, index.with(axis, i));
    });
  },
  slice([x], { axis, start, end }, { size }) {
    const from = size(start);
    return make(x.dtype, x.shape.with(axis, size(end) - from), (index) =>
      at(x, index.with(axis, index[axis]! + from)),
    );
  },
  gather([x, index], { axis }) {
    const rank = index.shape.length;
    const shape = [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)];
    return make(x.dtype, shape, (place) => {
      const row = at(index, place.slice(axis, axis + rank));
      return at(x, [...place.slice(0, axis), row, ...place.slice(axis + rank)]);
    });
  },
  scatterAdd([index, updates], { rows }, { size }) {
    const rank = index.shape.length;
    const places = indices(index.shape);
    return make(updates.dtype, [size(rows), ...updates.shape.slice(rank)], ([row, ...rest]) =>
      total(places.map((place) => (at(index, place) === row ? at(updates, [...place, ...rest]) : 0))),
    );
  },
  topk([x], { k }) {
    const best = (outer: readonly number[]): number[] =>
      Array.from({ length: x.shape.at(-1)! }, (_, i) => i).sort(
        (i, j) => at(x, [...outer, j]) - at(x, [...outer, i]),
      );
    return make("int64", x.shape.with(-1, k), (index) => best(index.slice(0, -1))[index.at(-1)!]!);
  },
};

/**
 * Compute values by their meaning; a composite is what its definition says.
 *
 * @param feeds every graph input
 * @param weights every parameter
 */
export function interpret(
  outputs: Readonly<Record<string, Value>>,
  feeds: Tensors,
  weights: ReadonlyMap<string, Tensor> = new Map(),
): Record<string, Numbers> {
  const symbols = new Map<string, number>();
  for (const value of topological(Object.values(outputs)))
    if (value.kind === "primitive" && value.op === "input") {
      const { name, shape } = (value as Primitive<"input">).attrs;
      shape.forEach((dim, axis) => {
        if (typeof dim === "string" && /^\w+$/.test(dim)) symbols.set(dim, feeds[name]!.shape[axis]!);
      });
    }
  const surroundings = { feeds, weights, size: (dim: Dim) => evaluate(dim, symbols) };
  const known = new Map<Value, Numbers>();
  const apply = <K extends OpName>({ op, inputs, attrs }: Primitive<K>): Numbers =>
    meaning[op]((inputs as readonly Value[]).map(compute) as Inputs<K, Numbers>, attrs, surroundings);
  const compute = (value: Value): Numbers => {
    const before = known.get(value);
    if (before) return before;
    const result = value.kind === "composite" ? compute(value.definition) : apply(value);
    known.set(value, result);
    return result;
  };
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, compute(value)]));
}
