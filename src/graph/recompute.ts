/**
 * @file Activation checkpointing: a stretch of a graph is computed a second time for the backward pass, so that the
 * first time's inner values need not be kept. @see Chen et al. 2016, arXiv 1604.06174
 */

import { add, constant, emit, mul, type Primitive, slice, sources, type Value } from "./value.ts";

/** What lies behind `from` and before `to`, `to` included. */
export interface Segment {
  readonly from: Value;
  readonly to: Value;
}

/** The values of a segment that depend on its beginning. */
function inside({ from, to }: Segment): Set<Value> {
  const depends = new Map<Value, boolean>([[from, true]]);
  const visit = (value: Value): boolean => {
    const known = depends.get(value);
    if (known !== undefined) return known;
    const result = sources(value).map(visit).includes(true);
    depends.set(value, result);
    return result;
  };
  visit(to);
  depends.delete(from);
  return new Set([...depends].filter(([, result]) => result).map(([value]) => value));
}

/**
 * The segment once more, made only where it is asked for. It begins from `from` + 0 · dy: a runtime can then neither
 * compute it before the backward pass has come to dy, nor see that it equals the first time.
 *
 * @param dy gradient of the segment's end
 * @returns the values of the segment, and the second form of any value; that of one outside is the value itself
 */
export function again(
  segment: Segment,
  dy: Value,
): { inner: ReadonlySet<Value>; copy: (value: Value) => Value } {
  const inner = inside(segment);
  const first = dy.shape.reduce<Value>((part, _, axis) => slice(part, axis, 0, 1), dy);
  const copies = new Map([[segment.from, add(segment.from, mul(first, constant(0)))]]);
  const copy = (value: Value): Value => {
    const known = copies.get(value);
    if (known) return known;
    if (!inner.has(value)) return value;
    const inputs = value.inputs.map(copy);
    const made =
      value.kind === "composite"
        ? { ...value, inputs, definition: copy(value.definition) }
        : emit(value.op, inputs as Primitive["inputs"], value.attrs);
    copies.set(value, made);
    return made;
  };
  return { inner, copy };
}
