/** @file What is said of several measurements. */

/** The value below which a share `q` of the values lies, between neighbours by straight line. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** The median of each figure, all of which every measurement has. */
export function mediansOf<K extends string>(all: readonly Readonly<Record<K, number>>[]): Record<K, number> {
  const names = Object.keys(all[0]!) as K[];
  const medians = names.map((name) => [name, median(all.map((one) => one[name]))]);
  return Object.fromEntries(medians) as Record<K, number>;
}
