/** @file How a real picture is varied: drawn from a seed, in the geometry of the picture as it lies in its data set. */

import type { ManifestRow } from "../../src/data/manifest.ts";
import type { Draw } from "../../src/data/simulator/draw.ts";
import type { Tone } from "./tone.ts";

/** One variation. Geometry is applied in this order: rotated, cropped, resized, flipped. */
export interface Augmentation {
  /** Degrees clockwise; the picture grows, and its corners become black. */
  readonly angle: number;
  /** Smallest share of either side that a crop keeps; 1 keeps everything. */
  readonly leastKept: number;
  /** Width over height against the picture's own: 1 but for pictures that had lost their aspect ratio before. */
  readonly stretch: number;
  readonly isFlipped: boolean;
  /** True millimetres of this copy over those of the original, where the data set knows them. */
  readonly millimetres: number;
  readonly tone: Tone;
}

/** The picture as it is. */
export const unchanged: Augmentation = {
  angle: 0,
  leastKept: 1,
  stretch: 1,
  isFlipped: false,
  millimetres: 1,
  tone: { gamma: 1, gain: 1, blur: 0, speckle: 0 },
};

/** Data sets of stretched pictures, which their rows say in words only. */
const stretched = ["BUSI", "BA gallbladder"];

/**
 * One variation of the row's picture. Half of the copies with a known scale get another one, so that a model can learn
 * millimetres from the prompt alone: the same head is of another size in another copy.
 */
export function drawAugmentation({ dataset, mask, meta }: ManifestRow, draw: Draw): Augmentation {
  return {
    angle: draw.chance(0.4) ? draw.range(-6, 6) : 0,
    // What a picture without a mask is about could lie anywhere, so little of it may go.
    leastKept: mask === undefined ? 0.87 : 0.7,
    stretch: stretched.includes(dataset) ? draw.range(0.82, 1.22) : 1,
    isFlipped: draw.chance(0.5),
    millimetres: meta?.pixel_mm !== undefined && draw.chance(0.5) ? draw.range(0.6, 1.5) : 1,
    tone: drawTone(draw),
  };
}

const drawTone = (draw: Draw): Tone => ({
  gamma: draw.range(0.7, 1.4),
  gain: draw.range(0.8, 1.2),
  blur: draw.chance(0.2) ? draw.range(0.4, 0.9) : 0,
  speckle: draw.chance(0.3) ? draw.range(0.03, 0.12) : 0,
});

/**
 * Of simulated pictures: wider than any one scanner's, since real pictures that stand for the same thing may come from
 * one that was never seen.
 */
export const drawWideTone = (draw: Draw): Tone => ({
  gamma: Math.exp(draw.range(Math.log(0.65), Math.log(2.2))),
  gain: draw.range(0.6, 1.3),
  blur: draw.chance(0.4) ? draw.range(0.4, 1.6) : 0,
  speckle: draw.chance(0.3) ? draw.range(0.03, 0.12) : 0,
});
