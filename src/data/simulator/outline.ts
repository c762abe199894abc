/** @file Outlines in millimetres: how to make them and what can be measured on them. */

import type { Draw } from "./draw.ts";

/** Millimetres: x to the right of the probe's centre, y into the depth from its face. */
export type Point = readonly [x: number, y: number];
/** A polygon; the last point joins the first where the outline is closed. */
export type Outline = readonly Point[];
/** Depth (mm) of a layer boundary at lateral position x (mm). */
export type Curve = (x: number) => number;

export interface Ellipse {
  readonly x: number;
  readonly y: number;
  /** Half axes, mm: along the tilted x axis and across it. */
  readonly rx: number;
  readonly ry: number;
  /** Radians, clockwise in the picture; 0 when absent. */
  readonly tilt?: number;
}

const turn = 2 * Math.PI;

/** A closed outline whose radius, relative to the ellipse, is `radius(angle)`. */
export function polar(ellipse: Ellipse, radius: (angle: number) => number, points = 96): Outline {
  const { x, y, rx, ry, tilt = 0 } = ellipse;
  const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)];
  return Array.from({ length: points }, (_, i) => {
    const angle = (turn * i) / points;
    const [u, v] = [rx * radius(angle) * Math.cos(angle), ry * radius(angle) * Math.sin(angle)];
    return [x + u * cos - v * sin, y + u * sin + v * cos];
  });
}

export const ellipse = (shape: Ellipse, points = 64): Outline => polar(shape, () => 1, points);

/** Relative radius around 1 that waves `amplitude` strong, with harmonics `lowest` to `highest` falling off as 1/k. */
export function waves(draw: Draw, amplitude: number, lowest = 2, highest = 6): (angle: number) => number {
  const harmonics = Array.from({ length: highest - lowest + 1 }, (_, i) => ({
    k: lowest + i,
    size: (amplitude * draw.range(0.4, 1) * lowest) / (lowest + i),
    phase: draw.range(0, turn),
  }));
  return (angle) =>
    harmonics.reduce((sum, { k, size, phase }) => sum + size * Math.cos(k * angle + phase), 1);
}

/** An ellipse as tissue would grow it. */
export const blob = (draw: Draw, shape: Ellipse, amplitude = 0.05): Outline =>
  polar(shape, waves(draw, amplitude));

/** `y` mm deep on average, waving `amplitude` mm over roughly `length` mm. */
export function wavy(draw: Draw, y: number, amplitude: number, length: number): Curve {
  const parts = [1, 2.3, 4.1].map((k) => ({
    frequency: (turn * k) / (length * draw.range(0.8, 1.25)),
    size: (amplitude * draw.range(0.5, 1)) / k,
    phase: draw.range(0, turn),
  }));
  return (x) =>
    parts.reduce((sum, { frequency, size, phase }) => sum + size * Math.sin(frequency * x + phase), y);
}

/** Points of a curve from `left` to `right`. */
export const along = (curve: Curve, left: number, right: number, points = 80): Outline =>
  Array.from({ length: points }, (_, i) => {
    const x = left + ((right - left) * i) / (points - 1);
    return [x, curve(x)];
  });

/** The layer between two curves. */
export const between = (upper: Curve, lower: Curve, left: number, right: number): Outline => [
  ...along(upper, left, right),
  ...along(lower, left, right).toReversed(),
];

/** A tube of the given half width (mm) along a path; `t` runs 0..1 from its first to its last point. */
export function tube(path: Outline, halfWidth: (t: number) => number): Outline {
  const sides = path.map(([x, y], i): [Point, Point] => {
    const [ax, ay] = path[Math.max(i - 1, 0)]!;
    const [bx, by] = path[Math.min(i + 1, path.length - 1)]!;
    const length = Math.hypot(bx - ax, by - ay) || 1;
    const w = halfWidth(i / (path.length - 1)) / length;
    const [nx, ny] = [-(by - ay) * w, (bx - ax) * w];
    return [
      [x + nx, y + ny],
      [x - nx, y - ny],
    ];
  });
  return [...sides.map(([side]) => side), ...sides.map(([, side]) => side).toReversed()];
}

/** A smooth path from `a` to `b` that bows sideways by `bow` mm in its middle. */
export function arc([ax, ay]: Point, [bx, by]: Point, bow: number, points = 24): Outline {
  const length = Math.hypot(bx - ax, by - ay) || 1;
  const [nx, ny] = [-(by - ay) / length, (bx - ax) / length];
  return Array.from({ length: points }, (_, i) => {
    const t = i / (points - 1);
    const side = bow * 4 * t * (1 - t);
    return [ax + (bx - ax) * t + nx * side, ay + (by - ay) * t + ny * side];
  });
}

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function boundsOf(outline: Outline): Bounds {
  const [xs, ys] = [outline.map(([x]) => x), outline.map(([, y]) => y)];
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

/** Centre of area. */
export function centroidOf(outline: Outline): Point {
  let [area, x, y] = [0, 0, 0];
  outline.forEach(([ax, ay], i) => {
    const [bx, by] = outline[(i + 1) % outline.length]!;
    const cross = ax * by - bx * ay;
    area += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  });
  return [x / (3 * area), y / (3 * area)];
}

/** Length around, mm. */
export const perimeterOf = (outline: Outline): number =>
  outline.reduce((sum, [x, y], i) => {
    const [nx, ny] = outline[(i + 1) % outline.length]!;
    return sum + Math.hypot(nx - x, ny - y);
  }, 0);

export interface Diameters {
  /** Longest distance between two points of the outline, mm. */
  readonly longMm: number;
  /** Extent across it, mm. */
  readonly shortMm: number;
  /** Angle of the long diameter to the horizontal, radians. */
  readonly angle: number;
}

/** What a caliper would measure. */
export function diametersOf(outline: Outline): Diameters {
  let [longMm, angle] = [0, 0];
  for (const [ax, ay] of outline)
    for (const [bx, by] of outline) {
      const distance = Math.hypot(bx - ax, by - ay);
      if (distance > longMm) [longMm, angle] = [distance, Math.atan2(by - ay, bx - ax)];
    }
  const across = outline.map(([x, y]) => y * Math.cos(angle) - x * Math.sin(angle));
  return { longMm, shortMm: Math.max(...across) - Math.min(...across), angle };
}
