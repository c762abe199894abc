/** @file Shapes with symbolic axes: exact arithmetic on polynomials such as "P+S" and "4*M". No data, no graph. */

import { ShapeError } from "../errors.ts";

/** One axis size: a number, or a polynomial over symbols whose values are known only at run time. */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Readable form of a shape: "[B, S, 64]". */
export const show = (shape: Shape): string => `[${shape.join(", ")}]`;

/** One term of a polynomial: a whole-number coefficient times symbols in alphabetical order. */
interface Term {
  readonly coefficient: number;
  readonly symbols: readonly string[];
}

/** The terms of a dim: "4*M+P" is 4·M + P; a number is one term without symbols. */
export function termsOf(dim: Dim): Term[] {
  if (typeof dim === "number") return [{ coefficient: dim, symbols: [] }];
  return dim.split("+").map((text) => {
    const factors = text.split("*");
    const symbols = factors.filter((factor) => !/^-?\d+$/.test(factor));
    const coefficient = factors
      .filter((factor) => /^-?\d+$/.test(factor))
      .reduce((product, factor) => product * Number(factor), 1);
    return { coefficient, symbols: symbols.sort() };
  });
}

/** Collect like terms and write the canonical text, so that equal sizes are equal strings. */
function canonical(terms: readonly Term[]): Dim {
  const coefficients = new Map<string, number>();
  for (const { coefficient, symbols } of terms) {
    const key = symbols.join("*");
    coefficients.set(key, (coefficients.get(key) ?? 0) + coefficient);
  }
  const kept = [...coefficients].filter(([, coefficient]) => coefficient !== 0).sort();
  if (kept.length === 0) return 0;
  if (kept.length === 1 && kept[0]![0] === "") return kept[0]![1];
  return kept
    .map(([key, coefficient]) =>
      key === "" ? `${coefficient}` : coefficient === 1 ? key : `${coefficient}*${key}`,
    )
    .join("+");
}

/** a + b. */
export const plus = (a: Dim, b: Dim): Dim => canonical([...termsOf(a), ...termsOf(b)]);

/** a − b. */
export const minus = (a: Dim, b: Dim): Dim => plus(a, times(b, -1));

/** a · b. */
export function times(a: Dim, b: Dim): Dim {
  return canonical(
    termsOf(a).flatMap((x) =>
      termsOf(b).map((y) => ({
        coefficient: x.coefficient * y.coefficient,
        symbols: [...x.symbols, ...y.symbols].sort(),
      })),
    ),
  );
}

/** Product of sizes; 1 for none. */
export const product = (dims: readonly Dim[]): Dim => dims.reduce<Dim>(times, 1);

/**
 * a / b where b is a itself or a single term that divides every term of a.
 *
 * @returns undefined when the division is not exact
 */
export function dividedBy(a: Dim, b: Dim): Dim | undefined {
  const [divisor, ...others] = termsOf(b);
  if (divisor === undefined || divisor.coefficient === 0) return undefined;
  if (a === 0) return 0;
  if (a === b) return 1;
  if (others.length > 0) return undefined;
  const quotient: Term[] = [];
  for (const { coefficient, symbols } of termsOf(a)) {
    const left = [...symbols];
    for (const symbol of divisor.symbols) {
      const at = left.indexOf(symbol);
      if (at < 0) return undefined;
      left.splice(at, 1);
    }
    if (coefficient % divisor.coefficient !== 0) return undefined;
    quotient.push({ coefficient: coefficient / divisor.coefficient, symbols: left });
  }
  return canonical(quotient);
}

/** Value of a dim once its symbols are known. @throws ShapeError for a symbol without a value */
export function evaluate(dim: Dim, sizes: ReadonlyMap<string, number>): number {
  return termsOf(dim).reduce((sum, { coefficient, symbols }) => {
    const factors = symbols.map((symbol) => {
      const size = sizes.get(symbol);
      if (size === undefined)
        throw new ShapeError(
          `axis ${dim}`,
          `symbol ${symbol} has no value; known: ${[...sizes.keys()].join(", ")}`,
        );
      return size;
    });
    return sum + factors.reduce((result, factor) => result * factor, coefficient);
  }, 0);
}

/** NumPy broadcasting of two shapes. @throws ShapeError naming `where` and both shapes */
export function broadcast(where: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const pad = (shape: Shape): Shape => [...Array<Dim>(rank - shape.length).fill(1), ...shape];
  const [x, y] = [pad(a), pad(b)];
  return x.map((size, axis) => {
    const other = y[axis]!;
    if (size === other || other === 1) return size;
    if (size === 1) return other;
    throw new ShapeError(where, `expected shapes that broadcast, got ${show(a)} and ${show(b)}`);
  });
}
