import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { noise, signed } from "../../test/prng.ts";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { SafetensorsFile, type TensorSource, writeSafetensors } from "../checkpoint/safetensors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { compensationOf, WINDOW } from "./compensation.ts";
import { quantiseWeight } from "./quantise_weight.ts";
import { openRoundPool, type RoundPool } from "./round_pool.ts";
import type { Rounding } from "./round_row.ts";
import { roundRows } from "./round_rows.ts";
import { errorOf } from "./weight_error.ts";

async function fileWith(t: TestContext, weight: Tensor): Promise<SafetensorsFile> {
  const path = join(temporaryFolder(t), "x.safetensors");
  await writeSafetensors(path, new Map([["weight", weight]]));
  const file = await SafetensorsFile.open(path);
  t.after(() => file.close());
  return file;
}

function pool(t: TestContext, threads: number): RoundPool {
  const opened = openRoundPool(threads);
  t.after(() => opened.close());
  return opened;
}

/** Wide enough for several batches of rows, neither width nor rows a multiple of anything. */
const [OUT, WIDTH] = [701, 1900];

test("any number of threads gives what the rows give one after the other", async (t) => {
  const weight = noise("weight", [OUT, WIDTH]);
  const file = await fileWith(t, weight);
  const inputs = signed("inputs", 3 * WINDOW);
  const moments = Float64Array.from({ length: WINDOW * WINDOW }, (_, at) => {
    const [i, j] = [Math.floor(at / WINDOW), at % WINDOW];
    return [0, 1, 2].reduce((sum, n) => sum + inputs[n * WINDOW + i]! * inputs[n * WINDOW + j]!, 0);
  });
  const compensation = Array.from({ length: Math.ceil(WIDTH / WINDOW) }, (_, window) =>
    // The third window's inputs were never seen.
    window === 2 ? undefined : compensationOf(moments, WINDOW, Math.min(WINDOW, WIDTH - window * WINDOW)),
  );
  const roundings: Rounding[] = [
    { bits: 4, block: 128, choice: "fitted" },
    { bits: 8, block: 32, choice: "extremes", compensation },
    { bits: 4, block: 256, choice: "fitted", compensation },
  ];
  const pools = [pool(t, 1), pool(t, 3)];
  for (const rounding of roundings) {
    const { packed, scale, zero, error } = roundRows(weight.data, WIDTH, rounding);
    const errors = [];
    for (const threads of pools) {
      const shared = await quantiseWeight(file, "weight", rounding, threads);
      assert.ok(Buffer.from(packed).equals(shared.packed.data));
      assert.deepEqual(shared.scale.data, scale);
      assert.deepEqual(shared.zero.data, zero);
      assert.ok(Math.abs(shared.error.relative - errorOf(error).relative) < 1e-12);
      assert.ok(Math.abs(shared.error.cosine - errorOf(error).cosine) < 1e-12);
      errors.push(shared.error);
    }
    assert.deepEqual(errors[1], errors[0], "sums are taken in the same order");
  }
});

test("what is not a number is refused, and an abort ends the work in the middle of a weight", async (t) => {
  const weight = noise("weight", [OUT, WIDTH]);
  weight.data[weight.data.length - 1] = Number.NaN;
  const file = await fileWith(t, weight);
  const rounding: Rounding = { bits: 4, block: 128, choice: "fitted" };
  const threads = pool(t, 2);
  await assert.rejects(quantiseWeight(file, "weight", rounding, threads), /weight: .*NaN/);
  const stop = new AbortController();
  let pieces = 0; // of two
  const source: TensorSource = {
    path: file.path,
    tensors: file.tensors,
    pathOf: () => file.path,
    readBytes: (name, start, target) => {
      if (++pieces === 1) stop.abort(new Error("enough"));
      return file.readBytes(name, start, target);
    },
  };
  await assert.rejects(quantiseWeight(source, "weight", rounding, threads, stop.signal), /enough/);
  assert.equal(pieces, 1);
});

test("a pool that is closed says so", async () => {
  const threads = openRoundPool(1);
  await threads.close();
  await assert.rejects(
    threads.round(new Float32Array(4), 4, { bits: 4, block: 32, choice: "fitted" }),
    /the rounding pool is closed/,
  );
});
