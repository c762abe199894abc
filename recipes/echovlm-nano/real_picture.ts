/**
 * @file A copy of a real picture, and its facts: labels as they are, everything else measured again on the copy.
 *
 * A flip changes neither labels nor the examined side, which is of the body and told by the prompt; places are measured
 * after it. Where a data set knows millimetres, a copy may be given another scale: head circumference and axes change
 * with it and with nothing else, since a crop leaves the millimetres of a pixel alone.
 */

import { greyOf } from "../../src/data/echo.ts";
import type { Facts } from "../../src/data/facts.ts";
import { labelledFacts, type ManifestRow, redOf, withMeasures } from "../../src/data/manifest.ts";
import { pathFrom } from "../../src/data/path_from.ts";
import type { Draw } from "../../src/data/simulator/draw.ts";
import { decodeImage } from "../../src/image/decode.ts";
import type { RgbImage } from "../../src/processor/rgb_image.ts";
import type { Augmentation } from "./augmentation.ts";
import { moved } from "./geometry.ts";
import { toned } from "./tone.ts";

export interface Picture {
  readonly image: RgbImage;
  readonly facts: Facts;
}

/**
 * Read the row's picture and vary it.
 *
 * @param folder where the manifest lies
 * @throws RequestError when a file is missing or damaged, or labels contradict one another
 */
export async function realPicture(
  folder: string,
  row: ManifestRow,
  augmentation: Augmentation,
  draw: Draw,
): Promise<Picture> {
  const picture = await decodeImage(pathFrom(folder, row.file));
  const mask = row.mask === undefined ? undefined : redOf(await decodeImage(pathFrom(folder, row.mask)));
  const copy = await moved(picture, mask, augmentation, draw);
  const image = augmentation.leastKept === 1 ? copy.image : await toned(copy.image, augmentation.tone, draw);
  const own = rowOfCopy(row, image, copy.shrunk, augmentation.millimetres);
  const labelled = labelledFacts(own);
  const { facts } = copy.mask ? withMeasures(own, labelled, greyOf(image), copy.mask) : labelled;
  return { image, facts };
}

/**
 * The row as its copy would be written in a manifest.
 *
 * @param shrunk pixels of the original that one pixel of the copy covers
 * @param millimetres factor on every length
 */
export function rowOfCopy(
  row: ManifestRow,
  { width, height }: Pick<RgbImage, "width" | "height">,
  shrunk: number,
  millimetres: number,
): ManifestRow {
  const { pixel_mm: pixelMm, ...meta } = row.meta ?? {};
  const { hc_mm: circumference, ...labels } = row.labels;
  return {
    ...row,
    width,
    height,
    labels: {
      ...labels,
      ...(typeof circumference === "number" ? { hc_mm: circumference * millimetres } : {}),
    },
    meta: { ...meta, ...(pixelMm === undefined ? {} : { pixel_mm: pixelMm * shrunk * millimetres }) },
  };
}
