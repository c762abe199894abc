/** @file What the physics is fed with for one picture. */

import type { Tensors } from "../../runtime/program.ts";
import { float32, int64, tensor } from "../../tensor/tensor.ts";
import { type Draw, scatterers } from "./draw.ts";
import { BEAMS, beamOf, pointOf, type Raster, SAMPLES, sampleMm } from "./geometry.ts";
import { GREYS, ZONES } from "./physics.ts";
import type { Probe } from "./scene.ts";
import {
  aspectOf,
  axialSigmaOf,
  greyMapOf,
  interpolation,
  lateralSigmaOf,
  mottleNodes,
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
  const [rows, columns] = mottleNodes(settings, probe);
  const grid = [looks, 2, SAMPLES, BEAMS];
  const count = grid.reduce((product, n) => product * n, 1);
  const mottle = scatterers(speckle, rows * columns).map((value) => value * settings.mottle);
  const columnsOf = interpolation(BEAMS, columns);
  return {
    map: tensor("uint8", [raster.width * raster.height, 3], bytes),
    mapWidth: int64([], [raster.width]),
    ...whereBeamsLook(raster, probe),
    ...wherePixelsLie(picture, probe),
    mottle: float32([rows, columns], mottle),
    mottleRows: float32([SAMPLES, rows], interpolation(SAMPLES, rows)),
    mottleColumns: float32(
      [columns, BEAMS],
      Float32Array.from(
        { length: columns * BEAMS },
        (_, i) => columnsOf[(i % BEAMS) * columns + Math.floor(i / BEAMS)]!,
      ),
    ),
    scatterers: float32(grid, scatterers(speckle, count)),
    noise: float32(grid, scatterers(speckle, count)),
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

/** Columns and rows of the tissue map under every sample. */
function whereBeamsLook({ left, top, mmPerPixel, width, height }: Raster, probe: Probe): Tensors {
  const [beamX, beamY] = [new Float32Array(SAMPLES * BEAMS), new Float32Array(SAMPLES * BEAMS)];
  for (let z = 0, i = 0; z < SAMPLES; z++)
    for (let x = 0; x < BEAMS; x++, i++) {
      const [mmX, mmY] = pointOf(probe, z, x);
      beamX[i] = within((mmX - left) / mmPerPixel, width);
      beamY[i] = within((mmY - top) / mmPerPixel, height);
    }
  return {
    beamX: float32([beamX.length, 1], beamX),
    beamY: float32([beamY.length, 1], beamY),
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
