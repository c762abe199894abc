import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ShapeError } from "../errors.ts";
import { broadcast, type Dim, dividedBy, evaluate, minus, plus, product, times } from "./shape.ts";

const run = { seed: 1, numRuns: 300 };
const symbols = ["B", "P", "S", "longer_2"];
const atom: fc.Arbitrary<Dim> = fc.oneof(fc.integer({ min: -4, max: 6 }), fc.constantFrom(...symbols));
/** Any polynomial that plus, minus and times can make. */
const dim: fc.Arbitrary<Dim> = fc.letrec<{ dim: Dim }>((tie) => ({
  dim: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    atom,
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => plus(a, b)),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => times(a, b)),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => minus(a, b)),
  ),
})).dim;
/** One term other than 0: what can divide. */
const term = fc
  .tuple(
    fc.integer({ min: -4, max: 6 }).filter((n) => n !== 0),
    fc.array(fc.constantFrom(...symbols), { maxLength: 3 }),
  )
  .map(([coefficient, names]) => product([coefficient, ...names]));
const sizes = fc
  .tuple(...symbols.map(() => fc.integer({ min: 0, max: 5 })))
  .map((values) => new Map(symbols.map((symbol, n) => [symbol, values[n]!])));

test("dims add and multiply like polynomials, and equal ones are equal texts", () => {
  fc.assert(
    fc.property(dim, dim, dim, (a, b, c) => {
      assert.equal(plus(a, b), plus(b, a));
      assert.equal(times(a, b), times(b, a));
      assert.equal(plus(plus(a, b), c), plus(a, plus(b, c)));
      assert.equal(times(times(a, b), c), times(a, times(b, c)));
      assert.equal(times(a, plus(b, c)), plus(times(a, b), times(a, c)));
      assert.equal(minus(plus(a, b), b), a);
      assert.equal(minus(a, a), 0);
      assert.equal(plus(a, 0), a);
      assert.equal(times(a, 1), a);
      assert.equal(times(a, 0), 0);
      assert.equal(product([a, b, c]), times(a, times(b, c)));
    }),
    run,
  );
  assert.equal(product([]), 1);
});

test("dividing a product by a single term gives the other factor back, and a / a is 1", () => {
  fc.assert(
    fc.property(dim, term, (a, b) => {
      assert.equal(dividedBy(times(a, b), b), a);
      if (a !== 0) assert.equal(dividedBy(a, a), 1);
    }),
    run,
  );
});

const indivisible: readonly [Dim, Dim][] = [
  [7, 2],
  [5, "S"],
  ["P+S", "P"],
  ["3*S", 2],
  ["S", "S*S"],
  ["2*P+2*S", "P+S"],
  [4, 0],
  [0, 0],
];
for (const [a, b] of indivisible)
  test(`${a} / ${b} is not exact`, () => assert.equal(dividedBy(a, b), undefined));

test("evaluate keeps sums, differences and products", () => {
  fc.assert(
    fc.property(dim, dim, sizes, (a, b, known) => {
      const value = (of: Dim) => evaluate(of, known);
      assert.equal(value(plus(a, b)), value(a) + value(b));
      assert.equal(value(minus(a, b)), value(a) - value(b));
      assert.equal(Math.abs(value(times(a, b)) - value(a) * value(b)), 0);
    }),
    run,
  );
  assert.equal(evaluate("4*M+P*S+2", new Map(Object.entries({ M: 3, P: 5, S: 7 }))), 49);
});

test("a symbol without a value is an error that names it and the known ones", () => {
  assert.throws(() => evaluate("P+S", new Map([["S", 1]])), {
    name: "ShapeError",
    message: "axis P+S: symbol P has no value; known: S",
  });
});

test("broadcasting follows NumPy, with symbols equal only to themselves", () => {
  assert.deepEqual(broadcast("x", ["B", 1, "P+S"], [3, 1]), ["B", 3, "P+S"]);
  assert.deepEqual(broadcast("x", [], [2, "S"]), [2, "S"]);
  assert.deepEqual(broadcast("x", [0], [1]), [0]);
  for (const [a, b] of [
    [[2], [3]],
    [["S"], ["P"]],
    [["S"], [2]],
    [[0], [2]],
  ] satisfies [Dim[], Dim[]][])
    assert.throws(
      () => broadcast("add", a, b),
      (error: unknown) =>
        error instanceof ShapeError &&
        error.message === `add: expected shapes that broadcast, got [${a}] and [${b}]`,
    );
});
