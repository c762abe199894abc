/**
 * @file From numbers to words. Each word has two thresholds with a zone between them in which nothing is said: the cost
 * of a missing word is small, that of a wrong one is a lesson taught wrongly. How often each is said on real pictures
 * is in docs/facts.md.
 */

import { type Echo, echoOf, type GreyImage } from "./echo.ts";
import type { Finding } from "./facts.ts";
import { type Mask, type Outline, outlineOf } from "./outline.ts";

/** What is known of the picture's pixels. */
export interface PixelScale {
  /** Whether a pixel is as high as it is wide; orientation, shape and millimetres need it. */
  readonly isSquare: boolean;
  /** Physical side of a pixel, millimetres. */
  readonly mmPerPixel?: number;
}

export type Measured = Pick<
  Finding,
  "position" | "size" | "axesMm" | "shape" | "orientation" | "echogenicity" | "posterior"
>;

/**
 * Facts of one outlined thing, from the picture and its mask.
 *
 * @param grey of the same size as the mask
 * @returns undefined when the mask is empty
 */
export function measure(grey: GreyImage, mask: Mask, scale: PixelScale): Measured | undefined {
  const outline = outlineOf(mask);
  if (outline === undefined) return undefined;
  const echo = echoOf(grey, mask, outline);
  const shape = scale.isSquare ? shapeOf(outline) : undefined;
  return {
    ...placeOf(outline, mask),
    ...axesOf(outline, scale),
    ...known("shape", shape),
    // A round thing has no long axis to be parallel.
    ...known("orientation", scale.isSquare && shape !== "round" ? orientationOf(outline) : undefined),
    ...known("echogenicity", echogenicityOf(echo)),
    ...known("posterior", posteriorOf(echo)),
  };
}

const known = <K extends keyof Measured>(key: K, value: Measured[K] | undefined): Pick<Measured, never> =>
  value === undefined ? {} : { [key]: value };

const thousandths = (value: number) => Math.round(value * 1000) / 1000;
const tenths = (value: number) => Math.round(value * 10) / 10;

/** Centroid and bounding box as fractions of the picture. */
export function placeOf(
  { centre, box }: Outline,
  { width, height }: Pick<Mask, "width" | "height">,
): Required<Pick<Measured, "position" | "size">> {
  return {
    position: { x: thousandths(centre.x / width), y: thousandths(centre.y / height) },
    size: {
      width: thousandths((box.right - box.left) / width),
      height: thousandths((box.bottom - box.top) / height),
    },
  };
}

/** Axes of the ellipse with the same second moments, in tenths of a millimetre; nothing below the first tenth. */
export function axesOf(
  { longAxis, shortAxis }: Outline,
  { isSquare, mmPerPixel }: PixelScale,
): Pick<Measured, "axesMm"> {
  if (!isSquare || mmPerPixel === undefined) return {};
  const axesMm = { long: tenths(longAxis * mmPerPixel), short: tenths(shortAxis * mmPerPixel) };
  return axesMm.short > 0 ? { axesMm } : {};
}

/**
 * Irregular: at least a tenth of the convex hull is dents (solidity ≤ 0.90) or the ellipse overlaps little (≤ 0.86).
 * Oval or round: solidity ≥ 0.95 and overlap with the ellipse ≥ 0.92, which leaves room for two or three gentle
 * lobulations; round where the axes differ by at most 12 %, oval from 20 %.
 *
 * @see ACR BI-RADS ultrasound lexicon, shape; the numbers are ours
 */
export function shapeOf(outline: Outline): Measured["shape"] | undefined {
  const { solidity, ellipseOverlap, longAxis, shortAxis } = outline;
  if (solidity <= 0.9 || ellipseOverlap <= 0.86) return "irregular";
  if (solidity < 0.95 || ellipseOverlap < 0.92) return undefined;
  const ratio = shortAxis / longAxis;
  if (ratio >= 0.88) return "round";
  return ratio <= 0.8 ? "oval" : undefined;
}

/**
 * Parallel: the box is at least 1.2 times as wide as high. Not parallel: at most 0.9 times.
 *
 * @see ACR BI-RADS ultrasound lexicon, orientation: wider than tall against taller than wide; the zone is ours
 */
export function orientationOf({ box }: Outline): Measured["orientation"] | undefined {
  const ratio = (box.right - box.left) / (box.bottom - box.top);
  if (ratio >= 1.2) return "parallel";
  return ratio <= 0.9 ? "notParallel" : undefined;
}

/**
 * Inside against beside, as a ratio of mean grey levels. Levels are log-compressed and the gain is unknown, so only
 * clear differences count.
 * Anechoic: three quarters of the inside at most 20 levels and a quarter of its surroundings (which must show signal,
 * 25 levels): echo-free to the display's black. Hypoechoic 0.4 to 0.75 (darker than 0.4 may be either), isoechoic
 * 0.9 to 1.1, hyperechoic from 1.3.
 */
export function echogenicityOf({ inside, insideUpper, beside }: Echo): Measured["echogenicity"] | undefined {
  if (inside === undefined || insideUpper === undefined || beside === undefined || beside < 25)
    return undefined;
  if (insideUpper <= 20 && insideUpper <= beside / 4) return "anechoic";
  const ratio = inside / beside;
  if (ratio >= 0.4 && ratio <= 0.75) return "hypoechoic";
  if (ratio >= 0.9 && ratio <= 1.1) return "isoechoic";
  return ratio >= 1.3 ? "hyperechoic" : undefined;
}

/**
 * Behind against both flanks at the same depth. Enhancement: at least 1.25 times the brighter flank and 12 levels more.
 * Shadow: at most 0.75 times the darker flank and 12 levels less. None: within 12 % of both.
 */
export function posteriorOf({
  behind,
  leftOfBehind,
  rightOfBehind,
}: Echo): Measured["posterior"] | undefined {
  if (behind === undefined || leftOfBehind === undefined || rightOfBehind === undefined) return undefined;
  const brighter = Math.max(leftOfBehind, rightOfBehind);
  const darker = Math.min(leftOfBehind, rightOfBehind);
  if (brighter < 15) return undefined;
  if (behind >= brighter * 1.25 && behind - brighter >= 12) return "enhancement";
  if (behind <= darker * 0.75 && darker - behind >= 12) return "shadow";
  return behind >= brighter * 0.88 && behind <= darker * 1.12 ? "none" : undefined;
}
