import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../tensor/random.ts";
import { cosineFilters } from "./patch_filters.ts";

/** Outputs of the filters for a patch that is the same in all channels and frames. */
function outputsOf(filters: Float32Array, copies: number, patch: Float64Array): number[] {
  const each = copies * patch.length;
  return Array.from({ length: filters.length / each }, (_, d) =>
    filters
      .subarray(d * each, (d + 1) * each)
      .reduce((sum, weight, n) => sum + weight * patch[n % patch.length]!, 0),
  );
}

test("filters are orthogonal and span every patch, the mean first", () => {
  const side = 4;
  const filters = cosineFilters([16, 1, 1, side, side]);
  const rows = Array.from({ length: 16 }, (_, d) => filters.subarray(d * 16, (d + 1) * 16));
  for (const [a, one] of rows.entries())
    for (const [b, other] of rows.entries()) {
      const product = one.reduce((sum, value, n) => sum + value * other[n]!, 0);
      if (a === b) assert.ok(product > 0.01);
      else assert.ok(Math.abs(product) < 1e-6, `${a} and ${b}: ${product}`);
    }
  assert.ok(rows[0]!.every((value) => Math.abs(value - 1 / 16) < 1e-6));
});

test("where amplitudes fall as 1 / frequency every output is about as strong as the others", () => {
  const [side, copies, patches] = [8, 6, 400];
  const filters = cosineFilters([64, 3, 2, side, side]);
  const random = createRandom(3);
  const squares = new Array<number>(64).fill(0);
  for (let n = 0; n < patches; n++) {
    const patch = new Float64Array(64);
    for (let u = 0; u < side; u++)
      for (let v = 0; v < side; v++) {
        const amplitude = (random() < 0.5 ? -1 : 1) * (u + v === 0 ? side : side / 6 / Math.hypot(u, v));
        for (let y = 0; y < side; y++)
          for (let x = 0; x < side; x++)
            patch[y * side + x]! +=
              amplitude *
              Math.sqrt(((u ? 2 : 1) * (v ? 2 : 1)) / 64) *
              Math.cos((Math.PI * u * (y + 0.5)) / side) *
              Math.cos((Math.PI * v * (x + 0.5)) / side);
      }
    for (const [d, value] of outputsOf(filters, copies, patch).entries()) squares[d]! += value ** 2;
  }
  for (const sum of squares) assert.ok(Math.abs(sum / patches - 1) < 1e-6, `${sum / patches}`);
});

test("fewer outputs than pixels are the slowest cosines; more leave the rest 0", () => {
  const all = cosineFilters([16, 1, 1, 4, 4]);
  assert.deepEqual(cosineFilters([5, 1, 1, 4, 4]), all.subarray(0, 5 * 16));
  const more = cosineFilters([18, 1, 1, 4, 4]);
  assert.deepEqual(more.subarray(0, 256), all);
  assert.ok(more.subarray(256).every((value) => value === 0));
});
