/** @file Draws a scene's shapes with sharp's SVG renderer: the tissue map the physics reads, and masks. */

import sharp from "sharp";
import { type Raster, toPixels } from "./geometry.ts";
import type { Outline } from "./outline.ts";
import { encodings } from "./physics.ts";
import type { Scene, Shape, Tissue } from "./scene.ts";

/**
 * The tissue map: [height · width, 3] bytes, echo, loss and impedance, encoded.
 *
 * Blending happens in these codes, so echoes blend in decibels.
 */
export async function paintTissues({ background, shapes }: Scene, raster: Raster): Promise<Uint8Array> {
  const { width, height } = raster;
  const parts = shapes.map((shape, i) => drawShape(shape, raster, `s${i}`)).join("");
  return render(
    svg(raster, `<rect width="${width}" height="${height}" fill="${colourOf(background)}"/>${parts}`),
  );
}

/** 255 inside the outlines, 0 outside: [height · width]. */
export async function paintMask(outlines: readonly Outline[], raster: Raster): Promise<Uint8Array> {
  const paths = outlines.map((outline) => `<path d="${pathOf(outline, raster, true)}" fill="#fff"/>`);
  const rgb = await render(svg(raster, `<g shape-rendering="crispEdges">${paths.join("")}</g>`));
  return rgb.filter((_, i) => i % 3 === 0).map((value) => (value > 127 ? 255 : 0));
}

/** RGB of an SVG document on black. */
export async function render(document: string): Promise<Uint8Array> {
  const { data } = await sharp(Buffer.from(document))
    .flatten({ background: "#000" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return data;
}

export const svg = ({ width, height }: { width: number; height: number }, content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`;

function drawShape(shape: Shape, raster: Raster, id: string): string {
  const { outline, fill, stroke, closed = true, opacity = 1, softMm } = shape;
  const attributes = [
    `d="${pathOf(outline, raster, closed)}"`,
    `fill="${fill ? colourOf(fill) : "none"}"`,
    stroke
      ? `stroke="${colourOf(stroke.tissue)}" stroke-width="${(stroke.widthMm / raster.mmPerPixel).toFixed(2)}" stroke-linejoin="round" stroke-linecap="round"`
      : "",
    // Not `opacity`: that would draw every shape on a canvas of its own.
    opacity < 1 ? `fill-opacity="${opacity.toFixed(3)}" stroke-opacity="${opacity.toFixed(3)}"` : "",
    softMm ? `filter="url(#${id})"` : "",
  ];
  const path = `<path ${attributes.filter(Boolean).join(" ")}/>`;
  if (!softMm) return path;
  const deviation = (softMm / raster.mmPerPixel).toFixed(2);
  return `<filter id="${id}" color-interpolation-filters="sRGB" x="-30%" y="-30%" width="160%" height="160%"><feGaussianBlur stdDeviation="${deviation}"/></filter>${path}`;
}

const colourOf = ({ echo, loss, impedance }: Tissue): string =>
  `rgb(${encodings.echo(echo)},${encodings.loss(loss)},${encodings.impedance(impedance)})`;

function pathOf(outline: Outline, raster: Raster, closed: boolean): string {
  // SVG's pixel (0, 0) has its centre at (0.5, 0.5).
  const points = toPixels(raster, outline).map(([x, y]) => `${(x + 0.5).toFixed(2)} ${(y + 0.5).toFixed(2)}`);
  return `M${points.join("L")}${closed ? "Z" : ""}`;
}
