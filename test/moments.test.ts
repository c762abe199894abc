/** @file Second moments of what linear layers are fed, as outputs of the graph itself. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { experts, linear } from "../src/graph/composites.ts";
import type { Attrs } from "../src/graph/ops.ts";
import type { Value } from "../src/graph/value.ts";
import { WINDOW } from "../src/quantise/compensation.ts";
import { momentOutputs } from "../src/quantise/moments.ts";
import { float32 } from "../src/tensor/tensor.ts";
import { assertClose } from "./close.ts";
import { execute, lowerings } from "./execute.ts";
import { interpret } from "./interpreter.ts";
import { Sketch } from "./sketch.ts";

const nameOf = (weight: Value): string => (weight.attrs as Attrs<"param">).name;

/** Σ x xᵀ of the first window, by hand. */
function expected(x: readonly number[], width: number, share: (t: number) => number = () => 1): number[] {
  const moments = Array<number>(WINDOW * WINDOW).fill(0);
  for (let t = 0; t < x.length / width; t++)
    for (let i = 0; i < width; i++)
      for (let j = 0; j < width; j++)
        moments[i * WINDOW + j]! += share(t) ** 2 * x[t * width + i]! * x[t * width + j]!;
  return moments;
}

test("every linear layer's inputs are summed, with an expert's tokens by their routing weight", async (t) => {
  const s = new Sketch();
  const x = s.noise([s.symbol(3), 5]);
  const shares = [0.75, 0.25, 1, 0, 0, 0.5];
  const routes = s.feed([x.shape[0]!, 2], float32([3, 2], shares));
  const weights = [0, 1].map((): [Value, Value, Value] => [
    s.param([4, 5]),
    s.param([4, 5]),
    s.param([5, 4]),
  ]);
  const last = s.param([6, 5]);
  const y = linear(experts(x, routes, weights), last);
  const { outputs, ofWeight } = momentOutputs([y], "moment");
  // Gate and up of an expert share their input: one sum for both.
  assert.equal(Object.keys(outputs).length, 2 + 2 + 1);
  assert.deepEqual([...ofWeight.keys()].sort(), [...weights.flat(), last].map(nameOf).sort());
  assert.equal(ofWeight.get(nameOf(weights[0]![0])), ofWeight.get(nameOf(weights[0]![1])));

  const fed = interpret({ x, y: y.inputs[0]! }, s.feeds, s.weights);
  for (const kernels of lowerings)
    await t.test(kernels, async () => {
      const all = { y, ...outputs, ...s.outputs };
      const found = await execute(all, s.feeds, s.weights, { kernels, storage: "float32" });
      const of = (weight: Value) => found[ofWeight.get(nameOf(weight))!]!;
      assert.deepEqual(of(last).shape, [1, WINDOW, WINDOW]);
      assertClose(of(last).data, expected(fed.y!.data, 5), "last");
      for (const e of [0, 1])
        assertClose(
          of(weights[e]![0]).data,
          expected(fed.x!.data, 5, (token) => shares[2 * token + e]!),
          `expert ${e}`,
        );
    });
});
