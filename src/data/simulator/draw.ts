/** @file Random draws: independent streams of one seed, and the distributions the simulator draws from. */

import { namedRandom, type Random } from "../../tensor/random.ts";

/** One stream of random numbers with the shapes it is asked for. */
export interface Draw {
  /** Uniform in [0, 1). */
  readonly random: Random;
  /** Uniform in [from, to). */
  range(from: number, to: number): number;
  /** Whole number, from..to inclusive. */
  whole(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/**
 * The stream of `seed` that carries `name`. Streams of different names are independent, so that drawing one number
 * more for the anatomy leaves the speckle and the settings as they were.
 *
 * @param seed whole number, 0 to 2³² − 1
 */
export function openStream(seed: number, name: string): Draw {
  const random = namedRandom(seed, name);
  return {
    random,
    range: (from, to) => from + random() * (to - from),
    whole: (from, to) => from + Math.floor(random() * (to - from + 1)),
    chance: (probability) => random() < probability,
    pick: (list) => list[Math.floor(random() * list.length)]!,
  };
}

/** Independent amplitudes of mean 0 and variance 1, uniform: the point-spread function sums them to a Gaussian. */
export function scatterers({ random }: Draw, count: number): Float32Array {
  const amplitudes = new Float32Array(count);
  for (let i = 0; i < count; i++) amplitudes[i] = (random() - 0.5) * Math.sqrt(12);
  return amplitudes;
}
