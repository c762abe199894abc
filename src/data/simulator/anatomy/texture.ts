/** @file Structure inside tissue: fibres along layers, lobules, small vessels, speckled nodules. */

import type { Draw } from "../draw.ts";
import { along, arc, blob, type Curve, type Ellipse, type Outline, tube, wavy } from "../outline.ts";
import { type Shape, type Tissue, tissues, vary } from "../scene.ts";

export interface Layer {
  readonly upper: Curve;
  readonly lower: Curve;
  /** Lateral extent, mm. */
  readonly left: number;
  readonly right: number;
}

/** The boundary `share` of the way from the upper to the lower one. */
const inLayer =
  ({ upper, lower }: Layer, share: number): Curve =>
  (x) =>
    upper(x) + (lower(x) - upper(x)) * share;

/** Thin fibres that follow the layer. */
export function fibres(
  draw: Draw,
  layer: Layer,
  options: {
    count: number;
    lengthMm: number;
    widthMm: number;
    tissue: Tissue;
    opacity: number;
    wave: number;
  },
): Shape[] {
  const { count, lengthMm, widthMm, tissue, opacity, wave } = options;
  return Array.from({ length: count }, () => {
    const length = lengthMm * draw.range(0.5, 1.5);
    const left = draw.range(layer.left - length / 2, layer.right - length / 2);
    const course = inLayer(layer, draw.range(0.03, 0.97));
    const wobble = wavy(draw, 0, wave, lengthMm * 0.8);
    return {
      outline: along((x) => course(x) + wobble(x), left, left + length, 14),
      stroke: {
        tissue: vary(tissue, { echo: tissue.echo + draw.range(-3, 3) }),
        widthMm: widthMm * draw.range(0.6, 1.4),
      },
      closed: false,
      opacity: opacity * draw.range(0.5, 1),
    };
  });
}

/** Flat lobules that fill a layer, each a little different. */
export function lobules(
  draw: Draw,
  layer: Layer,
  options: {
    count: number;
    widthMm: number;
    heightMm: number;
    tissue: Tissue;
    spread: number;
    septum?: Tissue;
  },
): Shape[] {
  const { count, widthMm, heightMm, tissue, spread, septum } = options;
  return Array.from({ length: count }, () => {
    const x = draw.range(layer.left, layer.right);
    const lobule: Ellipse = {
      x,
      y: inLayer(layer, draw.range(0.08, 0.92))(x),
      rx: (widthMm / 2) * draw.range(0.6, 1.4),
      ry: (heightMm / 2) * draw.range(0.6, 1.3),
      tilt: draw.range(-0.25, 0.25),
    };
    return {
      outline: blob(draw, lobule, 0.08),
      fill: vary(tissue, { echo: tissue.echo + draw.range(-spread, spread) }),
      ...(septum ? { stroke: { tissue: septum, widthMm: draw.range(0.12, 0.3) } } : {}),
      opacity: draw.range(0.35, 0.8),
    };
  });
}

/** Spots of other echo scattered in an ellipse: coarse texture. */
export function spots(
  draw: Draw,
  within: Ellipse,
  options: { count: number; sizeMm: number; tissue: Tissue; spread: number; opacity: number },
): Shape[] {
  const { count, sizeMm, tissue, spread, opacity } = options;
  return Array.from({ length: count }, () => {
    const [radius, angle] = [Math.sqrt(draw.random()) * 0.95, draw.range(0, 2 * Math.PI)];
    const { tilt = 0 } = within;
    const [u, v] = [within.rx * radius * Math.cos(angle), within.ry * radius * Math.sin(angle)];
    const size = (sizeMm / 2) * draw.range(0.6, 1.5);
    return {
      outline: blob(
        draw,
        {
          x: within.x + u * Math.cos(tilt) - v * Math.sin(tilt),
          y: within.y + u * Math.sin(tilt) + v * Math.cos(tilt),
          rx: size,
          ry: size * draw.range(0.7, 1),
          tilt: draw.range(0, 3),
        },
        0.15,
      ),
      fill: vary(tissue, { echo: tissue.echo + draw.range(-spread, spread) }),
      opacity: opacity * draw.range(0.5, 1),
    };
  });
}

/** A vessel along a path that tapers; portal veins have bright walls. */
export function vessel(path: Outline, fromMm: number, toMm: number, wall?: Tissue): Shape {
  return {
    outline: tube(path, (t) => ((fromMm + (toMm - fromMm) * t) / 2) * Math.min(1, t * 8 + 0.25)),
    fill: tissues.blood,
    ...(wall ? { stroke: { tissue: wall, widthMm: 1.1 } } : {}),
  };
}

/** A tree of vessels: a trunk and branches that leave it. */
export function vesselTree(
  draw: Draw,
  root: { from: readonly [number, number]; angle: number; lengthMm: number; widthMm: number },
  levels: number,
  wall?: Tissue,
): Shape[] {
  const { from, angle, lengthMm, widthMm } = root;
  const to = [from[0] + lengthMm * Math.cos(angle), from[1] + lengthMm * Math.sin(angle)] as const;
  const trunk = vessel(arc(from, to, draw.range(-0.1, 0.1) * lengthMm), widthMm, widthMm * 0.7, wall);
  if (levels === 0) return [trunk];
  const branches = [-1, 1].flatMap((side) =>
    vesselTree(
      draw,
      {
        from: to,
        angle: angle + side * draw.range(0.25, 0.7),
        lengthMm: lengthMm * draw.range(0.55, 0.85),
        widthMm: widthMm * 0.65,
      },
      levels - 1,
      wall,
    ),
  );
  return [...branches, trunk];
}
