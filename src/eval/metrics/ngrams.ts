/** @file Counting runs of n tokens. */

/** How often each n-gram occurs. */
export type Counts = ReadonlyMap<string, number>;

/** @param n length of the runs; a text that is shorter has none */
export function countNgrams(tokens: readonly string[], n: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let start = 0; start + n <= tokens.length; start++) {
    // No token has white space in it.
    const gram = n === 1 ? tokens[start]! : tokens.slice(start, start + n).join(" ");
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** Number of n-grams of a text, repetitions included. */
export const ngramTotal = (tokens: readonly string[], n: number): number =>
  Math.max(0, tokens.length - n + 1);

/** N-grams that both have, each as often as the one that has it less often. */
export function clippedMatches(a: Counts, b: Counts): number {
  let matches = 0;
  for (const [gram, count] of a) matches += Math.min(count, b.get(gram) ?? 0);
  return matches;
}

/** 1, 2, ... n */
export const ordersTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);
