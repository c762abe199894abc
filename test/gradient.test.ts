import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { logSumExp, rotary, softmax } from "../src/graph/composites.ts";
import { gradient } from "../src/graph/gradient.ts";
import type { OpName } from "../src/graph/ops.ts";
import * as v from "../src/graph/value.ts";
import type { Tensor } from "../src/tensor/tensor.ts";
import { elementCount, float32 } from "../src/tensor/tensor.ts";
import { assertClose } from "./close.ts";
import { interpret } from "./interpreter.ts";
import { noise } from "./prng.ts";
import { drawing, graphs } from "./random_graphs.ts";
import { Sketch } from "./sketch.ts";

const runs = 20;
const step = 2 ** -10; // exact in float32, so that the perturbed feeds are what they say

/** Σ weights · y over all elements, and the leaves of `y` that it can be differentiated by. */
function lossOf(y: v.Value, sketch: Sketch, name: string) {
  const sizes = y.shape.map((dim) => sketch.size(dim));
  const weighted = v.mul(y, sketch.feed(y.shape, noise(`${name} weights`, sizes)));
  const loss = weighted.shape.reduce<v.Value>((sum, _, axis) => v.sum(sum, axis), weighted);
  const leaves = v
    .topological([y])
    .filter(({ dtype, op }) => dtype === "float32" && (op === "input" || op === "param"));
  return { loss, leaves };
}

for (const [seed, op] of (Object.keys(graphs) as OpName[]).entries())
  test(`the gradient of ${op} is that of central differences`, () => {
    let checked = 0;
    for (const [n, gen] of fc.sample(fc.gen(), { numRuns: runs, seed }).entries()) {
      const sketch = new Sketch();
      const y = graphs[op](drawing(sketch, gen));
      if (y.dtype !== "float32") continue;
      const { loss, leaves } = lossOf(y, sketch, `${op} ${n}`);
      if (leaves.length === 0) continue;
      const exact = interpret(
        { ...sketch.outputs, ...Object.fromEntries(gradient(loss, leaves).entries()) }, // the sketch's own outputs give the symbols their sizes
        sketch.feeds,
        sketch.weights,
      );
      leaves.forEach((leaf, i) => {
        const { name } = (leaf as v.Primitive<"input">).attrs;
        const holder = (leaf.op === "param" ? Object.fromEntries(sketch.weights) : sketch.feeds) as Record<
          string,
          Tensor
        >;
        const { shape, data } = holder[name]! as Tensor<"float32">;
        assert.equal(exact[i]!.data.length, elementCount(shape));
        const at = (k: number, delta: number): number => {
          const moved = float32(shape, data.with(k, data[k]! + delta));
          const feeds = leaf.op === "input" ? { ...sketch.feeds, [name]: moved } : sketch.feeds;
          const weights =
            leaf.op === "param" ? new Map([...sketch.weights, [name, moved] as const]) : sketch.weights;
          return interpret({ ...sketch.outputs, loss }, feeds, weights).loss!.data[0]!;
        };
        data.forEach((_, k) => {
          const numeric = (at(k, step) - at(k, -step)) / (2 * step);
          const difference = Math.abs(numeric - exact[i]!.data[k]!);
          assert.ok(
            difference <= 2e-4 * Math.max(1, Math.abs(numeric)),
            `${op} ${n}: d/d${name}[${k}] is ${numeric}, the rule says ${exact[i]!.data[k]}`,
          );
          checked += 1;
        });
      });
    }
    const integer: readonly OpName[] = ["constant", "equal", "less", "topk"];
    assert.equal(checked > 0, !integer.includes(op), `${op}: ${checked} derivatives checked`);
  });

/** Composites with a gradient of their own, each of one value and of what is not differentiated. */
const composites: Readonly<
  Record<string, (s: Sketch, leaf: (shape: readonly number[]) => v.Value) => v.Value>
> = {
  softmax: (_, leaf) => softmax(leaf([3, 4]), 0),
  "softmax of the last axis": (_, leaf) => softmax(leaf([2, 3, 4]), -1),
  logSumExp: (_, leaf) => logSumExp(leaf([3, 4]), -1),
  rotary: (s, leaf) => rotary(leaf([2, 3, 4, 6]), s.noise([2, 4, 3]), s.noise([2, 4, 3])),
};
for (const [name, build] of Object.entries(composites))
  test(`the short gradient of ${name} is that of its definition`, () => {
    const sketch = new Sketch();
    const leaf: v.Value[] = [];
    const y = build(sketch, (shape) => {
      leaf.push(sketch.param(shape));
      return leaf[0]!;
    }) as v.Composite;
    const weights = sketch.feed(y.shape, noise(name, y.shape as readonly number[]));
    const slope = (value: v.Value) => {
      const loss = value.shape.reduce<v.Value>((sum, _, axis) => v.sum(sum, axis), v.mul(value, weights));
      return gradient(loss, leaf)[0]!;
    };
    const [short, whole] = [slope(y), slope(y.definition)];
    assert.ok(v.topological([short]).length < v.topological([whole]).length);
    const results = interpret({ ...sketch.outputs, short, whole }, sketch.feeds, sketch.weights);
    assertClose(results.short!.data, results.whole!.data, name, 1e-6);
  });

test("what a rotation's angles are computed from gets its gradient through the definition", () => {
  const sketch = new Sketch();
  const angle = sketch.param([1, 2, 3]);
  const y = rotary(sketch.noise([1, 2, 2, 6]), v.cos(angle), v.sin(angle)) as v.Composite;
  const slope = (value: v.Value) =>
    gradient(
      value.shape.reduce<v.Value>((sum, _, axis) => v.sum(sum, axis), value),
      [angle],
    )[0]!;
  const { a, b } = interpret({ a: slope(y), b: slope(y.definition) }, sketch.feeds, sketch.weights);
  assert.ok(a!.data.some((x) => x !== 0));
  assert.deepEqual(a, b);
});
