/** @file Half-precision numbers for tests, found by search among all of them. */

/** The number a 16-bit pattern stands for. */
function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  const size = exponent === 0 ? 2 ** -14 * fraction : 2 ** (exponent - 15) * (1 + fraction);
  return bits >> 15 ? -size : size;
}

/** Finite patterns without sign; the numbers grow with the pattern. */
const finite = Array.from({ length: 0x7c00 }, (_, bits) => fromHalf(bits));

/** Pattern of the nearest half-precision number; ties go to the even pattern. */
export function toHalf(value: number): number {
  const size = Math.abs(value);
  let [low, high] = [0, finite.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (finite[middle]! <= size) low = middle;
    else high = middle;
  }
  const [below, above] = [size - finite[low]!, finite[high]! - size];
  const nearest = below < above || (below === above && low % 2 === 0) ? low : high;
  return value < 0 ? nearest | 0x8000 : nearest;
}

/** The nearest half-precision number. */
export const roundToHalf = (value: number): number => fromHalf(toHalf(value));
