/** @file Mean and standard deviation of the pixels that a model sees: what `echovlm init` is told. */

import sharp from "sharp";

/** Enough that the third digit stands. */
const mostPictures = 600;

/**
 * Over evenly spread pictures, each resized to one size so that all count alike.
 *
 * @returns both on the range 0 to 1, of grey
 */
export async function pixelStatistics(files: readonly string[]): Promise<{ mean: number; std: number }> {
  const count = Math.min(mostPictures, files.length);
  let [sum, squares, pixels] = [0, 0, 0];
  for (let n = 0; n < count; n++) {
    const file = files[Math.floor((n * files.length) / count)]!;
    const data = await sharp(file).resize(128, 128, { fit: "fill" }).greyscale().raw().toBuffer();
    for (const byte of data) {
      sum += byte / 255;
      squares += (byte / 255) ** 2;
    }
    pixels += data.length;
  }
  const mean = sum / pixels;
  const round = (value: number) => Number(value.toFixed(3));
  return { mean: round(mean), std: round(Math.sqrt(squares / pixels - mean ** 2)) };
}
