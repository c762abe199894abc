/** @file The experiment's pictures: each as a job whose outcome depends on nothing but the job, made once. */

import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { z } from "zod";
import { replaceFile } from "../../src/checkpoint/replace_file.ts";
import { Facts } from "../../src/data/facts.ts";
import { createScanner } from "../../src/data/simulator/scan.ts";
import { createSimulator, findingsOf, type SimulationRequest } from "../../src/data/simulator/simulate.ts";
import type { RgbImage } from "../../src/processor/rgb_image.ts";
import { regions } from "../../src/tasks/regions.ts";
import { seedOf } from "../echovlm-nano/plan.ts";
import type { Scale } from "./scale.ts";
import { shapeScene, Thing, thingsIn } from "./shapes.ts";

/** Shapes to learn from and to validate on; organs to be told of, to learn from, to validate and to test on. */
export type PartName = "shapes" | "unseen-shapes" | "told" | "train" | "validation" | "test";

/** A picture to be made. */
export interface PictureJob {
  /** Its files' name, unique in the experiment. */
  readonly id: string;
  readonly part: PartName;
  readonly seed: number;
  /** Absent: shapes. */
  readonly organ?: Pick<SimulationRequest, "region" | "finding">;
}

/** What is known of a picture, kept beside it. */
const Known = z.strictObject({
  facts: Facts.exactOptional(),
  things: z.array(Thing).readonly().exactOptional(),
  /** Mean of its grey levels and of their squares, 0 to 1. */
  mean: z.number(),
  meanSquare: z.number(),
});
export type Known = Readonly<z.infer<typeof Known>>;

export interface KnownPicture extends PictureJob {
  readonly file: string;
  readonly known: Known;
}

/** All pictures: seeds differ between the parts, so that no picture is in two. Normal organs come three times as often. */
export function planPictures({ organs, shapes }: Scale): PictureJob[] {
  const found = regions.flatMap((region) =>
    findingsOf(region).flatMap((finding) =>
      Array.from({ length: finding === "normal" ? 3 : 1 }, () => ({ region, finding })),
    ),
  );
  const general = (["shapes", "unseen-shapes"] as const).flatMap((part) => {
    const count = part === "shapes" ? shapes.train : shapes.validation;
    return Array.from({ length: count }, (_, n): PictureJob => job(part, n));
  });
  const organic = (["told", "train", "validation", "test"] as const).flatMap((part) =>
    // Steps of a number without a common factor visit every kind before any comes again.
    Array.from({ length: organs[part] }, (_, n) => ({
      ...job(part, n),
      organ: found[(n * 37) % found.length]!,
    })),
  );
  return [...general, ...organic];
}

const job = (part: PartName, n: number): PictureJob => ({
  id: `${part}-${String(n).padStart(4, "0")}`,
  part,
  seed: seedOf("dual-path", part, n),
});

/** Pictures under way at once: painting one overlaps with the physics of another. */
const atOnce = 4;

/**
 * Make the pictures that are not there.
 *
 * @throws the signal's reason when it is aborted; what was made is kept
 */
export async function makePictures(
  jobs: readonly PictureJob[],
  folder: string,
  { size, signal, onProgress }: PictureOptions,
): Promise<KnownPicture[]> {
  await mkdir(folder, { recursive: true });
  const made = new Map<PictureJob, KnownPicture>();
  const [simulator, scanner] = [await createSimulator(), await createScanner()];
  const queue = jobs.values();
  const work = async () => {
    for (const one of queue) {
      signal.throwIfAborted();
      const file = join(folder, `${one.id}.jpg`);
      const path = join(folder, `${one.id}.json`);
      if (!existsSync(path)) {
        const { image, ...told } = await draw(one);
        const jpeg = await sharp(image.data, {
          raw: { width: image.width, height: image.height, channels: 3 },
        })
          .toColourspace("b-w")
          .jpeg({ quality: 92 })
          .toBuffer();
        await replaceFile(file, jpeg);
        await replaceFile(path, JSON.stringify({ ...told, ...greyOf(image) }));
      }
      const known = Known.parse(JSON.parse(await readFile(path, "utf8")));
      made.set(one, { ...one, file, known });
      onProgress(made.size, jobs.length);
    }
  };
  const draw = async ({ seed, organ }: PictureJob): Promise<Drawn> => {
    if (organ) {
      const { image, facts } = await simulator.simulate({ ...organ, seed, size });
      return { image, facts };
    }
    const { scene, placed } = shapeScene(seed);
    const { image, raster } = await scanner.scan(scene, seed, size);
    return { image, things: thingsIn(placed, raster) };
  };
  try {
    const ended = await Promise.allSettled(Array.from({ length: atOnce }, work));
    const failure = ended.find(({ status }) => status === "rejected");
    if (failure?.status === "rejected") throw failure.reason;
  } finally {
    await Promise.all([simulator.close(), scanner.close()]);
  }
  return jobs.map((one) => made.get(one)!);
}

export interface PictureOptions {
  /** Longer side, pixels. */
  readonly size: number;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

interface Drawn extends Partial<Pick<Known, "facts" | "things">> {
  readonly image: RgbImage;
}

function greyOf({ data }: RgbImage): Pick<Known, "mean" | "meanSquare"> {
  let [sum, squares] = [0, 0];
  for (const value of data) {
    sum += value / 255;
    squares += (value / 255) ** 2;
  }
  return { mean: sum / data.length, meanSquare: squares / data.length };
}

/** Mean and deviation of all pixels, 0 to 1. */
export function pixelStatistics(pictures: readonly KnownPicture[]): { mean: number; deviation: number } {
  const meanOf = (field: "mean" | "meanSquare") =>
    pictures.reduce((sum, { known }) => sum + known[field], 0) / pictures.length;
  const mean = meanOf("mean");
  return { mean, deviation: Math.sqrt(meanOf("meanSquare") - mean ** 2) };
}
