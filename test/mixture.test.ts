import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { input } from "../src/graph/value.ts";
import { keepTopK } from "../src/nn/moe.ts";
import { float32 } from "../src/tensor/tensor.ts";
import { assertClose } from "./close.ts";
import { interpret } from "./interpreter.ts";

/** Different numbers above 0, as softmax gives them. */
const probabilities = fc
  .uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 6 })
  .map((numbers) => numbers.map((n) => n / 1000));

test("the k largest probabilities stay, divided by their sum on request; the others become 0", () => {
  fc.assert(
    fc.property(probabilities, fc.nat(), fc.boolean(), (row, some, normalise) => {
      const k = 1 + (some % row.length);
      const p = input("p", "float32", ["T", row.length]);
      const feeds = { p: float32([2, row.length], [...row, ...row.toReversed()]) };
      const { kept } = interpret({ kept: keepTopK(p, k, normalise) }, feeds);
      const best = row.toSorted((a, b) => b - a).slice(0, k);
      const sum = normalise ? best.reduce((total, share) => total + share, 0) : 1;
      const expected = row.map((share) => (best.includes(share) ? share / sum : 0));
      assert.deepEqual(kept!.shape, [2, row.length]);
      assertClose(kept!.data, [...expected, ...expected.toReversed()], "kept", 1e-6);
    }),
    { seed: 1, numRuns: 100 },
  );
});
