/** @file Which patches share an attention window in Qwen2.5-VL, as explicit index tensors. */

import { float32, int64, type Tensor } from "../tensor/tensor.ts";
import type { VisionConfig } from "./config.ts";
import { UNSEEN } from "./mask.ts";
import type { Grid } from "./positions.ts";
import { windowSide } from "./vision.ts";

/**
 * Row and column of every patch of one frame, in storage order: merge cells row by row, then inside each cell.
 *
 * @returns N pairs
 */
export function patchPlaces({ h, w }: Grid, mergeSize: number): { row: number; column: number }[] {
  const inCell = mergeSize ** 2;
  const cellsAcross = w / mergeSize;
  return Array.from({ length: h * w }, (_, n) => {
    const cell = Math.floor(n / inCell);
    const inside = n % inCell;
    return {
      row: Math.floor(cell / cellsAcross) * mergeSize + Math.floor(inside / mergeSize),
      column: (cell % cellsAcross) * mergeSize + (inside % mergeSize),
    };
  });
}

/** Row and column of every patch: [2, T, N] int64. */
export function visionPositions(grid: Grid, mergeSize: number): Tensor<"int64"> {
  const places = patchPlaces(grid, mergeSize);
  const frames = Array.from({ length: grid.t });
  const axes = [places.map(({ row }) => row), places.map(({ column }) => column)];
  return int64(
    [2, grid.t, places.length],
    axes.flatMap((axis) => frames.flatMap(() => axis)),
  );
}

/**
 * The window inputs of the vision graph. Windows are squares of a frame, cut off at its right and lower edge; L is the
 * longest of them, and a shorter one is filled up with row 0, which nobody sees.
 *
 * @param grids pictures and videos, whose frames follow one another as the T frames, filled up to the longest's N
 * @returns `window_rows` [W, L], `window_mask` [W, 1, L, L], `window_inverse` [T, N], 0 for filling; empty without
 *   windows
 */
export function windowTensors(config: VisionConfig, grids: readonly Grid[]): Record<string, Tensor> {
  if (!config.window) return {};
  const side = windowSide(config, config.window.sizePx);
  const frames = grids.flatMap((grid) => Array<Grid>(grid.t).fill(grid));
  const longest = Math.max(...grids.map(({ h, w }) => h * w));
  const windows: number[][] = [];
  const slots = frames.flatMap((grid, frame) => {
    const first = windows.length;
    const across = Math.ceil(grid.w / side);
    windows.push(...Array.from({ length: across * Math.ceil(grid.h / side) }, (): number[] => []));
    const own = patchPlaces(grid, config.mergeSize).map(({ row, column }, n) => {
      const index = first + Math.floor(row / side) * across + Math.floor(column / side);
      return { index, slot: windows[index]!.push(frame * longest + n) - 1 };
    });
    return Array.from({ length: longest }, (_, n) => own[n]);
  });
  const length = Math.max(...windows.map((rows) => rows.length));
  const inverse = slots.map((place) => (place ? place.index * length + place.slot : 0));
  const mask = new Float32Array(windows.length * length * length);
  windows.forEach((rows, index) => {
    for (let query = 0; query < length; query++)
      mask.fill(
        UNSEEN,
        (index * length + query) * length + rows.length,
        (index * length + query + 1) * length,
      );
  });
  return {
    window_rows: int64(
      [windows.length, length],
      windows.flatMap((rows) => Array.from({ length }, (_, slot) => rows[slot] ?? 0)),
    ),
    window_mask: float32([windows.length, 1, length, length], mask),
    window_inverse: int64([frames.length, longest], inverse),
  };
}
