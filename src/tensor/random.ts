/** @file Seeded random numbers: the same seed gives the same sequence on every machine. */

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * A generator with 32 bits of state (mulberry32). Good for sampling and simulation, not for secrets.
 *
 * @param seed whole number, 0 to 2³² − 1
 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The generator of `seed` that carries `name`. Those of different names are independent, so that drawing one number
 * more from one leaves the others as they were.
 *
 * @param seed whole number, 0 to 2³² − 1
 */
export function namedRandom(seed: number, name: string): Random {
  // FNV-1a over the name, started from the seed.
  let state = (seed ^ 0x811c9dc5) >>> 0;
  for (const character of name) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return createRandom(state);
}

/** The same items in random order (Fisher and Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
