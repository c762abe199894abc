import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { OpName } from "../src/graph/ops.ts";
import { assertClose } from "./close.ts";
import { execute } from "./execute.ts";
import { interpret } from "./interpreter.ts";
import { drawing, graphs } from "./random_graphs.ts";
import { Sketch } from "./sketch.ts";

const runs = 12;

test("every primitive computes in ONNX Runtime what it means", async (t) => {
  const sketch = new Sketch();
  const ops = Object.keys(graphs) as OpName[];
  ops.forEach((op, seed) => {
    fc.sample(fc.gen(), { numRuns: runs, seed }).forEach((gen, n) => {
      sketch.add(`${op} ${n}`, graphs[op](drawing(sketch, gen)));
    });
  });
  const expected = interpret(sketch.outputs, sketch.feeds, sketch.weights);
  const results = await execute(sketch.outputs, sketch.feeds, sketch.weights, {
    kernels: "plain",
    storage: "float32",
  });
  for (const op of ops)
    await t.test(op, () => {
      for (let n = 0; n < runs; n++) {
        const name = `${op} ${n}`;
        const [actual, wanted, value] = [results[name]!, expected[name]!, sketch.outputs[name]!];
        const what = `${name}, ${value.dtype} [${value.shape}]`;
        assert.deepEqual(actual.shape, wanted.shape, what);
        assert.equal(actual.dtype, wanted.dtype, what);
        assert.equal(value.dtype, wanted.dtype, what);
        assert.deepEqual(
          value.shape.map((dim) => sketch.size(dim)),
          wanted.shape,
          what,
        );
        assertClose(actual.data, wanted.data, what);
      }
    });
});
