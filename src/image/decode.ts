/** @file Picture files to RGB pixels, with the values Pillow gives. */

import { createHash } from "node:crypto";
import sharp from "sharp";
import { RequestError } from "../errors.ts";
import { type Message, mapImages } from "../processor/message.ts";
import type { RgbImage } from "../processor/rgb_image.ts";
import { decodeBmp } from "./bmp.ts";
import { describeStart, formatNames, formatOf } from "./format.ts";
import { type ImageSource, nameOf, readSource } from "./read_source.ts";

/** A decoded picture that remembers which file it was. */
export interface DecodedImage extends RgbImage {
  /** Its path, or "image bytes". */
  readonly name: string;
  /** SHA-256 of the file's bytes in hexadecimal: equal files have equal pixels. */
  readonly hash: string;
}

/** A picture to be read, or one that was read before. */
export type PictureSource = ImageSource | DecodedImage;

/** Bounds on what is decoded. */
export interface DecodeLimits {
  /** Largest width times height, checked before any pixel is decoded; 100 million when absent. */
  readonly maxImagePixels?: number;
  /** Largest file; 256 MiB when absent. */
  readonly maxFileBytes?: number;
}

const defaultMaxImagePixels = 100e6;
const defaultMaxFileBytes = 256 * 1024 * 1024;

/**
 * Decode a PNG, JPEG, WebP, BMP, TIFF or GIF picture, told by its content. Of several pages or frames the first is
 * taken. Grey, palette and CMYK become RGB; alpha is dropped, not blended; colour profiles are ignored.
 *
 * Differs: the EXIF orientation is applied, and 16-bit grey is scaled to 8 bits where Pillow clips it. A damaged file
 * is refused even where Pillow would show its intact part.
 *
 * @param source path, or the bytes of a file
 * @throws RequestError when there is no such picture, it is damaged, or over a limit
 */
export async function decodeImage(source: ImageSource, limits: DecodeLimits = {}): Promise<DecodedImage> {
  const name = nameOf(source);
  const maxPixels = limits.maxImagePixels ?? defaultMaxImagePixels;
  const bytes = await readSource(source, limits.maxFileBytes ?? defaultMaxFileBytes);
  const format = formatOf(bytes);
  if (format === null)
    throw new RequestError(name, `expected a ${formatNames} picture, got ${describeStart(bytes)}`);
  const image =
    format === "bmp" ? decodeBmp(bytes, name, maxPixels) : await decodeWithSharp(bytes, name, maxPixels);
  return { ...image, name, hash: createHash("sha256").update(bytes).digest("hex") };
}

/**
 * Decode every picture of a conversation, side by side; one that is decoded already is taken as it is.
 *
 * @returns the conversation with its pictures decoded, and these in order
 * @throws RequestError as `decodeImage`
 */
export async function decodeMessages(
  messages: readonly Message<PictureSource>[],
): Promise<{ decoded: Message<DecodedImage>[]; images: DecodedImage[] }> {
  const sources: PictureSource[] = [];
  mapImages(messages, (source) => sources.push(source));
  const images = await Promise.all(
    sources.map((source) => (isDecoded(source) ? source : decodeImage(source))),
  );
  let next = 0;
  return { decoded: mapImages(messages, () => images[next++]!), images };
}

const isDecoded = (source: PictureSource): source is DecodedImage =>
  typeof source === "object" && source !== null && "hash" in source;

async function decodeWithSharp(bytes: Uint8Array, name: string, maxPixels: number): Promise<RgbImage> {
  const open = () => sharp(bytes, { failOn: "warning", ignoreIcc: true, limitInputPixels: false });
  const { width, height, space, depth } = await orRefuse(name, () => open().metadata());
  if (width * height > maxPixels)
    throw new RequestError(name, `expected at most ${maxPixels} pixels, got ${width} x ${height}`);
  if (depth !== "uchar" && depth !== "ushort")
    throw new RequestError(name, `expected 8 or 16 bits a channel, got ${depth}`, "save the picture as PNG");

  const isCmyk = space === "cmyk";
  const opaque = open().autoOrient().removeAlpha();
  const pixels = isCmyk
    ? opaque.pipelineColourspace("cmyk").toColourspace("cmyk")
    : opaque.toColourspace("srgb");
  const { data, info } = await orRefuse(name, () =>
    pixels.raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true }),
  );
  return { width: info.width, height: info.height, data: isCmyk ? rgbOfCmyk(data) : data };
}

/** Pillow's conversion: each ink takes its share of what black leaves, rounded as it rounds. */
function rgbOfCmyk(cmyk: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / 4) * 3);
  for (let from = 0, to = 0; from < cmyk.length; from += 4, to += 3) {
    const light = 255 - cmyk[from + 3]!;
    for (let ink = 0; ink < 3; ink++) {
      const product = cmyk[from + ink]! * light + 128;
      rgb[to + ink] = light - (((product >> 8) + product) >> 8);
    }
  }
  return rgb;
}

/** The decoder's own words are left out: two pictures that fail at once may get each other's. */
async function orRefuse<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    throw new RequestError(name, "expected an undamaged picture, got one that does not decode");
  }
}
