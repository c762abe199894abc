/** @file Rotating, cropping, resizing and flipping a picture together with its mask. */

import sharp, { type Raw } from "sharp";
import type { Mask } from "../../src/data/outline.ts";
import type { Draw } from "../../src/data/simulator/draw.ts";
import type { RgbImage } from "../../src/processor/rgb_image.ts";
import type { Augmentation } from "./augmentation.ts";

/** Longer side of a saved picture at most, pixels. */
export const longestSide = 320;

/** Whole pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Room that a crop leaves around the thing that a mask outlines, as a share of the picture's side. */
const margin = 0.04;

/**
 * A random crop that keeps at least `leastKept` of either side, and all of what the mask outlines with a margin around
 * it as far as the picture reaches.
 */
export function drawCrop(size: Size, mask: Mask | undefined, leastKept: number, draw: Draw): Box {
  const thing = mask && boxOf(mask);
  const across = cropSide(size.width, thing && [thing.left, thing.left + thing.width], leastKept, draw);
  const down = cropSide(size.height, thing && [thing.top, thing.top + thing.height], leastKept, draw);
  return { left: across.start, width: across.kept, top: down.start, height: down.kept };
}

function cropSide(length: number, thing: [number, number] | undefined, leastKept: number, draw: Draw) {
  const room = Math.ceil(margin * length);
  const from = thing ? Math.max(0, thing[0] - room) : Math.floor(length / 2);
  const to = thing ? Math.min(length, thing[1] + room) : from;
  const kept = Math.max(Math.ceil(length * draw.range(leastKept, 1)), to - from);
  const start = draw.whole(Math.max(0, to - kept), Math.min(from, length - kept));
  return { start, kept };
}

/** @returns undefined for an empty mask */
function boxOf({ width, height, data }: Mask): Box | undefined {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (data[y * width + x]) {
        [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
        [top, bottom] = [Math.min(top, y), y + 1];
      }
  return right === 0 ? undefined : { left, top, width: right - left, height: bottom - top };
}

export interface Moved {
  readonly image: RgbImage;
  readonly mask: Mask | undefined;
  /** Pixels of the original that one pixel of this picture covers, along x. */
  readonly shrunk: number;
}

/**
 * Picture and mask under the variation's geometry, the longer side at most `longestSide`.
 *
 * @param mask of the picture's size
 */
export async function moved(
  image: RgbImage,
  mask: Mask | undefined,
  { angle, leastKept, stretch, isFlipped }: Augmentation,
  draw: Draw,
): Promise<Moved> {
  const picture = await rotated({ ...image, channels: 3 }, angle, "bicubic");
  const outline = mask && (await rotated({ ...mask, channels: 1 }, angle, "nearest"));
  const crop = drawCrop(picture, outline, leastKept, draw);
  const size = fittedSize(crop, stretch);
  const cut = async (raster: Raster, kernel: "lanczos3" | "nearest"): Promise<Raster> => {
    const { width, height, channels } = raster;
    const pipeline = sharp(raster.data, { raw: { width, height, channels } })
      .extract(crop)
      .resize(size.width, size.height, { fit: "fill", kernel });
    const data = await (isFlipped ? pipeline.flop() : pipeline)
      .toColourspace(spaceOf[channels])
      .raw()
      .toBuffer();
    return { ...size, channels, data };
  };
  return {
    image: await cut(picture, "lanczos3"),
    mask: outline && (await cut(outline, "nearest")),
    shrunk: crop.width / size.width,
  };
}

/** The size with the longer side at most `longestSide`; nothing grows but by the stretch. */
export function fittedSize({ width, height }: Size, stretch = 1): Size {
  const [wide, high] = [width * Math.sqrt(stretch), height / Math.sqrt(stretch)];
  const scale = Math.min(1, longestSide / Math.max(wide, high));
  return { width: Math.max(1, Math.round(wide * scale)), height: Math.max(1, Math.round(high * scale)) };
}

interface Raster extends Size {
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** Said of every output: one channel would otherwise become three. */
const spaceOf = { 1: "b-w", 3: "srgb" } as const;

async function rotated(
  raster: Raster,
  degrees: number,
  interpolator: "bicubic" | "nearest",
): Promise<Raster> {
  if (degrees === 0) return raster;
  const { width, height, channels, data } = raster;
  const raw: Raw = { width, height, channels };
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const turned = await sharp(data, { raw })
    .affine([cos, -sin, sin, cos], { interpolator, background: "black" })
    .toColourspace(spaceOf[channels])
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: turned.info.width, height: turned.info.height, channels, data: turned.data };
}
