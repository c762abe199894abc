/**
 * @file Bicubic resampling, bit for bit as Pillow does it for 8-bit pictures.
 *
 * The filter widens when shrinking, so it also removes aliasing. Weights are quantised to 22-bit fixed point; rows are
 * filtered first, then columns, and each pass rounds and clamps to 8 bits.
 *
 * @see Pillow, src/libImaging/Resample.c
 */

import { RequestError } from "../errors.ts";
import { assertRgbImage, type RgbImage } from "./rgb_image.ts";

/** Fraction bits of a weight: 32 less 8 for the pixel and 2 for sums that leave its range. */
const fractionBits = 22;
const half = 1 << (fractionBits - 1);

/** Source pixels on either side that the kernel reaches at scale 1. */
const kernelSupport = 2;

/** Which source pixels make each output pixel, along one axis. */
interface Weights {
  /** [out] first source pixel. */
  readonly first: Int32Array;
  /** [out] number of source pixels. */
  readonly count: Int32Array;
  /** [out, stride] fixed-point weights, `count` of each row used. */
  readonly weight: Int32Array;
  readonly stride: number;
}

/**
 * Resample a picture to another size.
 *
 * @param image source picture
 * @param size height and width of the result in pixels, positive
 * @returns the resampled picture; `image` itself when the size is already right
 * @throws RequestError when the picture is malformed or the size is not positive integers
 */
export function resizeBicubic(image: RgbImage, size: { height: number; width: number }): RgbImage {
  assertRgbImage(image, "image to resize");
  const { height, width } = size;
  if (![height, width].every((side) => Number.isSafeInteger(side) && side > 0))
    throw new RequestError("resize", `expected positive integer sides, got ${width} x ${height}`);

  const wide = width === image.width ? image : filterRows(image, width);
  return height === image.height ? wide : filterColumns(wide, height);
}

/** Cubic convolution with a = -0.5, as Pillow writes it. */
function kernel(offset: number): number {
  const x = Math.abs(offset);
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

function weightsOf(inSize: number, outSize: number): Weights {
  const scale = inSize / outSize;
  const filterScale = Math.max(scale, 1);
  const support = kernelSupport * filterScale;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outSize);
  const count = new Int32Array(outSize);
  const weight = new Int32Array(outSize * stride);
  const exact = new Float64Array(stride);
  // Pillow multiplies by the reciprocal; dividing instead changes the last bit.
  const inverse = 1 / filterScale;

  for (let out = 0; out < outSize; out++) {
    const centre = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const taps = Math.min(inSize, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      exact[tap] = kernel((tap + start - centre + 0.5) * inverse);
      sum += exact[tap]!;
    }
    for (let tap = 0; tap < taps; tap++) {
      const value = (sum === 0 ? exact[tap]! : exact[tap]! / sum) * (1 << fractionBits);
      weight[out * stride + tap] = Math.trunc(value < 0 ? value - 0.5 : value + 0.5);
    }
    first[out] = start;
    count[out] = taps;
  }
  return { first, count, weight, stride };
}

function filterRows(image: RgbImage, width: number): RgbImage {
  const { first, count, weight, stride } = weightsOf(image.width, width);
  const source = image.data;
  // Clamped storing is the second half of the rounding.
  const pixels = new Uint8ClampedArray(image.height * width * 3);
  let at = 0;
  for (let y = 0; y < image.height; y++) {
    const row = y * image.width * 3;
    for (let x = 0; x < width; x++) {
      let red = half;
      let green = half;
      let blue = half;
      let pixel = row + first[x]! * 3;
      const base = x * stride;
      const end = base + count[x]!;
      for (let tap = base; tap < end; tap++, pixel += 3) {
        const w = weight[tap]!;
        red = (red + Math.imul(source[pixel]!, w)) | 0;
        green = (green + Math.imul(source[pixel + 1]!, w)) | 0;
        blue = (blue + Math.imul(source[pixel + 2]!, w)) | 0;
      }
      pixels[at++] = red >> fractionBits;
      pixels[at++] = green >> fractionBits;
      pixels[at++] = blue >> fractionBits;
    }
  }
  return { width, height: image.height, data: new Uint8Array(pixels.buffer) };
}

function filterColumns(image: RgbImage, height: number): RgbImage {
  const { first, count, weight, stride } = weightsOf(image.height, height);
  const rowBytes = image.width * 3;
  const source = image.data;
  const pixels = new Uint8ClampedArray(height * rowBytes);
  // Whole rows are added up at a time: memory is read in order, which columns one by one would not do.
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < height; y++) {
    sums.fill(half);
    for (let tap = 0; tap < count[y]!; tap++) {
      const w = weight[y * stride + tap]!;
      const row = (first[y]! + tap) * rowBytes;
      for (let i = 0; i < rowBytes; i++) sums[i] = (sums[i]! + Math.imul(source[row + i]!, w)) | 0;
    }
    const out = y * rowBytes;
    for (let i = 0; i < rowBytes; i++) pixels[out + i] = sums[i]! >> fractionBits;
  }
  return { width: image.width, height, data: new Uint8Array(pixels.buffer) };
}
