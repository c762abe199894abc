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
  const isInside = (x: number, y: number) => mask.data[y * mask.width + x] !== 0;

  const levels = (
    x0: number,
    x1: number,
    y0: number,
    y1: number,
    keep: (x: number, y: number) => boolean,
  ) => {
    const found: number[] = [];
    for (let y = Math.max(0, y0); y < Math.min(grey.height, y1); y++)
      for (let x = Math.max(0, x0); x < Math.min(grey.width, x1); x++)
        if (keep(x, y)) found.push(grey.data[y * grey.width + x]!);
    return found;
  };
  const leftOf = (y0: number, y1: number) =>
    levels(box.left - gap - band, box.left - gap, y0, y1, (x, y) => !isInside(x, y));
  const rightOf = (y0: number, y1: number) =>
    levels(box.right + gap, box.right + gap + band, y0, y1, (x, y) => !isInside(x, y));
  const isDeepInside = (x: number, y: number) =>
    [-gap, 0, gap].every((dx) =>
      [-gap, 0, gap].every(
        (dy) =>
          x + dx >= 0 &&
          x + dx < mask.width &&
          y + dy >= 0 &&
          y + dy < mask.height &&
          isInside(x + dx, y + dy),
      ),
    );

  const inside = levels(box.left, box.right, box.top, box.bottom, isDeepInside).sort((a, b) => a - b);
  // The flanks of a curved thing refract: only its middle tells what lies behind (edge shadow is not shadow).
  const margin = Math.round(boxWidth / 4);
  const belowThing = lowestInside(mask, box.left + margin, box.right - margin);
  const behind = levels(
    box.left + margin,
    box.right - margin,
    box.top,
    box.bottom + gap + boxHeight,
    (x, y) => y >= belowThing(x) + gap && y < belowThing(x) + gap + boxHeight,
  );
  const behindRows = [box.bottom + gap, box.bottom + gap + boxHeight] as const;
  // A band cut to a sliver by the lower edge of the picture says nothing.
  const hasDepth = grey.height - box.bottom - gap >= boxHeight / 3;
  return {
    ...meanAs("inside", inside),
    ...(inside.length >= fewest ? { insideUpper: inside[Math.floor(inside.length * 0.75)]! } : {}),
    ...meanAs("beside", [...leftOf(box.top, box.bottom), ...rightOf(box.top, box.bottom)]),
    ...(hasDepth ? meanAs("behind", behind) : {}),
    ...(hasDepth ? meanAs("leftOfBehind", leftOf(...behindRows)) : {}),
    ...(hasDepth ? meanAs("rightOfBehind", rightOf(...behindRows)) : {}),
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

const meanAs = <K extends keyof Echo>(key: K, levels: readonly number[]): { [P in K]?: number } =>
  levels.length < fewest
    ? {}
    : ({ [key]: levels.reduce((sum, level) => sum + level, 0) / levels.length } as { [P in K]?: number });
