/** @file "b s (h d) -> b h s d": one notation for split, merge, transpose and unit axes. */

import { ShapeError } from "../errors.ts";
import { type Dim, dividedBy, product, type Shape, show } from "../tensor/shape.ts";

/** A parsed pattern: per axis, the names it holds; a literal 1 is an axis without names. */
export interface Rearrangement {
  readonly left: readonly (readonly string[])[];
  readonly right: readonly (readonly string[])[];
}

const parsed = new Map<string, Rearrangement>();

/**
 * @param pattern names separated by spaces, groups in parentheses, 1 for a unit axis, one "->"
 * @throws ShapeError when the two sides do not hold the same names once each
 */
export function parseRearrange(pattern: string): Rearrangement {
  const known = parsed.get(pattern);
  if (known) return known;
  const sides = pattern.split("->").map((side) =>
    [...side.matchAll(/\(([^)]*)\)|(\S+)/g)].map((match) => {
      const names = (match[1] ?? match[2]!).trim().split(/\s+/);
      return names.filter((name) => name !== "1" && name !== "");
    }),
  );
  const [left, right] = sides;
  if (left === undefined || right === undefined || sides.length > 2)
    throw new ShapeError(`rearrange "${pattern}"`, 'expected one "->"');
  const names = left.flat().sort();
  if (names.join() !== right.flat().sort().join() || new Set(names).size !== names.length)
    throw new ShapeError(`rearrange "${pattern}"`, "expected the same names once on either side");
  const result = { left, right };
  parsed.set(pattern, result);
  return result;
}

/** The inverse movement, which is also its gradient. */
export const reverseRearrange = (pattern: string): string => pattern.split("->").reverse().join("->");

/**
 * Size of every name of a pattern. In each group at most one size may be left open; it is found by division.
 *
 * @param shape what the left side is matched against
 * @param sizes the sizes given by the caller
 */
export function axisSizes(
  pattern: string,
  shape: Shape,
  sizes: Readonly<Record<string, Dim>>,
): Record<string, Dim> {
  const { left } = parseRearrange(pattern);
  const where = `rearrange "${pattern}"`;
  if (left.length !== shape.length)
    throw new ShapeError(where, `expected rank ${left.length}, got ${show(shape)}`);
  const stray = Object.keys(sizes).filter((name) => !left.flat().includes(name));
  if (stray.length > 0)
    throw new ShapeError(where, `expected sizes of its names only, got ${stray.join(", ")}`);
  const found: Record<string, Dim> = { ...sizes };
  left.forEach((group, axis) => {
    const size = shape[axis]!;
    const open = group.filter((name) => found[name] === undefined);
    const closed = product(group.filter((name) => found[name] !== undefined).map((name) => found[name]!));
    const [name, ...more] = open;
    if (more.length > 0) throw new ShapeError(where, `expected sizes for all but one of ${open.join(", ")}`);
    const rest = dividedBy(size, closed);
    if (rest === undefined || (name === undefined && rest !== 1))
      throw new ShapeError(
        where,
        `expected axis ${axis} to be ${group.map((n) => found[n] ?? n).join(" * ") || 1}, got ${show(shape)}`,
      );
    if (name !== undefined) found[name] = rest;
  });
  return found;
}
