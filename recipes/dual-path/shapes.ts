/**
 * @file General pictures: shapes of known kind, size, brightness and place, shown by the scanner that shows the organs.
 * Whoever learns them can look and speak, and has seen no organ.
 */

import { z } from "zod";
import { type Draw, openStream } from "../../src/data/simulator/draw.ts";
import { fieldOf, isInField, type Raster, toPixels } from "../../src/data/simulator/geometry.ts";
import { centroidOf, ellipse, type Outline, type Point } from "../../src/data/simulator/outline.ts";
import { type Probe, type Scene, type Shape, tissues, vary } from "../../src/data/simulator/scene.ts";
import { shuffled } from "../../src/tensor/random.ts";

export const kinds = ["disc", "square", "triangle", "bar", "ring", "cross"] as const;
export const sizes = ["small", "medium", "large"] as const;
export const tones = ["black", "dark", "bright"] as const;
export const rows = ["upper", "middle", "lower"] as const;
export const columns = ["left", "centre", "right"] as const;

/** One shape as a picture shows it. */
export const Thing = z.strictObject({
  kind: z.enum(kinds),
  size: z.enum(sizes),
  tone: z.enum(tones),
  row: z.enum(rows),
  column: z.enum(columns),
});
export type Thing = Readonly<z.infer<typeof Thing>>;

/** A shape in the scene: what is known before its place in the picture is. */
export interface PlacedShape {
  readonly kind: Thing["kind"];
  readonly size: Thing["size"];
  readonly tone: Thing["tone"];
  readonly outline: Outline;
}

export interface ShapeScene {
  readonly scene: Scene;
  readonly placed: readonly PlacedShape[];
}

/** Radius as a share of the field's smaller side. */
const radii = { small: 0.085, medium: 0.14, large: 0.22 } as const satisfies Record<Thing["size"], number>;
/** dB against what lies around it. */
const echoes = { black: -60, dark: -15, bright: 14 } as const satisfies Record<Thing["tone"], number>;

/** Corners relative to the centre, for a radius of 1. */
const corners = {
  square: [
    [-0.85, -0.85],
    [0.85, -0.85],
    [0.85, 0.85],
    [-0.85, 0.85],
  ],
  triangle: [
    [0, -1.1],
    [1.05, 0.8],
    [-1.05, 0.8],
  ],
  bar: [
    [-1.3, -0.3],
    [1.3, -0.3],
    [1.3, 0.3],
    [-1.3, 0.3],
  ],
  cross: [
    [-0.3, -1.1],
    [0.3, -1.1],
    [0.3, -0.3],
    [1.1, -0.3],
    [1.1, 0.3],
    [0.3, 0.3],
    [0.3, 1.1],
    [-0.3, 1.1],
    [-0.3, 0.3],
    [-1.1, 0.3],
    [-1.1, -0.3],
    [-0.3, -0.3],
  ],
} as const satisfies Partial<Record<Thing["kind"], readonly Point[]>>;

function outlineOf(kind: Thing["kind"], [x, y]: Point, radius: number): Outline {
  if (kind === "disc" || kind === "ring") return ellipse({ x, y, rx: radius, ry: radius });
  return corners[kind].map(([u, v]): Point => [x + u * radius, y + v * radius]);
}

function paintOf({ kind, tone, outline }: PlacedShape, around: number, radius: number): Shape {
  const tissue = vary(tissues.liver, { echo: around + echoes[tone] });
  if (kind === "ring") return { outline, stroke: { tissue, widthMm: radius * 0.45 } };
  return { outline, fill: tissue };
}

const drawProbe = (draw: Draw): Probe =>
  draw.chance(0.6)
    ? { kind: "linear", widthMm: draw.range(36, 50), depthMm: draw.range(34, 48) }
    : {
        kind: "sector",
        radiusMm: draw.range(40, 60),
        angle: draw.range(0.45, 0.6),
        depthMm: draw.range(110, 160),
      };

/** One or two shapes of different kinds, apart from each other and wholly in view. */
export function shapeScene(seed: number): ShapeScene {
  const draw = openStream(seed, "shapes");
  const probe = drawProbe(draw);
  const { left, right, top, bottom } = fieldOf(probe);
  const side = Math.min(right - left, bottom - top);
  const around = draw.range(-3, 3);
  const wanted = shuffled(kinds, draw.random).slice(0, draw.whole(1, 2));
  const placed: (PlacedShape & { readonly centre: Point; readonly radius: number })[] = [];
  for (const kind of wanted) {
    const [size, tone] = [draw.pick(sizes), draw.pick(tones)];
    const radius = side * radii[size] * draw.range(0.92, 1.08);
    for (let attempt = 0; attempt < 200; attempt++) {
      const centre: Point = [draw.range(left, right), draw.range(top, bottom)];
      const outline = outlineOf(kind, centre, radius);
      const isApart = placed.every(
        (other) =>
          Math.hypot(other.centre[0] - centre[0], other.centre[1] - centre[1]) >
          1.4 * (other.radius + radius),
      );
      if (!isApart || !isInField(probe, outlineOf(kind, centre, 1.2 * radius))) continue;
      placed.push({ kind, size, tone, outline, centre, radius });
      break;
    }
  }
  const background = vary(tissues.liver, { echo: around });
  const shapes = placed.map((one) => paintOf(one, around, one.radius));
  return { scene: { probe, background, shapes }, placed };
}

const third = (fraction: number): number => Math.min(2, Math.max(0, Math.floor(fraction * 3)));

/** What a picture shows, from left to right. Places are thirds of the picture. */
export function thingsIn(placed: readonly PlacedShape[], raster: Raster): Thing[] {
  const { width, height } = raster;
  return placed
    .map(({ outline, ...rest }) => ({ ...rest, centre: centroidOf(toPixels(raster, outline)) }))
    .sort((a, b) => a.centre[0] - b.centre[0])
    .map(({ centre: [x, y], kind, size, tone }) => ({
      kind,
      size,
      tone,
      row: rows[third((y + 0.5) / height)]!,
      column: columns[third((x + 0.5) / width)]!,
    }));
}
