/** @file Numbers as tables show them: enough digits to tell scores apart, none that say nothing. */

/**
 * Decimals with which the largest of some numbers has three significant digits below 1 and four from 1 on, so that
 * numbers of one row stand under each other and a share is shown as 0.412.
 *
 * @returns 0 to 6
 */
export function decimalsFor(numbers: readonly number[]): number {
  const largest = numbers.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  if (largest === 0) return 3;
  const exponent = Math.floor(Math.log10(largest));
  return Math.min(6, Math.max(0, (largest < 1 ? 2 : 3) - exponent));
}

/** A number with so many decimals and a true minus sign; "not defined" for null. */
export function fixed(value: number | null, decimals: number): string {
  if (value === null) return "not defined";
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/** With "+" before what is above 0: a difference. */
export const signed = (value: number, decimals: number): string =>
  `${Number(value.toFixed(decimals)) > 0 ? "+" : ""}${fixed(value, decimals)}`;

/** How many of the bootstrap's draws have no score; nothing where all have. */
export const undefinedText = (draws = 0): string => (draws > 0 ? ` · ${draws} draws undefined` : "");

/** `[low, high]`; "no interval" for null. */
export const intervalText = (interval: readonly [number, number] | null, decimals: number): string =>
  interval ? `[${fixed(interval[0], decimals)}, ${fixed(interval[1], decimals)}]` : "no interval";

/** The difference of two numbers as they are shown: what a reader gets who subtracts them. */
export const shownDifference = (a: number, b: number, decimals: number): number =>
  Number((Number(a.toFixed(decimals)) - Number(b.toFixed(decimals))).toFixed(decimals));

/** A probability of the null hypothesis, to three decimals. */
export const pText = (p: number): string => (p < 0.001 ? "< 0.001" : p.toFixed(3));
