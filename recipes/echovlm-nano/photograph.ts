/** @file Photographs as pictures that are no ultrasound: random parts of them, half without colour. */

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Draw } from "../../src/data/simulator/draw.ts";
import { RequestError } from "../../src/errors.ts";
import { decodeImage } from "../../src/image/decode.ts";
import { fittedSize } from "./geometry.ts";
import type { Picture } from "./real_picture.ts";

export interface Photograph {
  readonly file: string;
  /** Of its bytes: what a split must not tear apart. */
  readonly hash: string;
}

/**
 * All photographs in a folder and below it, each content once.
 *
 * @throws RequestError when there is none
 */
export async function findPhotographs(folder: string): Promise<Photograph[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = names.filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
  if (files.length === 0)
    throw new RequestError("--photos", `expected JPEG or PNG files below ${folder}, got none`);
  const found = new Map<string, Photograph>();
  for (const name of files) {
    const file = join(folder, name);
    const hash = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    if (!found.has(hash)) found.set(hash, { file, hash });
  }
  return [...found.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
}

/** ITU-R BT.601. */
const luma: [number, number, number] = [0.299, 0.587, 0.114];

/** A random part of a photograph. */
export async function photographPicture(file: string, draw: Draw): Promise<Picture> {
  const { width, height, data } = await decodeImage(file);
  const part = (length: number) => {
    const kept = Math.max(1, Math.round(length * draw.range(0.35, 1)));
    return [draw.whole(0, length - kept), kept] as const;
  };
  const [[left, across], [top, down]] = [part(width), part(height)];
  const size = fittedSize({ width: across, height: down });
  let pipeline = sharp(data, { raw: { width, height, channels: 3 } })
    .extract({ left, top, width: across, height: down })
    .resize(size.width, size.height, { fit: "fill" });
  if (draw.chance(0.5)) pipeline = pipeline.flop();
  // Not `greyscale`, which would leave one channel.
  if (draw.chance(0.5)) pipeline = pipeline.recomb([luma, luma, luma]);
  if (draw.chance(0.15)) pipeline = pipeline.blur(draw.range(0.6, 4));
  const pixels = await pipeline.raw().toBuffer();
  return {
    image: { ...size, data: pixels },
    facts: { region: "other", source: "labelled", empty: "notUltrasound", picture: size },
  };
}
