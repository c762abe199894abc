/** @file A job to a file and its facts. */

import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import type { Facts } from "../../src/data/facts.ts";
import { openStream } from "../../src/data/simulator/draw.ts";
import type { Simulator } from "../../src/data/simulator/simulate.ts";
import type { RgbImage } from "../../src/processor/rgb_image.ts";
import { drawAugmentation, unchanged } from "./augmentation.ts";
import { emptyPicture } from "./empty_picture.ts";
import { photographPicture } from "./photograph.ts";
import type { Job, PlannedPicture } from "./plan.ts";
import { type Picture, realPicture } from "./real_picture.ts";
import { simulatedPicture } from "./simulated_picture.ts";

/** What pictures are made from. */
export interface Workshop {
  /** Folder of the manifest. */
  readonly dataFolder: string;
  /** Folder of the data set that is made. */
  readonly out: string;
  readonly simulator: Simulator;
}

/** Make one picture. @returns its facts */
export async function makePicture({ file, job }: PlannedPicture, workshop: Workshop): Promise<Facts> {
  const { image, facts } = await pictureOf(job, workshop);
  await writePicture(join(workshop.out, file), image);
  return facts;
}

function pictureOf(job: Job, { dataFolder, simulator }: Workshop): Promise<Picture> {
  switch (job.kind) {
    case "real": {
      const draw = openStream(job.seed, "copy");
      const augmentation = job.copy === 0 ? unchanged : drawAugmentation(job.row, draw);
      return realPicture(dataFolder, job.row, augmentation, draw);
    }
    case "simulated":
      return simulatedPicture(simulator, job.request);
    case "painted":
      return emptyPicture(openStream(job.seed, "painted"));
    case "photograph":
      return photographPicture(job.file, openStream(job.seed, "photograph"));
  }
}

/** JPEG of quality 92, without colour where the picture has none. It appears under its name once it is whole. */
async function writePicture(path: string, { width, height, data }: RgbImage): Promise<void> {
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  const bytes = await (isGrey(data) ? picture.toColourspace("b-w") : picture)
    .jpeg({ quality: 92 })
    .toBuffer();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.tmp`, bytes);
  await rename(`${path}.tmp`, path);
}

function isGrey(data: Uint8Array): boolean {
  for (let at = 0; at < data.length; at += 3)
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  return true;
}
