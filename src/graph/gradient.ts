/** @file Reverse-mode differentiation: the backward pass is more graph, one rule per primitive. */

import { ShapeError } from "../errors.ts";
import { type Dim, minus, plus, type Shape, show } from "../tensor/shape.ts";
import { compositeGradient } from "./composite_gradients.ts";
import type { OpName, Table } from "./ops.ts";
import { axisSizes, reverseRearrange } from "./rearrange.ts";
import { again, type Segment } from "./recompute.ts";
import {
  add,
  cast,
  concat,
  constant,
  cos,
  div,
  equal,
  exp,
  expand,
  gather,
  matmul,
  mul,
  type Primitive,
  rearrange,
  scatterAdd,
  sin,
  slice,
  sources,
  sub,
  sum,
  type Value,
  where,
} from "./value.ts";

/** What a rule may look at besides the op's inputs: dy = dL/dy, and y itself. */
interface Backward {
  readonly dy: Value;
  readonly y: Value;
}

/** dL/dx of each input, undefined where none flows. Rules may ignore broadcasting: the driver sums it away. */
type Rules = Table<Value, readonly (Value | undefined)[], Backward>;

const none = () => [];
const negative = (x: Value): Value => mul(x, constant(-1));

const rules: Rules = {
  input: none,
  param: none,
  constant: none,
  add: (_, __, { dy }) => [dy, dy],
  sub: (_, __, { dy }) => [dy, negative(dy)],
  mul: ([a, b], _, { dy }) => [mul(dy, b), mul(dy, a)],
  div: ([, b], _, { dy, y }) => [div(dy, b), negative(div(mul(dy, y), b))],
  equal: none,
  less: none,
  where: ([condition], _, { dy }) => [
    undefined,
    where(condition, dy, constant(0)),
    where(condition, constant(0), dy),
  ],
  exp: (_, __, { dy, y }) => [mul(dy, y)],
  log: ([x], _, { dy }) => [div(dy, x)],
  sqrt: (_, __, { dy, y }) => [div(mul(dy, constant(0.5)), y)],
  sin: ([x], _, { dy }) => [mul(dy, cos(x))],
  cos: ([x], _, { dy }) => [negative(mul(dy, sin(x)))],
  erf: ([x], _, { dy }) => [mul(dy, mul(exp(negative(mul(x, x))), constant(2 / Math.sqrt(Math.PI))))],
  sigmoid: (_, __, { dy, y }) => [mul(dy, mul(y, sub(constant(1), y)))],
  cast: ([x], _, { dy }) => [x.dtype === "float32" ? dy : undefined],
  sum: ([x], _, { dy }) => [expand(dy, x.shape)],
  max([x], { axis }, { dy, y }) {
    const isLargest = cast(equal(x, y), "float32"); // equals share what comes back
    return [mul(dy, div(isLargest, sum(isLargest, axis)))];
  },
  matmul([a, b], _, { dy }) {
    const da = matmul(dy, transposed(b));
    if (b.shape.length > 2) return [da, matmul(transposed(a), dy)];
    // One product over all rows instead of one for each matrix of `a`, and their sum. Turned round, it is the gradient
    // of a linear layer's weight as it is stored, and turning it twice costs nothing.
    const [rows, outer] = [rowsOf(a), rowsOf(dy)];
    return [da, transposed(matmul(transposed(outer), rows))];
  },
  rearrange: ([x], { pattern, sizes }, { dy }) => [
    rearrange(dy, reverseRearrange(pattern), axisSizes(pattern, x.shape, sizes)),
  ],
  expand: (_, __, { dy }) => [dy],
  concat(inputs, { axis }, { dy }) {
    let start: Dim = 0;
    return inputs.map((x) => {
      const end = plus(start, x.shape[axis]!);
      const part = slice(dy, axis, start, end);
      start = end;
      return part;
    });
  },
  slice([x], { axis, start, end }, { dy }) {
    const zeros = (size: Dim) => (size === 0 ? [] : [expand(constant(0), x.shape.with(axis, size))]);
    return [concat([...zeros(start), dy, ...zeros(minus(x.shape[axis]!, end))], axis)];
  },
  gather([x, index], { axis }, { dy }) {
    const rank = x.shape.length;
    const outer = names("o", axis);
    const places = names("i", index.shape.length);
    const inner = names("r", rank - axis - 1);
    const front = rearrange(dy, movement([outer, places, inner], [places, outer, inner]));
    const summed = scatterAdd(index, front, x.shape[axis]!);
    return [rearrange(summed, movement([["n"], outer, inner], [outer, ["n"], inner])), undefined];
  },
  scatterAdd: ([index], _, { dy }) => [undefined, gather(dy, index)],
  topk: none,
};

