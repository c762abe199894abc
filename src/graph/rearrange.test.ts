import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dim, Shape } from "../tensor/shape.ts";
import { axisSizes, parseRearrange, reverseRearrange } from "./rearrange.ts";
import { input, rearrange } from "./value.ts";

const x = (shape: Shape) => input("x", "float32", shape);

const results: readonly [pattern: string, from: Shape, to: Shape, sizes?: Record<string, Dim>][] = [
  ["b s (h d) -> b h s d", ["B", "S", 12], ["B", 3, "S", 4], { h: 3 }],
  ["b h s d -> b s (h d)", ["B", 3, "S", 4], ["B", "S", 12]],
  ["(b s) d -> b s d", ["B*S", 5], ["B", "S", 5], { b: "B" }],
  ["b s -> b 1 s 1", ["B", "P+S"], ["B", 1, "P+S", 1]],
  ["b 1 s () -> s b", [2, 1, "S", 1], ["S", 2]],
  ["t (m c) d -> t m (c d)", ["T", "4*M", 8], ["T", "M", 32], { c: 4 }],
  ["(a b c) -> c (b a)", [30], [5, 6], { a: 2, b: 3 }],
  ["->", [], []],
];
for (const [pattern, from, to, sizes = {}] of results)
  test(`"${pattern}" of [${from}] is [${to}], and its reverse leads back`, () => {
    const moved = rearrange(x(from), pattern, sizes);
    assert.deepEqual(moved.shape, to);
    const all = axisSizes(pattern, from, sizes);
    assert.deepEqual(rearrange(moved, reverseRearrange(pattern), all).shape, from);
    const { left, right } = parseRearrange(pattern);
    assert.deepEqual(parseRearrange(reverseRearrange(pattern)), { left: right, right: left });
  });

const wrong: readonly [pattern: string, shape: Shape, sizes: Record<string, Dim>, message: string][] = [
  ["a b", [2, 3], {}, 'rearrange "a b": expected one "->"'],
  ["a -> a -> a", [2], {}, 'rearrange "a -> a -> a": expected one "->"'],
  ["a b -> a", [2, 3], {}, 'rearrange "a b -> a": expected the same names once on either side'],
  ["a a -> a a", [2, 2], {}, 'rearrange "a a -> a a": expected the same names once on either side'],
  ["a -> a", [2, "S"], {}, 'rearrange "a -> a": expected rank 1, got [2, S]'],
  ["(a b) -> a b", [6], {}, 'rearrange "(a b) -> a b": expected sizes for all but one of a, b'],
  ["(a b) -> a b", [7], { a: 2 }, 'rearrange "(a b) -> a b": expected axis 0 to be 2 * b, got [7]'],
  ["(a b) -> a b", ["S"], { a: 2 }, 'rearrange "(a b) -> a b": expected axis 0 to be 2 * b, got [S]'],
  ["a 1 -> a", [2, 3], {}, 'rearrange "a 1 -> a": expected axis 1 to be 1, got [2, 3]'],
  ["a b -> b a", [2, 3], { b: 4 }, 'rearrange "a b -> b a": expected axis 1 to be 4, got [2, 3]'],
  ["a -> a", [2], { b: 4 }, 'rearrange "a -> a": expected sizes of its names only, got b'],
];
for (const [pattern, shape, sizes, message] of wrong)
  test(`"${pattern}" of [${shape}] with ${JSON.stringify(sizes)} is refused`, () =>
    assert.throws(() => rearrange(x(shape), pattern, sizes), { name: "ShapeError", message }));
