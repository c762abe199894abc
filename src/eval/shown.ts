/** @file What a model is shown, told apart without making it: a picture's file, or noise that is made when it is asked. */

import { createHash } from "node:crypto";
import sharp from "sharp";
import type { ImageSource } from "../image/read_source.ts";
import { type Message, mapImages } from "../processor/message.ts";
import { namedRandom } from "../tensor/random.ts";

/** A picture's file, or grey noise. */
export type Shown =
  | {
      readonly source: ImageSource;
      /** SHA-256 of the file's bytes in hexadecimal. */
      readonly hash: string;
    }
  | Noise;

/** Uniform grey noise: the same seed, name and size make the same pixels. */
export interface Noise {
  /** Whole number, 0 to 2³² − 1. */
  readonly seed: number;
  readonly name: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** SHA-256 of the words and pictures; equal for conversations that no model can tell apart. */
export function hashOfShown(messages: readonly Message<Shown>[]): string {
  const told = mapImages(messages, (shown) => ("hash" in shown ? shown.hash : shown));
  return createHash("sha256").update(JSON.stringify(told)).digest("hex");
}

/** The conversation with its pictures made. */
export async function renderShown(messages: readonly Message<Shown>[]): Promise<Message<ImageSource>[]> {
  const sources: Promise<ImageSource>[] = [];
  mapImages(messages, (shown) => {
    sources.push("hash" in shown ? Promise.resolve(shown.source) : noisePicture(shown));
  });
  const made = await Promise.all(sources);
  let next = 0;
  return mapImages(messages, () => made[next++]!);
}

/** @returns a PNG file */
export async function noisePicture({ seed, name, width, height }: Noise): Promise<Uint8Array> {
  const random = namedRandom(seed, name);
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = random() * 256;
  // Noise does not shrink, so no time is spent on trying.
  return sharp(grey, { raw: { width, height, channels: 1 } })
    .png({ compressionLevel: 0 })
    .toBuffer();
}
