/** @file The one picture type of the pure floors. */

import { RequestError } from "../errors.ts";

/** Decoded picture: rows from the top, pixels from the left, three bytes (red, green, blue) each. */
export interface RgbImage {
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** [height, width, 3], row-major; `data.length` is `height * width * 3`. */
  readonly data: Uint8Array;
  /** What errors call the picture: the file it came from. */
  readonly name?: string;
}

/**
 * Refuse a picture whose size and data disagree, so that no later stage reads past its end.
 *
 * @param where how the caller names the picture in an error
 * @throws RequestError when a side is not a positive integer or `data` is not three bytes a pixel
 */
export function assertRgbImage(image: RgbImage, where: string): void {
  const { width, height, data } = image;
  if (![width, height].every((side) => Number.isSafeInteger(side) && side > 0))
    throw new RequestError(
      where,
      `expected width and height to be positive integers, got ${width} x ${height}`,
    );
  if (data.length !== width * height * 3)
    throw new RequestError(
      where,
      `expected ${width * height * 3} bytes of RGB for ${width} x ${height} pixels, got ${data.length}`,
      "pass three bytes a pixel, without alpha and without row padding",
    );
}

/**
 * The first of several pictures that must have one size.
 *
 * @param where how the caller names one of them in an error; its index is appended
 * @throws RequestError when there is none, one is malformed, or sizes differ
 */
export function firstOfEqualSize(images: readonly RgbImage[], where: string): RgbImage {
  const [first] = images;
  if (first === undefined) throw new RequestError(where, "expected at least one, got none");
  for (const [index, image] of images.entries()) {
    assertRgbImage(image, `${where} ${index}`);
    if (image.width !== first.width || image.height !== first.height)
      throw new RequestError(
        `${where} ${index}`,
        `expected ${first.width} x ${first.height} pixels as in ${where} 0, got ${image.width} x ${image.height}`,
      );
  }
  return first;
}
