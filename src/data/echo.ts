/** @file Grey levels in and around a mask: how bright a thing is beside its surroundings, and what lies behind it. */

import type { Mask, Outline } from "./outline.ts";

/** One byte a pixel, rows from the top. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  /** [height, width]. */
  readonly data: Uint8Array;
}

/** Grey of an RGB picture: the luma of ITU-R BT.601, as Pillow's mode L. */
export function greyOf({ width, height, data }: GreyImage): GreyImage {
  const grey = new Uint8Array(width * height);
  for (let pixel = 0; pixel < grey.length; pixel++)
    grey[pixel] = Math.round(
      0.299 * data[pixel * 3]! + 0.587 * data[pixel * 3 + 1]! + 0.114 * data[pixel * 3 + 2]!,
    );
  return { width, height, data: grey };
}

/** Mean grey levels, 0 to 255; a field is absent where the picture has no room for it. */
export interface Echo {
  /** Inside, away from the edge, whose blur belongs to neither side. */
  readonly inside?: number;
  /** The level that three quarters of the inside do not exceed: high where only a part is empty. */
  readonly insideUpper?: number;
  /** Left and right of the thing at its own depth, so that gain over depth and attenuation are the same. */
  readonly beside?: number;
  /** Below the thing, as deep as it is high. */
  readonly behind?: number;
  /** Left of `behind`, at the same depth. */
  readonly leftOfBehind?: number;
  /** Right of `behind`, at the same depth. */
  readonly rightOfBehind?: number;
}

/** Fewest pixels that a mean is taken of. */
const fewest = 30;

/**
 * Mean grey levels in, beside and behind a thing.
 * Bands are half as wide as the thing and keep a gap of a twelfth of its short axis, at least 2 pixels.
 *
 * @param grey of the same size as the mask
 */
export function echoOf(grey: GreyImage, mask: Mask, { box, shortAxis }: Outline): Echo {
  const gap = Math.max(2, Math.round(shortAxis / 12));
  const [boxWidth, boxHeight] = [box.right - box.left, box.bottom - box.top];
  const band = Math.max(4, Math.round(boxWidth / 2));
  const isInside = (x: number, y: number) =>
    x >= 0 && x < mask.width && y >= 0 && y < mask.height && mask.data[y * mask.width + x] !== 0;

  /** Counts of grey levels over the kept pixels of a rectangle, what lies outside the picture left out. */
  const levels = (
    columns: readonly [number, number],
    rows: readonly [number, number],
    keep: (x: number, y: number) => boolean,
  ): Uint32Array => {
    const counts = new Uint32Array(256);
    for (let y = Math.max(0, rows[0]); y < Math.min(grey.height, rows[1]); y++)
      for (let x = Math.max(0, columns[0]); x < Math.min(grey.width, columns[1]); x++)
        if (keep(x, y)) counts[grey.data[y * grey.width + x]!]!++;
    return counts;
  };
  const outside = (x: number, y: number) => !isInside(x, y);
  const left = [box.left - gap - band, box.left - gap] as const;
  const right = [box.right + gap, box.right + gap + band] as const;
  const besideRows = [box.top, box.bottom] as const;
  const behindRows = [box.bottom + gap, box.bottom + gap + boxHeight] as const;
  const isDeepInside = (x: number, y: number) => {
    for (let dy = -gap; dy <= gap; dy += gap)
      for (let dx = -gap; dx <= gap; dx += gap) if (!isInside(x + dx, y + dy)) return false;
    return true;
  };
  // The flanks of a curved thing refract: only its middle tells what lies behind (edge shadow is not shadow).
  const margin = Math.round(boxWidth / 4);
  const middle = [box.left + margin, box.right - margin] as const;
  const lowest = lowestInside(mask, ...middle);

  const inside = levels([box.left, box.right], besideRows, isDeepInside);
  const beside = levels(left, besideRows, outside);
  for (const [level, count] of levels(right, besideRows, outside).entries()) beside[level]! += count;
  const behind = levels(middle, [box.top, behindRows[1]], (x, y) => y >= lowest(x) + gap);
  // A band cut to a sliver by the lower edge of the picture says nothing.
  const hasDepth = grey.height - box.bottom - gap >= boxHeight / 3;
  return {
    ...(countOf(inside) >= fewest ? { inside: meanOf(inside), insideUpper: upperOf(inside) } : {}),
    ...meanAs("beside", beside),
    ...(hasDepth ? meanAs("behind", behind) : {}),
    ...(hasDepth ? meanAs("leftOfBehind", levels(left, behindRows, outside)) : {}),
    ...(hasDepth ? meanAs("rightOfBehind", levels(right, behindRows, outside)) : {}),
  };
}

/** By column: the first row below the thing. */
function lowestInside(mask: Mask, x0: number, x1: number): (x: number) => number {
  const lowest = new Map<number, number>();
  for (let x = Math.max(0, x0); x < Math.min(mask.width, x1); x++)
    for (let y = mask.height - 1; y >= 0; y--)
      if (mask.data[y * mask.width + x]) {
        lowest.set(x, y + 1);
        break;
      }
  return (x) => lowest.get(x) ?? mask.height;
}

const countOf = (counts: Uint32Array): number => counts.reduce((sum, count) => sum + count, 0);

const meanOf = (counts: Uint32Array): number =>
  counts.reduce((sum, count, level) => sum + count * level, 0) / countOf(counts);

/** The level that three quarters do not exceed. */
function upperOf(counts: Uint32Array): number {
  let left = countOf(counts) * 0.75;
  return counts.findIndex((count) => {
    left -= count;
    return left <= 0;
  });
}

const meanAs = <K extends keyof Echo>(key: K, counts: Uint32Array): Pick<Echo, never> =>
  countOf(counts) < fewest ? {} : { [key]: meanOf(counts) };
