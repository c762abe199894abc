/** @file The facts of a simulated study: all of it is known, nothing is measured. */

import type { Region } from "../../tasks/regions.ts";
import type { Facts, Finding, StructureFact } from "../facts.ts";
import type { Study } from "./anatomy/study.ts";
import { type Raster, toPixels } from "./geometry.ts";
import { boundsOf, centroidOf, diametersOf, type Outline } from "./outline.ts";

/** @param raster the picture's: fractions are of its width and height */
export function factsOf(region: Region, { view, side, organs, lesions }: Study, raster: Raster): Facts {
  const { width, height, mmPerPixel } = raster;
  return {
    region,
    source: "simulated",
    mode: "bMode",
    ...(view ? { view } : {}),
    ...(side ? { side } : {}),
    structures: organs.map(
      ({ outline, ...organ }): StructureFact => ({ ...organ, ...placeOf(outline, raster) }),
    ),
    ...(lesions.length === 0
      ? { normal: true }
      : {
          findings: lesions.map(
            ({ outline, ...lesion }): Finding => ({ ...lesion, ...placeOf(outline, raster) }),
          ),
        }),
    picture: { width, height },
    mmPerPixel,
  };
}

/** Position and size of an outline; nothing when it leaves the picture, because then its size is not seen. */
function placeOf(
  outline: Outline | undefined,
  raster: Raster,
): Pick<Finding, "position" | "size" | "axesMm"> {
  if (!outline) return {};
  const pixels = toPixels(raster, outline);
  const { left, right, top, bottom } = boundsOf(pixels);
  const [x, y] = centroidOf(pixels);
  if (left < 0 || top < 0 || right > raster.width - 1 || bottom > raster.height - 1) return {};
  const { longMm, shortMm } = diametersOf(outline);
  // Pixel centres are whole numbers, so the picture reaches from −0.5 to width − 0.5.
  return {
    position: { x: (x + 0.5) / raster.width, y: (y + 0.5) / raster.height },
    size: { width: (right - left) / raster.width, height: (bottom - top) / raster.height },
    axesMm: { long: longMm, short: shortMm },
  };
}
