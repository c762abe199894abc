/** @file Where things lie: beams and samples, millimetres, pixels of the picture. */

import { type Ellipse, ellipse, type Outline, type Point } from "./outline.ts";
import type { Probe } from "./scene.ts";

/** Samples along a beam and beams of one acquisition. */
export const SAMPLES = 512;
export const BEAMS = 256;

/** A raster over the scene: pixel (0, 0) has its centre at `left`, `top`. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
  readonly mmPerPixel: number;
}

/** What the probe sees, mm. */
export function fieldOf(probe: Probe): { left: number; right: number; top: number; bottom: number } {
  if (probe.kind === "linear")
    return { left: -probe.widthMm / 2, right: probe.widthMm / 2, top: 0, bottom: probe.depthMm };
  const { radiusMm, angle, depthMm } = probe;
  const half = (radiusMm + depthMm) * Math.sin(angle);
  return { left: -half, right: half, top: radiusMm * (Math.cos(angle) - 1), bottom: depthMm };
}

/** Distance between samples along a beam, mm. */
export const sampleMm = (probe: Probe): number => probe.depthMm / SAMPLES;

/** Distance between neighbouring beams at a depth (mm), mm. */
export const beamMm = (probe: Probe, depthMm: number): number =>
  probe.kind === "linear" ? probe.widthMm / BEAMS : ((probe.radiusMm + depthMm) * 2 * probe.angle) / BEAMS;

/** The point that sample z of beam x looks at. */
export function pointOf(probe: Probe, z: number, x: number): Point {
  const depth = (z + 0.5) * sampleMm(probe);
  const across = (x + 0.5) / BEAMS - 0.5;
  if (probe.kind === "linear") return [across * probe.widthMm, depth];
  const { radiusMm, angle } = probe;
  const theta = across * 2 * angle;
  return [(radiusMm + depth) * Math.sin(theta), (radiusMm + depth) * Math.cos(theta) - radiusMm];
}

/** The sample and beam, fractions included, that look at a point; outside 0..SAMPLES−1, 0..BEAMS−1 when none does. */
export function beamOf(probe: Probe, [x, y]: Point): [z: number, x: number] {
  if (probe.kind === "linear") return [y / sampleMm(probe) - 0.5, (x / probe.widthMm + 0.5) * BEAMS - 0.5];
  const { radiusMm, angle } = probe;
  const depth = Math.sqrt(x * x + (y + radiusMm) ** 2) - radiusMm;
  return [depth / sampleMm(probe) - 0.5, (Math.atan2(x, y + radiusMm) / (2 * angle) + 0.5) * BEAMS - 0.5];
}

export const toPixels = ({ left, top, mmPerPixel }: Raster, outline: Outline): Outline =>
  outline.map(([x, y]) => [(x - left) / mmPerPixel, (y - top) / mmPerPixel]);

/** The raster that just holds the field with a margin (mm) around it, its longer side `size` pixels. */
export function coverField(probe: Probe, marginMm: number, size: number): Raster {
  const { left, right, top, bottom } = fieldOf(probe);
  const [wide, high] = [right - left + 2 * marginMm, bottom - top + 2 * marginMm];
  const mmPerPixel = Math.max(wide, high) / (size - 1);
  return {
    width: Math.ceil(wide / mmPerPixel) + 1,
    height: Math.ceil(high / mmPerPixel) + 1,
    left: left - marginMm,
    top: top - marginMm,
    mmPerPixel,
  };
}

/** Whether the probe sees all of an outline. */
export const isInField = (probe: Probe, outline: Outline): boolean =>
  outline.every((point) => {
    const [z, x] = beamOf(probe, point);
    return z >= 0 && z <= SAMPLES - 1 && x >= 0 && x <= BEAMS - 1;
  });

/** An ellipse moved towards the middle of the field until the probe sees all of it, with `spareMm` to spare. */
export function intoField(probe: Probe, at: Ellipse, spareMm: number): Ellipse {
  const grown = { rx: at.rx + spareMm, ry: at.ry + spareMm };
  const middle: Point = [0, probe.depthMm * 0.55];
  for (let share = 0; share < 1; share += 0.04) {
    const moved = { ...at, x: at.x + (middle[0] - at.x) * share, y: at.y + (middle[1] - at.y) * share };
    if (isInField(probe, ellipse({ ...moved, ...grown }, 24))) return moved;
  }
  return at;
}
