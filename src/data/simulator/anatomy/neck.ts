/** @file What thyroid and carotid pictures share: skin, platysma, muscles, vessels in cross section. */

import type { Draw } from "../draw.ts";
import { between, blob, type Curve, type Ellipse, type Outline, wavy } from "../outline.ts";
import { type Shape, type Tissue, tissues, vary } from "../scene.ts";
import { fibres, type Layer } from "./texture.ts";

/** The layer between two curves, filled. */
export const filled = ({ upper, lower, left, right }: Layer, fill: Tissue): Shape => ({
  outline: between(upper, lower, left, right),
  fill,
});

/** A bright sheet that follows a curve. */
export const sheet = (curve: Curve, { left, right }: Layer, thicknessMm: number, echo = 10): Shape => ({
  outline: between(curve, (x) => curve(x) + thicknessMm, left, right),
  fill: vary(tissues.fascia, { echo }),
  opacity: 0.85,
});

/** A muscle with its fibres and bright sheets above and below. */
export function muscle(draw: Draw, layer: Layer, echo: number = tissues.muscle.echo): Shape[] {
  const count = Math.round((layer.right - layer.left) * 0.9);
  return [
    filled(layer, vary(tissues.muscle, { echo })),
    ...fibres(draw, layer, {
      count,
      lengthMm: 7,
      widthMm: 0.2,
      tissue: vary(tissues.fascia, { echo: echo + 13 }),
      opacity: 0.5,
      wave: 0.15,
    }),
    sheet(layer.upper, layer, 0.35, 7),
    sheet(layer.lower, layer, 0.35, 7),
  ];
}

/** Skin and subcutaneous fat down to the returned curve. */
export function superficial(draw: Draw, half: number, bottomMm: number): { shapes: Shape[]; bottom: Curve } {
  const skin = wavy(draw, draw.range(1.2, 1.9), 0.1, 30);
  const bottom = wavy(draw, bottomMm, 0.25, 25);
  const extent = { left: -half, right: half };
  const fat: Layer = { upper: skin, lower: bottom, ...extent };
  return {
    shapes: [
      filled({ upper: () => -2, lower: skin, ...extent }, vary(tissues.skin, { echo: draw.range(5, 10) })),
      filled(fat, vary(tissues.fat, { echo: -6 })),
      ...fibres(draw, fat, {
        count: 22,
        lengthMm: 8,
        widthMm: 0.25,
        tissue: vary(tissues.fascia, { echo: 4 }),
        opacity: 0.6,
        wave: 0.3,
      }),
    ],
    bottom,
  };
}

/** An artery across: lumen and its bright wall. */
export function artery(draw: Draw, at: Ellipse): { shapes: Shape[]; outline: Outline } {
  const outline = blob(draw, at, 0.015);
  const ring = (share: number): Outline => blob(draw, { ...at, rx: at.rx + share, ry: at.ry + share }, 0.01);
  return {
    shapes: [
      { outline: ring(1.3), fill: vary(tissues.wall, { echo: 8 }), softMm: 0.25 },
      { outline: ring(0.7), fill: vary(tissues.muscle, { echo: -14 }) },
      { outline, fill: tissues.blood, stroke: { tissue: tissues.wall, widthMm: 0.25 } },
    ],
    outline,
  };
}
