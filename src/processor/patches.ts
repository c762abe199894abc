/** @file Frames of equal size to the rows of normalised patch values that the vision tower reads. */

import { RequestError } from "../errors.ts";
import type { Grid } from "../model/positions.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import type { ImageProcessorConfig } from "./image_config.ts";
import { firstOfEqualSize, type RgbImage } from "./rgb_image.ts";

/** One picture or video, ready for the vision tower. */
export interface Patches {
  /** [N, C * temporalPatchSize * patchSize * patchSize], N = t * h * w. */
  readonly pixelValues: Tensor<"float32">;
  readonly grid: Grid;
}

const channels = 3;

/**
 * Cut frames into patches. Rows follow time, then merge cells from the top left, then the patches of a cell; a row holds
 * channel, frame, row and column of its pixels in that order. The last frame is repeated until the frames fill whole
 * temporal patches, so a still picture appears twice in every row.
 *
 * @param frames one or more pictures of one size, sides multiples of patchSize * mergeSize
 * @throws RequestError when there is no frame, sizes differ or do not fill whole merge cells
 */
export function cutPatches(frames: readonly RgbImage[], config: ImageProcessorConfig): Patches {
  const { patchSize, mergeSize, temporalPatchSize } = config;
  const { height, width } = firstOfEqualSize(frames, "frame");
  const cell = patchSize * mergeSize;
  if (width % cell !== 0 || height % cell !== 0)
    throw new RequestError(
      "frames",
      `expected sides in multiples of ${cell} pixels, got ${width} x ${height}`,
    );
  const grid: Grid = {
    t: Math.ceil(frames.length / temporalPatchSize),
    h: height / patchSize,
    w: width / patchSize,
  };
  const values = normalisedBytes(config);
  const rowLength = channels * temporalPatchSize * patchSize * patchSize;
  const data = new Float32Array(grid.t * grid.h * grid.w * rowLength);

  let at = 0;
  for (let t = 0; t < grid.t; t++)
    for (let cellY = 0; cellY < grid.h; cellY += mergeSize)
      for (let cellX = 0; cellX < grid.w; cellX += mergeSize)
        for (let patchY = cellY; patchY < cellY + mergeSize; patchY++)
          for (let patchX = cellX; patchX < cellX + mergeSize; patchX++)
            for (let channel = 0; channel < channels; channel++)
              for (let slot = 0; slot < temporalPatchSize; slot++) {
                const frame = frames[Math.min(t * temporalPatchSize + slot, frames.length - 1)]!;
                for (let y = patchY * patchSize; y < (patchY + 1) * patchSize; y++) {
                  let byte = (y * width + patchX * patchSize) * channels + channel;
                  for (let x = 0; x < patchSize; x++, byte += channels)
                    data[at++] = values[channel * 256 + frame.data[byte]!]!;
                }
              }
  return { pixelValues: float32([grid.t * grid.h * grid.w, rowLength], data), grid };
}

/**
 * What every byte becomes, [C, 256]. Rounded to float32 after each step where the reference rounds: the product is
 * taken in double precision, mean and deviation in single, which makes the values equal to the last bit.
 */
function normalisedBytes({ rescaleFactor, mean, std }: ImageProcessorConfig): Float32Array {
  const values = new Float32Array(channels * 256);
  for (let channel = 0; channel < channels; channel++)
    for (let byte = 0; byte < 256; byte++) {
      const centred = Math.fround(Math.fround(byte * rescaleFactor) - Math.fround(mean[channel]!));
      values[channel * 256 + byte] = centred / Math.fround(std[channel]!);
    }
  return values;
}
