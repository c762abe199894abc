/** @file A linear axis with ticks at round numbers. */

export interface Axis {
  /** Round values from below the lowest number to above the highest. */
  readonly ticks: readonly number[];
  /** Decimals with which ticks are written. */
  readonly decimals: number;
  /** A value's place. */
  readonly at: (value: number) => number;
}

/**
 * @param low the lowest number to be shown
 * @param high the highest, above `low`
 * @param from place of the first tick
 * @param to place of the last
 */
export function axis(low: number, high: number, from: number, to: number): Axis {
  const about = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(about));
  const step = [1, 2, 5].map((factor) => factor * power).find((one) => one >= about * 0.999) ?? 10 * power;
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, place) => (first + place) * step),
    decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)),
    at: (value) => from + ((value / step - first) / (last - first)) * (to - from),
  };
}
