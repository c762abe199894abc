import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { VisionConfig } from "./config.ts";
import { UNSEEN } from "./mask.ts";
import { patchPlaces, visionPositions, windowTensors } from "./windows.ts";

const config = (cells: number, mergeSize = 2): VisionConfig => ({
  depth: 1,
  embedDim: 8,
  outDim: 8,
  heads: 1,
  mlpDim: 8,
  channels: 3,
  patchSize: 14,
  temporalPatchSize: 2,
  mergeSize,
  window: { sizePx: cells * mergeSize * 14, fullBlocks: [] },
  tokensPerSecond: null,
});

test("patches come merge cell by merge cell", () => {
  const places = patchPlaces({ t: 1, h: 2, w: 4 }, 2).map(({ row, column }) => [row, column]);
  assert.deepEqual(places, [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
  ]);
  const { shape, data } = visionPositions({ t: 2, h: 2, w: 4 }, 2);
  assert.deepEqual(shape, [2, 2, 8]);
  const frames = Array.from(data, Number);
  const [rows, columns] = [places.map(([row]) => row), places.map(([, column]) => column)];
  assert.deepEqual(frames, [...rows, ...rows, ...columns, ...columns]);
});

test("a picture of three by five cells has whole and partial windows of two by two cells", () => {
  const tensors = windowTensors(config(2), [{ t: 1, h: 6, w: 10 }]);
  assert.deepEqual(tensors.window_rows!.shape, [6, 16]);
  const mask = tensors.window_mask!.data as Float32Array;
  const seen = Array.from(
    { length: 6 },
    (_, w) => mask.subarray(w * 256, w * 256 + 16).filter((m) => m === 0).length,
  );
  assert.deepEqual(seen, [16, 16, 8, 8, 8, 4]);
});

test("a window size between whole cells is rounded down", () => {
  const between = { ...config(2), window: { sizePx: 2 * 28 + 27, fullBlocks: [] } };
  const grid = { t: 1, h: 8, w: 8 };
  assert.deepEqual(windowTensors(between, [grid]), windowTensors(config(2), [grid]));
});

test("without windows there are no window inputs", () => {
  assert.deepEqual(windowTensors({ ...config(2), window: null }, [{ t: 1, h: 4, w: 4 }]), {});
});

test("media in one batch have the windows they have alone, filled up to the longest frame", () => {
  const [film, picture] = [
    { t: 2, h: 2, w: 4 },
    { t: 1, h: 6, w: 6 },
  ];
  const { window_rows: rows, window_inverse: inverse } = windowTensors(config(2), [film, picture]);
  assert.deepEqual(inverse!.shape, [3, 36]);
  const patchOf = Array.from(inverse!.data, Number).map((slot) => Number(rows!.data[slot]));
  const filling = (at: number) => at < 72 && at % 36 >= 8;
  patchOf.forEach((patch, at) => {
    assert.equal(patch, filling(at) ? 0 : at);
  });
  const alone = windowTensors(config(2), [film]).window_rows!;
  assert.deepEqual([alone.shape[0], rows!.shape[0]], [2, 2 + 4]);
});

test("every patch lies in exactly one window, with the patches of its square alone", () => {
  const size = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(
      size,
      size,
      fc.integer({ min: 1, max: 3 }),
      size,
      fc.integer({ min: 1, max: 3 }),
      (h, w, t, cells, merge) => {
        const grid = { t, h: h * merge, w: w * merge };
        const side = cells * merge;
        const tensors = windowTensors(config(cells, merge), [grid]);
        const [rows, inverse] = [tensors.window_rows!, tensors.window_inverse!].map((x) =>
          Array.from(x.data, Number),
        );
        const mask = tensors.window_mask!.data as Float32Array;
        const [count, length] = tensors.window_rows!.shape as [number, number];
        const perFrame = grid.h * grid.w;
        assert.equal(length, Math.min(side, grid.h) * Math.min(side, grid.w)); // the longest window
        assert.deepEqual(tensors.window_inverse!.shape, [t, perFrame]);
        assert.deepEqual(tensors.window_mask!.shape, [count, 1, length, length]);
        // The way back undoes the way there, so every patch has a slot of its own.
        assert.deepEqual(
          inverse!.map((slot) => rows![slot]),
          Array.from({ length: t * perFrame }, (_, patch) => patch),
        );
        // A query sees exactly the slots that hold patches, and they are those of one square of one frame.
        const places = patchPlaces(grid, merge);
        const square = (patch: number) => {
          const { row, column } = places[patch % perFrame]!;
          return [Math.floor(patch / perFrame), Math.floor(row / side), Math.floor(column / side)].join();
        };
        const held = new Set(inverse);
        let patches = 0;
        for (let window = 0; window < count; window++) {
          const slots = Array.from({ length }, (_, slot) => window * length + slot);
          const real = slots.filter((slot) => held.has(slot));
          assert.equal(new Set(real.map((slot) => square(rows![slot]!))).size, 1);
          patches += real.length;
          for (let query = 0; query < length; query++)
            slots.forEach((slot, key) => {
              const m = mask[(window * length + query) * length + key];
              assert.equal(m, held.has(slot) ? 0 : Math.fround(UNSEEN));
            });
        }
        assert.equal(patches, t * perFrame);
      },
    ),
    { seed: 1, numRuns: 40 },
  );
});