const names = (stem: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${stem}${i}`);
const movement = (...sides: readonly (readonly string[])[][]): string =>
  sides.map((side) => side.flat().join(" ")).join(" -> ");

function transposed(x: Value): Value {
  const outer = names("o", x.shape.length - 2);
  return rearrange(x, movement([outer, ["m", "n"]], [outer, ["n", "m"]]));
}

/** [..., M, N] as [(... M), N]. */
function rowsOf(x: Value): Value {
  const outer = names("o", x.shape.length - 1);
  return rearrange(x, `${outer.join(" ")} n -> (${outer.join(" ")}) n`);
}

/**
 * dL/dx for each of `targets`. Composites are differentiated through their definition unless they have a rule of their
 * own, shared values once, and only what lies between the targets and the loss.
 *
 * @param loss one float32 element
 * @param segments whose inner values are computed again instead of kept; the gradient enters each at its end only, but
 *   for values that are needed outside as well
 * @returns values of the targets' shapes; zeros for a target that the loss does not depend on
 * @throws ShapeError when the loss has more than one element or a target is not float32
 */
export function gradient(loss: Value, targets: readonly Value[], segments: readonly Segment[] = []): Value[] {
  if (loss.dtype !== "float32" || loss.shape.some((size) => size !== 1))
    throw new ShapeError(
      "gradient",
      `expected a loss of one float32 element, got ${loss.dtype} ${show(loss.shape)}`,
    );
  const wrong = targets.find(({ dtype }) => dtype !== "float32");
  if (wrong)
    throw new ShapeError("gradient", `expected float32 targets, got ${wrong.dtype} ${show(wrong.shape)}`);
  const order = dependents(loss, new Set(targets));
  const wanted = new Set(order);
  const collected = new Map<Value, Value>([[loss, expand(constant(1), loss.shape)]]);
  const give = (x: Value, dx: Value) => {
    const before = collected.get(x);
    const reduced = unbroadcast(dx, x.shape);
    collected.set(x, before ? add(before, reduced) : reduced);
  };
  const ends = new Map(segments.map((segment) => [segment.to, segment]));
  const second = new Map<Value, (value: Value) => Value>();
  for (const y of order.reverse()) {
    const dy = collected.get(y);
    if (!dy) continue;
    const segment = ends.get(y);
    if (segment) {
      const { inner, copy } = again(segment, dy);
      for (const value of inner) second.set(value, copy);
    }
    const copy = second.get(y) ?? ((value: Value) => value);
    if (y.kind === "composite") {
      const [first, ...others] = y.inputs;
      const isShort = !others.some((x) => wanted.has(x));
      const dx = isShort ? compositeGradient(y, y.inputs.map(copy), { dy, y: copy(y) }) : undefined;
      if (dx) give(first!, dx);
      else give(y.definition, dy);
    } else
      backward(y, dy, copy).forEach((dx, i) => {
        const x = y.inputs[i]!;
        if (dx && wanted.has(x)) give(x, dx);
      });
  }
  return targets.map((target) => collected.get(target) ?? expand(constant(0), target.shape));
}

/** @param copy what the rule sees of the forward pass: the values themselves, or their second form */
function backward<K extends OpName>(
  y: Primitive<K>,
  dy: Value,
  copy: (value: Value) => Value,
): readonly (Value | undefined)[] {
  const inputs = (y.inputs as readonly Value[]).map(copy) as unknown as Primitive<K>["inputs"];
  return rules[y.op](inputs, y.attrs, { dy, y: copy(y as Primitive) });
}

/** The values below `loss` that depend on a target, targets included; what a value depends on comes first. */
function dependents(loss: Value, targets: ReadonlySet<Value>): Value[] {
  const depends = new Map<Value, boolean>();
  const visit = (value: Value): boolean => {
    const known = depends.get(value);
    if (known !== undefined) return known;
    const below = sources(value).map(visit).includes(true);
    const result = below || targets.has(value);
    depends.set(value, result); // a Map keeps the order of insertion: sources first
    return result;
  };
  visit(loss);
  return [...depends].filter(([, result]) => result).map(([value]) => value);
}

/** Undo broadcasting: sum `dx` over the axes that `shape` lacks, or has with size 1. */
function unbroadcast(dx: Value, shape: Shape): Value {
  const summed = shape.reduce<Value>((value, size, axis) => {
    const at = axis + dx.shape.length - shape.length;
    return size === 1 && dx.shape[at] !== 1 ? sum(value, at) : value;
  }, dx);
  const extra = names("e", dx.shape.length - shape.length);
  if (extra.length === 0) return summed;
  // The axes in front are summed as one, in one pass.
  const kept = names("k", shape.length);
  const flat = rearrange(
    summed,
    `${extra.join(" ")} ${kept.join(" ")} -> (${extra.join(" ")}) ${kept.join(" ")}`,
  );
  return rearrange(sum(flat, 0), movement([["1"], kept], [kept]));
}
