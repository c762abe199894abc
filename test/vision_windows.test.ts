import assert from "node:assert/strict";
import { test } from "node:test";
import type { Engine } from "../src/generate/engine.ts";
import type { ModelConfig } from "../src/model/config.ts";
import { patchPlaces } from "../src/model/windows.ts";
import { float32, type Tensor } from "../src/tensor/tensor.ts";
import { assertClose, distance } from "./close.ts";
import { lowerings } from "./execute.ts";
import { openEngine, randomConfig, randomPixels, weightsOf } from "./random_model.ts";

/** Windows of two by two merge cells; of three blocks, `fullBlocks` see the whole picture. */
function configOf(fullBlocks: readonly number[]): ModelConfig {
  const config = randomConfig("windows", "qwen2.5-vl");
  const { patchSize, mergeSize } = config.vision;
  const window = { sizePx: 2 * mergeSize * patchSize, fullBlocks };
  return { ...config, vision: { ...config.vision, depth: 3, window } };
}

/** A picture of three by five merge cells: two whole windows and four partial ones. */
const cells = { high: 3, wide: 5 };

async function see(engine: Engine, pixels: Tensor<"float32">, { high, wide }: typeof cells, frames = 1) {
  const { mergeSize } = engine.config.vision;
  return engine.see(pixels, { t: frames, h: high * mergeSize, w: wide * mergeSize });
}

for (const kernels of lowerings)
  test(`a picture seen in windows is each window seen alone, ${kernels}`, async (t) => {
    const config = configOf([]);
    const { mergeSize, outDim } = config.vision;
    const engine = await openEngine(config, weightsOf(config), { kernels });
    t.after(() => engine.dispose());
    const grid = { t: 2, h: cells.high * mergeSize, w: cells.wide * mergeSize };
    const pixels = randomPixels("pixels", config.vision, grid);
    const width = pixels.shape[1]!;
    const whole = await see(engine, pixels, cells, 2);
    const perFrame = patchPlaces(grid, mergeSize).length;
    for (const frame of [0, 1])
      for (let top = 0; top < cells.high; top += 2)
        for (let left = 0; left < cells.wide; left += 2) {
          const part = { high: Math.min(2, cells.high - top), wide: Math.min(2, cells.wide - left) };
          const inside = (row: number, column: number) =>
            row >= top && row < top + part.high && column >= left && column < left + part.wide;
          const patches = patchPlaces(grid, mergeSize).flatMap(({ row, column }, n) =>
            inside(Math.floor(row / mergeSize), Math.floor(column / mergeSize)) ? [frame * perFrame + n] : [],
          );
          const own = patches.flatMap((n) => [...pixels.data.subarray(n * width, (n + 1) * width)]);
          const alone = await see(engine, float32([patches.length, width], own), part);
          const tokens = Array.from({ length: cells.high * cells.wide }, (_, n) => n).filter((n) =>
            inside(Math.floor(n / cells.wide), n % cells.wide),
          );
          const expected = tokens.flatMap((n) => {
            const start = (frame * cells.high * cells.wide + n) * outDim;
            return [...whole.subarray(start, start + outDim)];
          });
          assertClose(alone, expected, `frame ${frame}, window at ${top}, ${left}`, 2e-5);
        }
  });

const blocks: readonly (readonly number[])[] = [[], [0], [2], [0, 1, 2]];
for (const fullBlocks of blocks)
  test(`with full blocks [${fullBlocks}] a patch ${fullBlocks.length > 0 ? "is" : "is not"} seen from other windows`, async (t) => {
    const config = configOf(fullBlocks);
    const engine = await openEngine(config, weightsOf(config));
    t.after(() => engine.dispose());
    const { mergeSize, outDim } = config.vision;
    const grid = { t: 2, h: cells.high * mergeSize, w: cells.wide * mergeSize };
    const pixels = randomPixels("pixels", config.vision, grid);
    const changed = float32(
      pixels.shape,
      pixels.data.map((x, i) => (i < pixels.shape[1]! ? -x : x)),
    );
    const [before, after] = [await see(engine, pixels, cells, 2), await see(engine, changed, cells, 2)];
    const moved = Array.from({ length: 2 * cells.high * cells.wide }, (_, n) => {
      const range = [n * outDim, (n + 1) * outDim] as const;
      return distance(after.subarray(...range), before.subarray(...range)) > 1e-5;
    });
    const first = (n: number) => n % cells.wide < 2 && Math.floor(n / cells.wide) < 2;
    const sees = (n: number) => n < cells.high * cells.wide && (fullBlocks.length > 0 || first(n));
    assert.deepEqual(
      moved,
      moved.map((_, n) => sees(n)),
    );
  });

test("one window over the whole picture equals blocks that see the whole picture", async (t) => {
  const full = configOf([0, 1, 2]);
  const { mergeSize, patchSize } = full.vision;
  const one = {
    ...full,
    vision: { ...full.vision, window: { sizePx: 5 * mergeSize * patchSize, fullBlocks: [] } },
  };
  const grid = { t: 1, h: cells.high * mergeSize, w: cells.wide * mergeSize };
  const pixels = randomPixels("pixels", full.vision, grid);
  const [theirs, ours] = await Promise.all(
    [full, one].map(async (config) => {
      const engine = await openEngine(config, weightsOf(config));
      t.after(() => engine.dispose());
      return see(engine, pixels, cells);
    }),
  );
  assertClose(ours!, theirs!, "visual tokens", 2e-5);
});
