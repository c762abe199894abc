import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ownGolden, readJson } from "../../test/golden_case.ts";
import { RequestError } from "../errors.ts";
import { smartResize } from "./smart_resize.ts";

const budgets: Readonly<Record<string, readonly [minPixels: number, maxPixels: number]>> = {
  processor_3136_12845056: [3136, 12845056],
  class_default_3136_1003520: [3136, 1003520],
  train_3136_153664: [3136, 153664],
  swift_112896: [3136, 112896],
};

/** Where the training script rounds a strip's side up to a cell before the budget is looked at; see `Differs`. */
const differs = "train_3136_153664 at 300 x 14";

test("sizes equal the reference's table", () => {
  const rows = readJson(new URL("preprocess.json", ownGolden)).smart_resize_hw;
  assert.equal(rows.length, 17);
  for (const row of rows)
    for (const [budget, [minPixels, maxPixels]] of Object.entries(budgets)) {
      const label = `${budget} at ${row.w} x ${row.h}`;
      const { height, width } = smartResize({
        height: row.h,
        width: row.w,
        factor: 28,
        minPixels,
        maxPixels,
      });
      assert.deepEqual([height, width], label === differs ? [28, 280] : row[budget], label);
    }
});

test("a half rounds to the even neighbour", () => {
  const sideOf = (pixels: number) =>
    smartResize({ height: pixels, width: pixels, factor: 28, minPixels: 1, maxPixels: 1e9 }).height;
  assert.deepEqual([42, 70, 98, 126].map(sideOf), [56, 56, 112, 112]);
});

test("sides are whole cells and the area lies in the budget", () => {
  const side = fc.integer({ min: 100, max: 3000 });
  const most = fc.integer({ min: 100_000, max: 2_000_000 });
  fc.assert(
    fc.property(side, side, most, (height, width, maxPixels) => {
      const size = smartResize({ height, width, factor: 28, minPixels: 3136, maxPixels });
      assert.equal((size.height % 28) + (size.width % 28), 0);
      assert.ok(size.height * size.width <= maxPixels && size.height * size.width >= 3136);
    }),
  );
});

test("a picture over 200 times as long as wide is refused, 200 times is not", () => {
  const strip = (width: number) =>
    smartResize({ height: 10, width, factor: 28, minPixels: 3136, maxPixels: 1e6 });
  assert.deepEqual(strip(2000), { height: 28, width: 812 });
  assert.throws(
    () => strip(2001),
    (error) =>
      error instanceof RequestError &&
      /at most 200 times the shorter, got 2001 x 10 pixels/.test(error.message),
  );
});

test("a thin strip keeps one cell of height even where that exceeds the budget", () => {
  const size = smartResize({ height: 28, width: 5000, factor: 28, minPixels: 3136, maxPixels: 15680 });
  assert.deepEqual(size, { height: 28, width: 1652 });
});
