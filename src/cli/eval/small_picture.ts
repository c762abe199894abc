/** @file A picture as it stands in a report. */

import sharp from "sharp";

/** Pixels of the longer side. */
const longestSide = 240;

/** A small JPEG as a `data:` address; undefined where there is no such picture, or it cannot be decoded. */
export async function smallPicture(path: string): Promise<string | undefined> {
  try {
    const size = {
      width: longestSide,
      height: longestSide,
      fit: "inside",
      withoutEnlargement: true,
    } as const;
    const bytes = await sharp(path).resize(size).jpeg({ quality: 80 }).toBuffer();
    return `data:image/jpeg;base64,${bytes.toString("base64")}`;
  } catch {
    return undefined; // the report says so in its place
  }
}
