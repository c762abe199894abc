/** @file Brightness and grain of a picture: what a scanner's settings change and its anatomy does not. */

import sharp from "sharp";
import type { Draw } from "../../src/data/simulator/draw.ts";
import type { RgbImage } from "../../src/processor/rgb_image.ts";

export interface Tone {
  /** Above 1 darkens the middle. */
  readonly gamma: number;
  /** Factor on the levels; what exceeds white is white. */
  readonly gain: number;
  /** Standard deviation in pixels; 0 leaves the picture sharp. */
  readonly blur: number;
  /** Standard deviation of noise that is multiplied, as a share of the level. */
  readonly speckle: number;
}

/** The picture in another tone. Black stays black, and grey stays grey. */
export async function toned(
  image: RgbImage,
  { gamma, gain, blur, speckle }: Tone,
  draw: Draw,
): Promise<RgbImage> {
  const { width, height } = image;
  const levels = Float32Array.from({ length: 256 }, (_, level) => 255 * gain * (level / 255) ** gamma);
  const data = new Uint8ClampedArray(image.data.length);
  for (let at = 0; at < data.length; at += 3) {
    // Two uniform numbers make a triangle of variance 1 / 6.
    const noise = speckle === 0 ? 1 : 1 + speckle * Math.sqrt(6) * (draw.random() + draw.random() - 1);
    for (let channel = 0; channel < 3; channel++)
      data[at + channel] = levels[image.data[at + channel]!]! * noise;
  }
  if (blur === 0) return { width, height, data: new Uint8Array(data.buffer) };
  const blurred = await sharp(data, { raw: { width, height, channels: 3 } })
    .blur(blur)
    .raw()
    .toBuffer();
  return { width, height, data: blurred };
}
