import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../errors.ts";
import { defaultImageConfig, parseImageConfig } from "./image_config.ts";

test("without a file the class's defaults hold", () => {
  assert.deepEqual(parseImageConfig(undefined), defaultImageConfig);
  assert.equal(defaultImageConfig.maxPixels, 1_003_520);
  assert.deepEqual(parseImageConfig({}), defaultImageConfig);
});

test("every field of a file is taken", () => {
  assert.deepEqual(
    parseImageConfig({
      patch_size: 16,
      temporal_patch_size: 1,
      merge_size: 3,
      min_pixels: 100,
      max_pixels: 200,
      rescale_factor: 0.5,
      image_mean: [1, 2, 3],
      image_std: [4, 5, 6],
      do_resize: true,
      resample: 3,
      image_processor_type: "Qwen2VLImageProcessor",
    }),
    {
      patchSize: 16,
      temporalPatchSize: 1,
      mergeSize: 3,
      minPixels: 100,
      maxPixels: 200,
      rescaleFactor: 0.5,
      mean: [1, 2, 3],
      std: [4, 5, 6],
    },
  );
});

test("size is read where the pixel fields are absent, and loses where they are not", () => {
  const size = { shortest_edge: 100, longest_edge: 200 };
  const { minPixels, maxPixels } = parseImageConfig({ size });
  assert.deepEqual([minPixels, maxPixels], [100, 200]);
  assert.equal(parseImageConfig({ size, max_pixels: 300 }).maxPixels, 300);
});

test("all wrong values are named at once", () => {
  assert.throws(
    () => parseImageConfig({ patch_size: "14", image_std: [0, 1, 1], do_resize: false, merge_size: null }),
    (error) =>
      error instanceof ConfigError &&
      error.problems.length === 3 &&
      /patch_size.*"14"/.test(error.message) &&
      /image_std\.0.*0/.test(error.message) &&
      /do_resize.*false/.test(error.message),
  );
  assert.throws(() => parseImageConfig([]), ConfigError);
  assert.throws(() => parseImageConfig({ min_pixels: 9, max_pixels: 8 }), /9 and 8/);
});
