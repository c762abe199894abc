import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { epochBatches, type SampledRecord, type SamplerOptions } from "./sampler.ts";

const record = fc.record({
  length: fc.integer({ min: 1, max: 500 }),
  region: fc.constantFrom("breast", "liver", "heart"),
});
const options: SamplerOptions = { seed: 1, regions: "proportional", tokenBudget: 1000, groupSize: 16 };

test("an epoch holds every record once, in batches within the budget, the same again for the same seed", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 80 }), fc.integer({ min: 0, max: 5 }), (records, epoch) => {
      const batches = epochBatches(records, epoch, options);
      assert.deepEqual(
        batches.flat().sort((a, b) => a - b),
        [...records.keys()],
      );
      for (const batch of batches) {
        const longest = Math.max(...batch.map((i) => records[i]!.length));
        assert.ok(batch.length === 1 || longest * batch.length <= options.tokenBudget);
      }
      assert.deepEqual(epochBatches(records, epoch, options), batches);
    }),
    { numRuns: 50, seed: 1 },
  );
});

test("epochs and seeds differ", () => {
  const records = Array.from({ length: 64 }, (_, i): SampledRecord => ({ length: 100 + i, region: "liver" }));
  const batches = (seed: number, epoch: number) =>
    epochBatches(records, epoch, { ...options, seed }).join(";");
  assert.equal(new Set([batches(1, 0), batches(1, 1), batches(2, 0), batches(2, 1)]).size, 4);
});

test("balanced sampling draws every region equally often and leaves none of a region out", () => {
  const regions = [..."a".repeat(30), ..."b".repeat(7), "c"];
  const records = regions.map((region): SampledRecord => ({ length: 10, region }));
  const drawn = epochBatches(records, 0, { ...options, regions: "balanced" }).flat();
  const counts = ["a", "b", "c"].map((region) => drawn.filter((i) => records[i]!.region === region).length);
  assert.deepEqual(counts, [30, 30, 30]);
  assert.equal(new Set(drawn).size, records.length);
});

test("like lengths stand together: little is padding, and batches are full", () => {
  const records = Array.from(
    { length: 400 },
    (_, i): SampledRecord => ({ length: 20 + ((i * 37) % 300), region: "x" }),
  );
  const batches = epochBatches(records, 0, { ...options, tokenBudget: 2000, groupSize: 200 });
  const padded = batches.reduce(
    (sum, batch) => sum + batch.length * Math.max(...batch.map((i) => records[i]!.length)),
    0,
  );
  const total = records.reduce((sum, { length }) => sum + length, 0);
  assert.ok(padded < 1.1 * total, `${padded} tokens for ${total}`);
  assert.ok(batches.length < (1.3 * total) / 2000, `${batches.length} batches for ${total} tokens`);
});

test("small groups leave no short batches behind, and a group of one leaves records as they were drawn", () => {
  const records = Array.from(
    { length: 390 },
    (_, i): SampledRecord => ({ length: 40 + (i % 20), region: "x" }),
  );
  const batches = epochBatches(records, 0, { ...options, groupSize: 1 });
  const short = batches.filter((batch) => batch.length < Math.floor(options.tokenBudget / 60));
  assert.ok(short.length <= 1, `${short.length} short batches of ${batches.length}`);
  const means = batches.map((batch) => batch.reduce((sum, i) => sum + records[i]!.length, 0) / batch.length);
  assert.ok(Math.max(...means) - Math.min(...means) < 10, `mean lengths ${means.join(", ")}`);
});
