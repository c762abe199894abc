/**
 * @file 16-bit floats. A float16 or bfloat16 value is held as its raw bit pattern in a Uint16Array.
 *
 * Every conversion writes into `target` and returns how many values it could not carry over faithfully,
 * so that whoever loads weights can refuse them without a second pass.
 */

import type { DataOf } from "./dtype.ts";

const float16Exponent = 0x7c00;
const bfloat16Exponent = 0x7f80;
const float32Exponent = 0x7f80_0000;
/** Bit pattern of 65520, the smallest number that rounds to infinity in float16. */
const float16Overflow = 0x477f_f000;
/** Bit pattern of the smallest number that rounds to infinity in bfloat16. */
const bfloat16Overflow = 0x7f7f_8000;
/** Bit pattern of 2^-14, the smallest normal float16. */
const float16Normal = 0x3880_0000;

/** What a conversion met that a weight must not be. */
export interface Irregular {
  /** Infinities and NaNs in the source. They arrive unchanged. */
  readonly nonFinite: number;
  /** Finite values beyond the target's range. They arrive as infinity. */
  readonly overflows: number;
}

const bitsOf = (values: Float32Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, values.length);

/** bfloat16 patterns to float32: exact for every pattern. `target` is at least as long as `source`. */
export function bfloat16ToFloat32(source: Uint16Array, target: Float32Array): Irregular {
  const bits = bitsOf(target);
  let nonFinite = 0;
  for (let i = 0; i < source.length; i++) {
    const half = source[i]!;
    bits[i] = half << 16;
    if ((half & bfloat16Exponent) === bfloat16Exponent) nonFinite++;
  }
  return { nonFinite, overflows: 0 };
}

/** float16 patterns to float32: exact for every pattern. `target` is at least as long as `source`. */
export function float16ToFloat32(source: Uint16Array, target: Float32Array): Irregular {
  const bits = bitsOf(target);
  const table = float32OfFloat16();
  let nonFinite = 0;
  for (let i = 0; i < source.length; i++) {
    const half = source[i]!;
    bits[i] = table[half]!;
    if ((half & float16Exponent) === float16Exponent) nonFinite++;
  }
  return { nonFinite, overflows: 0 };
}

/** float32 to float16 patterns, to nearest, ties to even. `target` is at least as long as `source`. */
export function float32ToFloat16(source: Float32Array, target: Uint16Array): Irregular {
  const bits = bitsOf(source);
  let nonFinite = 0;
  let overflows = 0;
  for (let i = 0; i < source.length; i++) {
    const magnitude = bits[i]! & 0x7fff_ffff;
    const sign = (bits[i]! >>> 16) & 0x8000;
    let half: number;
    if (magnitude >= float32Exponent) {
      nonFinite++;
      half = nonFiniteHalf(magnitude);
    } else if (magnitude >= float16Overflow) {
      overflows++;
      half = float16Exponent;
    } else if (magnitude >= float16Normal) {
      // Rebias the exponent (127 to 15), add just under half a unit in the last place, one more if that is odd.
      half = (magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
    } else {
      // Subnormals count units of 2^-24; adding and removing 2^52 rounds a double to an integer, ties to even.
      half = Math.abs(source[i]!) * 2 ** 24 + 2 ** 52 - 2 ** 52;
    }
    target[i] = sign | half;
  }
  return { nonFinite, overflows };
}

/** float32 to bfloat16 patterns, to nearest, ties to even. `target` is at least as long as `source`. */
export function float32ToBfloat16(source: Float32Array, target: Uint16Array): Irregular {
  const bits = bitsOf(source);
  let nonFinite = 0;
  let overflows = 0;
  for (let i = 0; i < source.length; i++) {
    const pattern = bits[i]!;
    const magnitude = pattern & 0x7fff_ffff;
    if (magnitude >= float32Exponent) {
      nonFinite++;
      // A NaN keeps the upper bits of its payload and never becomes infinity for want of them.
      const half = pattern >>> 16;
      target[i] = magnitude > float32Exponent && (half & 0x7f) === 0 ? half | 1 : half;
    } else {
      if (magnitude >= bfloat16Overflow) overflows++;
      // Just under half a unit in the last place, one more if that is odd.
      target[i] = (pattern + 0x7fff + ((pattern >>> 16) & 1)) >>> 16;
    }
  }
  return { nonFinite, overflows };
}

/** bfloat16 to float16 patterns, to nearest, ties to even. `target` is at least as long as `source`. */
export function bfloat16ToFloat16(source: Uint16Array, target: Uint16Array): Irregular {
  const table = float16OfBfloat16();
  let infinite = 0;
  let nonFinite = 0;
  for (let i = 0; i < source.length; i++) {
    const half = table[source[i]!]!;
    target[i] = half;
    if ((half & float16Exponent) === float16Exponent) {
      infinite++;
      if ((source[i]! & bfloat16Exponent) === bfloat16Exponent) nonFinite++;
    }
  }
  return { nonFinite, overflows: infinite - nonFinite };
}

const exponentOf = {
  float32: float32Exponent,
  float16: float16Exponent,
  bfloat16: bfloat16Exponent,
} as const;

/** How many values are infinite or NaN, for weights that need no conversion. */
export function countNonFinite<D extends keyof typeof exponentOf>(dtype: D, values: DataOf[D]): number {
  const patterns = values instanceof Float32Array ? bitsOf(values) : values;
  const exponent = exponentOf[dtype];
  let count = 0;
  for (let i = 0; i < patterns.length; i++) if ((patterns[i]! & exponent) === exponent) count++;
  return count;
}

/** Infinity, or a NaN that keeps the upper bits of its payload and never becomes infinity for want of them. */
function nonFiniteHalf(magnitude: number): number {
  if (magnitude === float32Exponent) return float16Exponent;
  return float16Exponent | Math.max(1, (magnitude >>> 13) & 0x3ff);
}

/** The float32 pattern of one float16 pattern. */
function widen(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half & float16Exponent) >>> 10;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | float32Exponent | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal is fraction * 2^-24: move its leading one to bit 10, where a normal number hides it.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

let wideTable: Uint32Array | undefined;
function float32OfFloat16(): Uint32Array {
  wideTable ??= Uint32Array.from({ length: 0x10000 }, (_, half) => widen(half));
  return wideTable;
}

let narrowTable: Uint16Array | undefined;
function float16OfBfloat16(): Uint16Array {
  if (narrowTable === undefined) {
    const every = Uint16Array.from({ length: 0x10000 }, (_, pattern) => pattern);
    const wide = new Float32Array(every.length);
    bfloat16ToFloat32(every, wide);
    narrowTable = new Uint16Array(every.length);
    float32ToFloat16(wide, narrowTable);
  }
  return narrowTable;
}
