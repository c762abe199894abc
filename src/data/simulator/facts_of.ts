/** @file The facts of a simulated study: all of it is known, nothing is measured. */

import type { Region } from "../../tasks/regions.ts";
import type { Facts, Finding, StructureFact } from "../facts.ts";
import type { Study } from "./anatomy/study.ts";
import { isInField, type Raster, toPixels } from "./geometry.ts";
import { boundsOf, centroidOf, diametersOf, type Outline } from "./outline.ts";

/** @param raster the picture's: fractions are of its width and height */
export function factsOf(
  region: Region,
  { scene: { probe }, view, organs, lesions }: Study,
  raster: Raster,
): Facts {
  const { width, height, mmPerPixel } = raster;
  const place = (outline: Outline | undefined) =>
    outline && isInField(probe, outline) ? placeOf(outline, raster) : {};
  return {
    region,
    source: "simulated",
    mode: "bMode",
    ...(view ? { view } : {}),
    structures: organs.map(({ outline, ...organ }): StructureFact => ({ ...organ, ...place(outline) })),
    ...(lesions.length === 0
      ? { normal: true }
      : { findings: lesions.map(({ outline, ...lesion }): Finding => ({ ...lesion, ...place(outline) })) }),
    picture: { width, height },
    mmPerPixel,
  };
}

/** Position and size of an outline the probe sees all of; of what leaves the field no size is seen. */
function placeOf(outline: Outline, raster: Raster): Pick<Finding, "position" | "size" | "axesMm"> {
  const pixels = toPixels(raster, outline);
  const { left, right, top, bottom } = boundsOf(pixels);
  const [x, y] = centroidOf(pixels);
  const { longMm, shortMm } = diametersOf(outline);
  // Pixel centres are whole numbers, so the picture reaches from −0.5 to width − 0.5.
  return {
    position: { x: (x + 0.5) / raster.width, y: (y + 0.5) / raster.height },
    size: { width: (right - left) / raster.width, height: (bottom - top) / raster.height },
    axesMm: { long: longMm, short: shortMm },
  };
}
