/** @file How the machine is set: resolution, focus, gain, dynamic range, frame. Drawn per picture. */

import type { Draw } from "./draw.ts";
import { BEAMS, beamMm, SAMPLES, sampleMm } from "./geometry.ts";
import { GREY_SCALE, GREYS, ZONES } from "./physics.ts";
import type { Probe } from "./scene.ts";

export interface Settings {
  /** Depth of the transmit focus, mm. */
  readonly focusMm: number;
  /** Standard deviation of the pulse at the probe, mm. */
  readonly pulseMm: number;
  /** Standard deviation of the beam at the focus, mm. */
  readonly beamWidthMm: number;
  /** Growth of the beam away from the focus, mm per mm. */
  readonly divergence: number;
  /** Independent looks averaged. */
  readonly looks: number;
  /** dB between black and white. */
  readonly dynamicRange: number;
  /** Grey level, 0 to 255, of speckle in liver parenchyma on average. */
  readonly referenceGrey: number;
  /** Bend of the grey map: above 1 darkens the middle. */
  readonly gamma: number;
  /** Deviation of the time gain from what the tissue needs: dB at the probe, in the middle, at full depth. */
  readonly timeGain: readonly [number, number, number];
  /** Receiver noise at the probe, dB relative to parenchyma; it grows with the gain towards the depth. */
  readonly noise: number;
  /** Growth of the receiver noise, dB over the full depth. */
  readonly noiseGrowth: number;
  /** Relative height of the side lobes. */
  readonly sideLobes: number;
  /** Irregularity of the tissue, dB, and its grain, mm. */
  readonly mottle: number;
  readonly grainMm: number;
  /** How far boundaries are displaced by uneven sound speed, mm. */
  readonly bendMm: number;
  /** Unevenness of the contact between probe and skin, dB. */
  readonly contact: number;
  readonly reverberation: number;
  readonly specularGain: number;
}

/** A plausible setting for the probe. */
export function drawSettings(draw: Draw, probe: Probe): Settings {
  const { depthMm } = probe;
  const linear = probe.kind === "linear";
  const looks = linear ? draw.whole(2, 3) : draw.whole(1, 3);
  return {
    focusMm: depthMm * draw.range(0.35, 0.7),
    pulseMm: linear ? draw.range(0.09, 0.14) : 0.1 + depthMm * draw.range(0.0011, 0.0018),
    beamWidthMm: linear ? draw.range(0.14, 0.22) : 0.25 + depthMm * draw.range(0.002, 0.0035),
    divergence: linear ? draw.range(0.004, 0.009) : draw.range(0.006, 0.012),
    looks,
    dynamicRange: draw.range(50, 66),
    referenceGrey: linear ? draw.range(55, 105) : draw.range(32, 85),
    gamma: draw.range(1.1, 1.7),
    timeGain: [draw.range(-4, 3), draw.range(-1.5, 1.5), draw.range(-11, 2)],
    noise: draw.range(-64, -54),
    noiseGrowth: draw.range(18, 30),
    sideLobes: draw.range(0.006, 0.015),
    mottle: draw.range(1.5, 2.5),
    grainMm: depthMm * draw.range(0.016, 0.028),
    bendMm: depthMm * draw.range(0.0015, 0.003),
    contact: draw.range(1, 2.5),
    reverberation: draw.range(0.0005, 0.003),
    specularGain: linear ? draw.range(14, 32) : draw.range(25, 50),
  };
}

const samples = <T>(at: (z: number) => T): T[] => Array.from({ length: SAMPLES }, (_, z) => at(z));

/** Time gain in dB for each sample. */
export function timeGainOf({ timeGain: [near, middle, far] }: Settings): number[] {
  return samples((z) => {
    const t = z / (SAMPLES - 1);
    return t < 0.5 ? near + (middle - near) * 2 * t : middle + (far - middle) * (2 * t - 1);
  });
}

/** Amplitude of the receiver noise for each sample. */
export const noiseOf = ({ noise, noiseGrowth }: Settings): number[] =>
  samples((z) => 10 ** ((noise + (noiseGrowth * z) / SAMPLES) / 20));

/** Standard deviation of the pulse, in samples: frequency falls with the depth, so the pulse lengthens. */
export const axialSigmaOf = ({ pulseMm }: Settings, probe: Probe): number[] =>
  samples((z) => Math.max(0.7, (pulseMm * (1 + (0.5 * z) / SAMPLES)) / sampleMm(probe)));

/** Standard deviation of the beam profile in each zone, in beams. */
export const lateralSigmaOf = (settings: Settings, probe: Probe): number[] =>
  Array.from({ length: ZONES }, (_, zone) => {
    const depth = ((zone + 0.5) / ZONES) * probe.depthMm;
    const width = Math.hypot(settings.beamWidthMm, settings.divergence * (depth - settings.focusMm));
    return Math.max(0.6, width / beamMm(probe, depth));
  });

/** The grey (0 to 255) of every index of the table: linear in dB between black and white, then bent. */
export function greyMapOf({ dynamicRange, referenceGrey, gamma, looks }: Settings): Float32Array {
  // The mean of an envelope in dB lies below its root mean square, the less the more looks were averaged.
  const reference = -2.5 / looks;
  const share = (referenceGrey / 255) ** (1 / gamma);
  const black = reference - share * dynamicRange;
  return Float32Array.from({ length: GREYS }, (_, i) => {
    const level = (20 * 8 * Math.log10(Math.max(i, 0.5) / GREY_SCALE) - black) / dynamicRange;
    return 255 * Math.min(1, Math.max(0, level)) ** gamma;
  });
}

/** Sample distance over beam distance at each sample: lateral steps become steps per sample distance. */
export const aspectOf = (probe: Probe): number[] =>
  samples((z) => sampleMm(probe) / beamMm(probe, (z + 0.5) * sampleMm(probe)));

/** Interpolation weights [length, nodes] of a coarse grid over `length` samples. */
export function interpolation(length: number, nodes: number): Float32Array {
  const weights = new Float32Array(length * nodes);
  for (let i = 0; i < length; i++) {
    const at = (i / (length - 1)) * (nodes - 1);
    const low = Math.min(Math.floor(at), nodes - 2);
    const t = at - low;
    const smooth = t * t * (3 - 2 * t);
    weights[i * nodes + low] = 1 - smooth;
    weights[i * nodes + low + 1] = smooth;
  }
  return weights;
}

/** Nodes of the coarse grid that carries mottle and bending. */
export const grainNodes = ({ grainMm }: Settings, probe: Probe): [rows: number, columns: number] => [
  Math.max(2, Math.round(probe.depthMm / grainMm)),
  Math.max(2, Math.round((BEAMS * beamMm(probe, probe.depthMm * 0.6)) / grainMm)),
];
