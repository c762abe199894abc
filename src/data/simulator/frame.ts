/** @file The frame around the picture: margins, depth scale, grey bar, focus and probe marks. No text. */

import sharp from "sharp";
import type { RgbImage } from "../../processor/rgb_image.ts";
import type { Draw } from "./draw.ts";
import { coverField, fieldOf, type Raster } from "./geometry.ts";
import { svg } from "./paint.ts";
import type { Probe } from "./scene.ts";
import type { Settings } from "./settings.ts";

export interface Frame {
  readonly raster: Raster;
  readonly scale: "none" | "right" | "left";
  readonly greyBar: boolean;
  readonly probeMark: boolean;
  /** Brightness of the marks, 0 to 255. */
  readonly ink: number;
}

/** A frame for the probe's field; `size` is the longer side in pixels. */
export function drawFrame(draw: Draw, probe: Probe, size: number): Frame {
  const cropped = probe.kind === "linear" && draw.chance(0.4);
  const marginMm = probe.depthMm * (cropped ? 0 : draw.range(0.03, 0.1));
  return {
    raster: coverField(probe, marginMm, size),
    scale: cropped ? "none" : draw.pick(["right", "right", "left", "none"]),
    greyBar: !cropped && draw.chance(0.5),
    probeMark: !cropped && draw.chance(0.6),
    ink: draw.range(130, 230),
  };
}

/** The framed picture from the grey of its pixels: [height · width]. */
export async function framePicture(
  grey: Uint8Array,
  { raster, ...frame }: Frame,
  probe: Probe,
  { focusMm }: Settings,
): Promise<RgbImage> {
  const { width, height } = raster;
  const marks = svg(raster, marksOf({ raster, ...frame }, probe, focusMm));
  const { data } = await sharp(grey, { raw: { width, height, channels: 1 } })
    .toColourspace("srgb")
    .composite([{ input: Buffer.from(marks) }])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width, height, data };
}

function marksOf({ raster, scale, greyBar, probeMark, ink }: Frame, probe: Probe, focusMm: number): string {
  const { width, height, mmPerPixel, left, top } = raster;
  const field = fieldOf(probe);
  const colour = `rgb(${[ink, ink, ink].map(Math.round).join(",")})`;
  const px = (mm: number): number => mm / mmPerPixel;
  const y = (mm: number): number => px(mm - top) + 0.5;
  const parts: string[] = [];
  const line = (x1: number, x2: number, at: number): void => {
    parts.push(
      `<path d="M${x1.toFixed(1)} ${at.toFixed(2)}H${x2.toFixed(1)}" stroke="${colour}" stroke-width="1"/>`,
    );
  };
  if (scale !== "none") {
    const edge = scale === "right" ? width - 2 : 2;
    const inward = scale === "right" ? -1 : 1;
    const tick = Math.max(3, px(probe.depthMm) * 0.012);
    // A tick every 5 mm where the field is shallow, else every 10 mm; every 10 or 50 mm is longer.
    const stepMm = probe.depthMm <= 60 ? 5 : 10;
    for (let mm = 0; mm <= probe.depthMm; mm += stepMm) {
      const long = mm % (stepMm === 5 ? 10 : 50) === 0;
      line(edge, edge + inward * tick * (long ? 2 : 1), y(mm));
    }
    const [x, at, size] = [edge + inward * tick * 2.6, y(focusMm), tick];
    parts.push(
      `<path d="M${x} ${at}l${inward * size} ${-size * 0.6}v${size * 1.2}Z" fill="${colour}" stroke="none"/>`,
    );
  }
  if (greyBar) {
    const x = scale === "left" ? width - 12 : 4;
    parts.push(
      `<linearGradient id="g" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fff"/><stop offset="1" stop-color="#000"/></linearGradient>`,
      `<rect x="${x}" y="${(height * 0.08).toFixed(1)}" width="7" height="${(height * 0.3).toFixed(1)}" fill="url(#g)"/>`,
    );
  }
  if (probeMark) {
    const x = Math.max(8, px((probe.kind === "linear" ? field.left : -probe.depthMm * 0.12) - left) + 6);
    parts.push(`<circle cx="${x.toFixed(1)}" cy="6" r="3.2" fill="${colour}"/>`);
  }
  return parts.join("");
}
