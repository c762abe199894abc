/** @file What the physics is fed with for one picture. */

import type { Tensors } from "../../runtime/program.ts";
import { elementCount, float32, int64, tensor } from "../../tensor/tensor.ts";
import { type Draw, scatterers } from "./draw.ts";
import { BEAMS, beamOf, pointOf, type Raster, SAMPLES, sampleMm, toPixels } from "./geometry.ts";
import { GREYS, ZONES } from "./physics.ts";
import type { Probe } from "./scene.ts";
import {
  aspectOf,
  axialSigmaOf,
  grainNodes,
  greyMapOf,
  interpolation,
  lateralSigmaOf,
  noiseOf,
  type Settings,
  timeGainOf,
} from "./settings.ts";

/** A painted tissue map: [height · width, 3] bytes. */
export interface TissueMap {
  readonly raster: Raster;
  readonly bytes: Uint8Array;
}

const column = (values: readonly number[]) => float32([values.length, 1], values);
const scalar = (value: number) => float32([], [value]);

/** @param picture the raster of the picture to make */
export function feedsOf(
  { raster, bytes }: TissueMap,
  picture: Raster,
  probe: Probe,
  settings: Settings,
  speckle: Draw,
): Tensors {
  const { looks } = settings;
  const [rows, columns] = grainNodes(settings, probe);
  const grid = [looks, 2, SAMPLES, BEAMS];
  const field = (name: string, deviation: number, shape: readonly [number, number], along = "grain") => ({
    [name]: float32(
      shape,
      scatterers(speckle, shape[0] * shape[1]).map((value) => value * deviation),
    ),
    [`${along}Rows`]: float32([SAMPLES, shape[0]], interpolation(SAMPLES, shape[0])),
    [`${along}Columns`]: float32([shape[1], BEAMS], transposed(interpolation(BEAMS, shape[1]), shape[1])),
  });
  return {
    map: tensor("uint8", [raster.width * raster.height, 3], bytes),
    mapWidth: int64([], [raster.width]),
    ...whereBeamsLook(raster, probe),
    ...wherePixelsLie(picture, probe),
    ...field("mottle", settings.mottle, [rows, columns]),
    ...field("bendX", settings.bendMm / raster.mmPerPixel, [rows, columns]),
    ...field("bendY", settings.bendMm / raster.mmPerPixel, [rows, columns]),
    ...field("contact", settings.contact, [3, 14], "contact"),
    scatterers: float32(grid, scatterers(speckle, elementCount(grid))),
    noise: float32(grid.slice(1), scatterers(speckle, elementCount(grid.slice(1)))),
    noiseLevel: column(noiseOf(settings)),
    aspect: column(aspectOf(probe)),
    specularGain: scalar(settings.specularGain),
    refractionLoss: scalar(1.5),
    sampleMm: scalar(sampleMm(probe)),
    reverberation: scalar(settings.reverberation),
    lateralSigma: float32([ZONES, 1, 1], lateralSigmaOf(settings, probe)),
    sideLobes: scalar(settings.sideLobes),
    axialSigma: column(axialSigmaOf(settings, probe)),
    looks: scalar(looks),
    timeGain: column(timeGainOf(settings)),
    greyMap: float32([GREYS], greyMapOf(settings)),
  };
}

/** Rows become columns: [rows, columns] to [columns, rows]. */
function transposed(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns;
  return matrix.map((_, i) => matrix[(i % rows) * columns + Math.floor(i / rows)]!);
}

/** Column and row of the tissue map where every beam starts, and how far it moves on with each sample. */
function whereBeamsLook(raster: Raster, probe: Probe): Tensors {
  const at = (z: number) =>
    toPixels(
      raster,
      Array.from({ length: BEAMS }, (_, x) => pointOf(probe, z, x)),
    );
  const [start, next] = [at(0), at(1)];
  const row = (values: number[]) => float32([1, BEAMS], values);
  return {
    startX: row(start.map(([x]) => x)),
    startY: row(start.map(([, y]) => y)),
    advanceX: row(next.map(([x], i) => x - start[i]![0])),
    advanceY: row(next.map(([, y], i) => y - start[i]![1])),
  };
}

/** The beam and sample at every pixel, and whether the field holds it. */
function wherePixelsLie({ left, top, mmPerPixel, width, height }: Raster, probe: Probe): Tensors {
  const count = width * height;
  const [pixelX, pixelZ, inside] = [
    new Float32Array(count),
    new Float32Array(count),
    new Float32Array(count),
  ];
  for (let row = 0, i = 0; row < height; row++)
    for (let across = 0; across < width; across++, i++) {
      const [z, x] = beamOf(probe, [left + across * mmPerPixel, top + row * mmPerPixel]);
      pixelZ[i] = within(z, SAMPLES);
      pixelX[i] = within(x, BEAMS);
      inside[i] = z > -0.5 && z < SAMPLES - 0.5 && x > -0.5 && x < BEAMS - 0.5 ? 1 : 0;
    }
  return {
    pixelX: float32([count, 1], pixelX),
    pixelZ: float32([count, 1], pixelZ),
    inside: float32([count, 1], inside),
  };
}

/** The nearest coordinate that still has a neighbour to interpolate with. */
const within = (value: number, size: number): number => Math.min(Math.max(value, 0), size - 1.001);
