/** @file Layers that follow the face of a curved probe: skin, fat and muscle of the body wall. */

import type { Draw } from "../draw.ts";
import { type Outline, type Point, waves } from "../outline.ts";
import { type Probe, type Shape, type Tissue, tissues, vary } from "../scene.ts";

export type Sector = Probe & { readonly kind: "sector" };

/** A curvilinear abdominal probe. */
export const curvilinear = (draw: Draw, depthMm: number): Sector => ({
  kind: "sector",
  radiusMm: draw.range(45, 60),
  angle: draw.range(0.5, 0.62),
  depthMm,
});

/** A phased-array cardiac probe. */
export const phased = (draw: Draw, depthMm: number): Sector => ({
  kind: "sector",
  radiusMm: draw.range(3, 7),
  angle: draw.range(0.66, 0.76),
  depthMm,
});

/** Points at a depth (mm) that may vary with the angle (radians) to the probe's axis. */
function arcAt(probe: Sector, depth: (theta: number) => number, points = 48): Outline {
  const reach = probe.angle * 1.1;
  return Array.from({ length: points }, (_, i): Point => {
    const theta = -reach + (2 * reach * i) / (points - 1);
    const radius = probe.radiusMm + depth(theta);
    return [radius * Math.sin(theta), radius * Math.cos(theta) - probe.radiusMm];
  });
}

/** Skin, subcutaneous fat and muscle, `thicknessMm` in all. */
export function bodyWall(draw: Draw, probe: Sector, thicknessMm: number): Shape[] {
  const wave = waves(draw, 0.06, 3, 12);
  const shell = (from: number, to: number, fill: Tissue): Shape => ({
    outline: [
      ...arcAt(probe, (theta) => from * thicknessMm * wave(theta * 4)),
      ...arcAt(probe, (theta) => to * thicknessMm * wave(theta * 4)).toReversed(),
    ],
    fill,
  });
  const line = (at: number): Shape => ({
    outline: arcAt(probe, (theta) => at * thicknessMm * wave(theta * 4)),
    stroke: { tissue: vary(tissues.fascia, { echo: 7 }), widthMm: draw.range(0.4, 0.9) },
    closed: false,
    opacity: 0.8,
  });
  const strands = Array.from({ length: 14 }, (): Shape => {
    const [from, to] = [draw.range(-1, 0.7), draw.range(0.15, 0.5)];
    const at = draw.range(0.12, 0.97);
    return {
      outline: arcAt(probe, () => at * thicknessMm).filter((_, i, all) => {
        const t = (2 * i) / all.length - 1;
        return t >= from && t <= from + to;
      }),
      stroke: { tissue: tissues.fascia, widthMm: draw.range(0.2, 0.5) },
      closed: false,
      opacity: draw.range(0.2, 0.6),
    };
  }).filter(({ outline }) => outline.length > 1);
  return [
    shell(-0.3, 0.12, tissues.skin),
    shell(0.12, 0.5, vary(tissues.fat, { echo: -3 })),
    shell(0.5, 1, vary(tissues.muscle, { echo: -4 })),
    ...strands,
    line(0.12),
    line(0.5),
    line(1),
  ];
}
