/** @file Pictures and videos of any size to patches: choose the size, resample, cut. */

import { RequestError } from "../errors.ts";
import type { ImageProcessorConfig } from "./image_config.ts";
import { cutPatches, type Patches } from "./patches.ts";
import { resizeBicubic } from "./resize_bicubic.ts";
import { firstOfEqualSize, type RgbImage } from "./rgb_image.ts";
import { smartResize } from "./smart_resize.ts";

/** Overrides of the checkpoint's own pixel budget, in pixels of one picture or frame. */
export interface PixelBudget {
  readonly minPixels?: number;
  readonly maxPixels?: number;
}

/**
 * Bring one picture to patches.
 *
 * @param image picture of any size
 * @param budget replaces the checkpoint's smallest or largest size
 * @returns patches with a grid of t = 1
 * @throws RequestError when the picture is malformed or too elongated, or the budget is impossible
 */
export const preprocessImage = (
  image: RgbImage,
  config: ImageProcessorConfig,
  budget: PixelBudget = {},
): Patches => preprocessVideo([image], config, budget);

/**
 * Bring the frames of a video to patches. The budget is that of one frame.
 *
 * Differs: the reference's video helper first thins the frames to 2 a second and bounds the pixels of the whole video;
 * callers choose their frames themselves.
 *
 * @param frames pictures of one size in order of time
 * @throws RequestError as `preprocessImage`, and when there is no frame or sizes differ
 */
export function preprocessVideo(
  frames: readonly RgbImage[],
  config: ImageProcessorConfig,
  budget: PixelBudget = {},
): Patches {
  const size = sizeOf(firstOfEqualSize(frames, "frame"), config, budget);
  return cutPatches(
    frames.map((frame) => resizeBicubic(frame, size)),
    config,
  );
}

/**
 * The patches of `preprocessVideo`, resampled and cut when they are first read: whoever has seen a picture before needs
 * no more than its grid.
 *
 * @throws RequestError as `preprocessVideo`, at once
 */
export function patchesWhenRead(
  frames: readonly RgbImage[],
  config: ImageProcessorConfig,
  budget: PixelBudget = {},
): Patches {
  const { height, width } = sizeOf(firstOfEqualSize(frames, "frame"), config, budget);
  const { patchSize, temporalPatchSize } = config;
  let patches: Patches | undefined;
  return {
    grid: {
      t: Math.ceil(frames.length / temporalPatchSize),
      h: height / patchSize,
      w: width / patchSize,
    },
    get pixelValues() {
      patches ??= preprocessVideo(frames, config, budget);
      return patches.pixelValues;
    },
  };
}

/** The size of a picture before it is resampled. */
type PictureSize = Pick<RgbImage, "height" | "width" | "name">;

/**
 * How many visual tokens frames of the first one's size become, before anything is decoded or resampled: patches take
 * far more memory than pictures.
 *
 * @throws RequestError as `preprocessVideo`
 */
export function visualTokens(
  frames: readonly PictureSize[],
  config: ImageProcessorConfig,
  budget: PixelBudget = {},
): number {
  const [first] = frames;
  if (first === undefined) throw new RequestError("frame", "expected at least one, got none");
  const { height, width } = sizeOf(first, config, budget);
  const cellPixels = (config.patchSize * config.mergeSize) ** 2;
  return Math.ceil(frames.length / config.temporalPatchSize) * ((height * width) / cellPixels);
}

/** The size that frames are brought to. */
function sizeOf({ height, width, name }: PictureSize, config: ImageProcessorConfig, budget: PixelBudget) {
  const factor = config.patchSize * config.mergeSize;
  const { minPixels, maxPixels } = budgetOf(config, budget, factor);
  return smartResize({ height, width, factor, minPixels, maxPixels, ...(name !== undefined && { name }) });
}

function budgetOf(config: ImageProcessorConfig, budget: PixelBudget, factor: number) {
  const minPixels = budget.minPixels ?? config.minPixels;
  const maxPixels = budget.maxPixels ?? config.maxPixels;
  const problems = Object.entries({ minPixels, maxPixels })
    .filter(([, pixels]) => typeof pixels !== "number")
    .map(([bound, pixels]) => `expected ${bound} to be a number, got a ${typeof pixels}`);
  if (!(minPixels > 0)) problems.push(`expected minPixels to be positive, got ${minPixels}`);
  if (!(maxPixels >= factor * factor))
    problems.push(`expected maxPixels to hold one visual token, ${factor * factor} pixels, got ${maxPixels}`);
  // One bound alone may cross the checkpoint's other one, which then gives way, as in the reference.
  const isOwn = budget.minPixels !== undefined && budget.maxPixels !== undefined;
  if (isOwn && minPixels > maxPixels)
    problems.push(`expected minPixels to be at most maxPixels, got ${minPixels} and ${maxPixels}`);
  if (problems.length > 0) throw new RequestError("pixel budget", problems);
  return { minPixels, maxPixels };
}
