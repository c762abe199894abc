/** @file Size and identity of a picture from its header, without its pixels. */

import { createHash } from "node:crypto";
import sharp from "sharp";
import { RequestError } from "../errors.ts";
import { bmpSize } from "./bmp.ts";
import { describeStart, formatNames, formatOf, type ImageFormat } from "./format.ts";
import { type ImageSource, nameOf, readSource } from "./read_source.ts";

/** What the header of a picture's file says. */
export interface ImageHeader {
  /** Pixels, as the picture is shown: EXIF orientation is applied. */
  readonly width: number;
  readonly height: number;
  readonly format: ImageFormat;
  /** SHA-256 of the file's bytes in hexadecimal. */
  readonly hash: string;
}

const maxFileBytes = 256 * 1024 * 1024;

/**
 * Read a picture's header. Damage further on in the file is not found.
 *
 * @param source path, or the bytes of a file
 * @throws RequestError when there is no such file or it begins as no picture does
 */
export async function readImageHeader(source: ImageSource): Promise<ImageHeader> {
  const name = nameOf(source);
  const bytes = await readSource(source, maxFileBytes);
  const format = formatOf(bytes);
  if (format === null)
    throw new RequestError(name, `expected a ${formatNames} picture, got ${describeStart(bytes)}`);
  const size = format === "bmp" ? bmpSize(bytes, name) : await sizeOf(bytes, name);
  return { ...size, format, hash: createHash("sha256").update(bytes).digest("hex") };
}

async function sizeOf(bytes: Uint8Array, name: string): Promise<{ width: number; height: number }> {
  try {
    const { autoOrient } = await sharp(bytes, { limitInputPixels: false }).metadata();
    return { width: autoOrient.width, height: autoOrient.height };
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ").trim();
    throw new RequestError(name, `expected a picture's header, got a damaged one: ${reason}`);
  }
}
