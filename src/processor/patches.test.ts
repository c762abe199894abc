import assert from "node:assert/strict";
import { test } from "node:test";
import { namedBytes, ownGolden, readJson } from "../../test/golden_case.ts";
import { RequestError } from "../errors.ts";
import { tokenCount } from "../model/positions.ts";
import { defaultImageConfig, type ImageProcessorConfig } from "./image_config.ts";
import { cutPatches } from "./patches.ts";
import { patchesWhenRead, preprocessImage, preprocessVideo } from "./preprocess.ts";
import type { RgbImage } from "./rgb_image.ts";

/** Bytes pass through unchanged, so that a value tells where it came from. */
const plain: ImageProcessorConfig = {
  ...defaultImageConfig,
  patchSize: 2,
  rescaleFactor: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

const frameOf = (value: number, width = 4, height = 4): RgbImage => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value),
});

test("a whole run equals the reference's", () => {
  const { processor } = readJson(new URL("preprocess.json", ownGolden));
  const picture = { height: 50, width: 75, data: namedBytes("imgA", 50 * 75 * 3) };
  const { pixelValues, grid } = preprocessImage(picture, defaultImageConfig);
  assert.deepEqual([[grid.t, grid.h, grid.w]], processor.grid_thw);
  assert.deepEqual(pixelValues.shape, processor.pixel_values_shape);
  // The file holds eight digits; values agree to the last bit where all are stored (test/processor_golden).
  const near = (got: ArrayLike<number>, expected: readonly number[]) =>
    expected.forEach((value, index) => {
      assert.ok(Math.abs(got[index]! - value) < 1e-7, `${got[index]} is not ${value}`);
    });
  const row = (index: number) => pixelValues.data.subarray(index * 1176, (index + 1) * 1176);
  near(row(0), processor.pixel_values_row0_first8);
  near(row(1), processor.row1_first4);
  near(row(2), processor.row2_first4);
  near(row(4), processor.row4_first4);
  near(row(23).slice(-4), processor.last_row_last4);
  assert.equal(row(0)[0], processor.row0_offsets["c0_t0[0]"]);
  assert.equal(row(0)[196], processor.row0_offsets["c0_t1[196]"]);
  assert.equal(row(0)[392], processor.row0_offsets["c1_t0[392]"]);
  assert.equal(row(0)[784], processor.row0_offsets["c2_t0[784]"]);
  const sum = pixelValues.data.reduce((total, value) => total + value, 0);
  assert.ok(Math.abs(sum - processor.sum) < 1e-6);
});

test("rows follow merge cells; columns follow channel, frame, row, column", () => {
  // 4 x 8 pixels of 2-pixel patches: two cells of two by two patches. Red counts pixels, green is 100 more.
  const data = Uint8Array.from(
    { length: 4 * 8 * 3 },
    (_, index) => Math.floor(index / 3) + 100 * (index % 3),
  );
  const { pixelValues, grid } = cutPatches([{ height: 4, width: 8, data }], plain);
  assert.deepEqual(grid, { t: 1, h: 2, w: 4 });
  const corners = Array.from({ length: 8 }, (_, row) => pixelValues.data[row * 24]);
  assert.deepEqual(corners, [0, 2, 16, 18, 4, 6, 20, 22]);
  assert.deepEqual(
    [...pixelValues.data.subarray(24, 24 + 12)],
    [2, 3, 10, 11, 2, 3, 10, 11, 102, 103, 110, 111],
  );
});

test("frames fill temporal patches in order and the last is repeated", () => {
  const { pixelValues, grid } = cutPatches([frameOf(1), frameOf(2), frameOf(3)], plain);
  assert.deepEqual(grid, { t: 2, h: 2, w: 2 });
  assert.equal(tokenCount(grid, 2), 2);
  // The first row of each time step: red of both frames.
  assert.deepEqual([...pixelValues.data.subarray(0, 8)], [1, 1, 1, 1, 2, 2, 2, 2]);
  assert.deepEqual([...pixelValues.data.subarray(4 * 24, 4 * 24 + 8)], [3, 3, 3, 3, 3, 3, 3, 3]);
});

test("frames are refused when there is none, sizes differ, or cells are not filled", () => {
  const refused = (frames: RgbImage[], reason: RegExp) =>
    assert.throws(
      () => cutPatches(frames, plain),
      (error) => error instanceof RequestError && reason.test(error.message),
    );
  refused([], /at least one/);
  refused([frameOf(0), frameOf(0, 8, 4)], /frame 1: expected 4 x 4 pixels .* got 8 x 4/);
  refused([frameOf(0, 6, 4)], /multiples of 4 pixels, got 6 x 4/);
  // Resizing would hide the difference.
  assert.throws(() => preprocessVideo([frameOf(0), frameOf(0, 8, 4)], defaultImageConfig), RequestError);
});

test("patches cut when they are read are those cut at once, and what is wrong is said at once", () => {
  const frames = [frameOf(3, 90, 60), frameOf(200, 90, 60), frameOf(7, 90, 60)];
  const late = patchesWhenRead(frames, defaultImageConfig, { maxPixels: 15680 });
  const { grid, pixelValues } = preprocessVideo(frames, defaultImageConfig, { maxPixels: 15680 });
  assert.deepEqual(late.grid, grid);
  assert.deepEqual(late.pixelValues, pixelValues);
  assert.equal(late.pixelValues, late.pixelValues, "cut once");
  for (const [wrong, budget] of [
    [[], {}],
    [[frameOf(0), frameOf(0, 8, 4)], {}],
    [[frameOf(0, 4, 4000)], {}],
    [[frameOf(0)], { maxPixels: 700 }],
  ] as const)
    assert.throws(() => patchesWhenRead(wrong, defaultImageConfig, budget), RequestError);
});

test("a budget replaces the checkpoint's, and an impossible one is refused", () => {
  const picture = frameOf(9, 300, 300);
  const { grid } = preprocessImage(picture, defaultImageConfig, { maxPixels: 15680 });
  assert.deepEqual(grid, { t: 1, h: 8, w: 8 });
  assert.deepEqual(preprocessImage(picture, defaultImageConfig, { minPixels: 600_000 }).grid, {
    t: 1,
    h: 56,
    w: 56,
  });
  for (const budget of [{ maxPixels: 700 }, { minPixels: 5000, maxPixels: 4000 }, { minPixels: Number.NaN }])
    assert.throws(() => preprocessImage(picture, defaultImageConfig, budget), RequestError);
});

test("one bound alone may cross the checkpoint's other one; two that cross are refused", () => {
  const image = { width: 100, height: 100, data: new Uint8Array(100 * 100 * 3) };
  assert.deepEqual(preprocessImage(image, defaultImageConfig, { maxPixels: 1000 }).grid, {
    t: 1,
    h: 2,
    w: 2,
  });
  assert.throws(
    () => preprocessImage(image, defaultImageConfig, { minPixels: 3136, maxPixels: 1000 }),
    /expected minPixels to be at most maxPixels, got 3136 and 1000/,
  );
});
