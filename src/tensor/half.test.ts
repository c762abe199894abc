import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  bfloat16ToFloat16,
  bfloat16ToFloat32,
  countNonFinite,
  float16ToFloat32,
  float32ToBfloat16,
  float32ToFloat16,
} from "./half.ts";

const everyPattern = Uint16Array.from({ length: 0x10000 }, (_, pattern) => pattern);
const regular = { nonFinite: 0, overflows: 0 };

/** The value of a pattern, computed from the definition of the format. */
function patternValue(pattern: number, exponentBits: number, fractionBits: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern & 0x7fff) >> fractionBits;
  const fraction = (pattern & ((1 << fractionBits) - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}
const float16Value = (pattern: number) => patternValue(pattern, 5, 10);
const bfloat16Value = (pattern: number) => patternValue(pattern, 8, 7);

/** Nearest float16 pattern of a positive number by search among its neighbours; ties to the even pattern. */
function nearestFloat16(value: number): number {
  let low = 0;
  let high = 0x7c00;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (float16Value(middle) <= value) low = middle;
    else high = middle;
  }
  // Infinity takes the place of 65536, the next number the format would hold.
  const above = high === 0x7c00 ? 65536 : float16Value(high);
  const distance = value - float16Value(low) - (above - value);
  return distance < 0 || (distance === 0 && low % 2 === 0) ? low : high;
}

test("every float16 and bfloat16 pattern widens to its value and is counted when not finite", () => {
  const wide = new Float32Array(everyPattern.length);
  assert.deepEqual(float16ToFloat32(everyPattern, wide), { nonFinite: 2 * 1024, overflows: 0 });
  assert.ok(wide.every((value, pattern) => Object.is(value, float16Value(pattern))));
  assert.deepEqual(bfloat16ToFloat32(everyPattern, wide), { nonFinite: 2 * 128, overflows: 0 });
  assert.ok(wide.every((value, pattern) => Object.is(value, bfloat16Value(pattern))));
});

test("float16 to float32 and back is the identity on every pattern, NaN payloads included", () => {
  const wide = new Float32Array(everyPattern.length);
  const back = new Uint16Array(everyPattern.length);
  float16ToFloat32(everyPattern, wide);
  assert.deepEqual(float32ToFloat16(wide, back), { nonFinite: 2 * 1024, overflows: 0 });
  assert.deepEqual(back, everyPattern);
});

test("float32 to float16 rounds to nearest even at every boundary between neighbours", () => {
  for (let pattern = 0; pattern < 0x7c00; pattern++) {
    const low = float16Value(pattern);
    const high = pattern === 0x7bff ? 65536 : float16Value(pattern + 1);
    const tie = (low + high) / 2;
    const even = pattern % 2 === 0 ? pattern : pattern + 1;
    const step = Math.max(tie * 2 ** -22, 2 ** -149);
    const source = Float32Array.of(tie, tie - step, tie + step, -tie);
    const target = new Uint16Array(4);
    float32ToFloat16(source, target);
    assert.deepEqual([...target], [even, pattern, pattern + 1, even | 0x8000], `pattern ${pattern}`);
  }
});

test("any float32 rounds to its nearest float16", () => {
  fc.assert(
    fc.property(fc.float({ noNaN: true, min: 0, max: 70000 }), (value) => {
      const target = new Uint16Array(1);
      float32ToFloat16(Float32Array.of(value), target);
      return target[0] === nearestFloat16(value);
    }),
    { numRuns: 2000 },
  );
});

test("what does not fit float16 is counted, and infinities are not overflows", () => {
  const source = Float32Array.of(65519.99, 65520, -70000, 3e38, Infinity, NaN, 1e-30);
  const target = new Uint16Array(source.length);
  assert.deepEqual(float32ToFloat16(source, target), { nonFinite: 2, overflows: 3 });
  assert.deepEqual([...target], [0x7bff, 0x7c00, 0xfc00, 0x7c00, 0x7c00, 0x7e00, 0]);
});

test("a NaN whose payload float16 has no room for stays a NaN", () => {
  const target = new Uint16Array(1);
  float32ToFloat16(new Float32Array(Uint32Array.of(0x7f80_0001).buffer), target);
  assert.equal(target[0], 0x7c01);
});

test("bfloat16 to float32 and back is the identity on every pattern, NaN payloads included", () => {
  const wide = new Float32Array(everyPattern.length);
  const back = new Uint16Array(everyPattern.length);
  bfloat16ToFloat32(everyPattern, wide);
  assert.deepEqual(float32ToBfloat16(wide, back), { nonFinite: 2 * 128, overflows: 0 });
  assert.deepEqual(back, everyPattern);
});

test("float32 to bfloat16 rounds to nearest even at every boundary between neighbours, and counts what is beyond", () => {
  for (let pattern = 0; pattern < 0x7f80; pattern++) {
    const tie = new Uint32Array([(pattern << 16) | 0x8000]);
    const [half] = new Float32Array(tie.buffer);
    const [below, above] = [new Uint32Array([tie[0]! - 1]), new Uint32Array([tie[0]! + 1])].map(
      (bits) => new Float32Array(bits.buffer)[0]!,
    );
    const target = new Uint16Array(4);
    const met = float32ToBfloat16(Float32Array.of(half!, below!, above!, -half!), target);
    const even = pattern % 2 === 0 ? pattern : pattern + 1;
    assert.deepEqual([...target], [even, pattern, pattern + 1, even | 0x8000], `pattern ${pattern}`);
    assert.deepEqual(met, { nonFinite: 0, overflows: pattern === 0x7f7f ? 3 : 0 });
  }
  const target = new Uint16Array(1);
  float32ToBfloat16(new Float32Array(Uint32Array.of(0x7f80_0001).buffer), target);
  assert.equal(target[0], 0x7f81, "a NaN whose payload has no room stays a NaN");
});

test("bfloat16 to float16 equals going through float32, for every pattern", () => {
  const wide = new Float32Array(everyPattern.length);
  const [direct, indirect] = [new Uint16Array(everyPattern.length), new Uint16Array(everyPattern.length)];
  bfloat16ToFloat32(everyPattern, wide);
  assert.deepEqual(bfloat16ToFloat16(everyPattern, direct), float32ToFloat16(wide, indirect));
  assert.deepEqual(direct, indirect);
  assert.deepEqual(bfloat16ToFloat16(Uint16Array.of(0x3f80), direct), regular);
  assert.equal(direct[0], 0x3c00);
});

test("infinities and NaNs are counted in values that need no conversion", () => {
  assert.equal(countNonFinite("float32", Float32Array.of(1, Infinity, -Infinity, NaN, 3.4e38)), 3);
  assert.equal(countNonFinite("float16", everyPattern), 2 * 1024);
  assert.equal(countNonFinite("bfloat16", everyPattern), 2 * 128);
});

test("views that start inside a buffer convert their own values", () => {
  const wide = new Float32Array(4);
  bfloat16ToFloat32(everyPattern.subarray(0x3f80, 0x3f81), wide.subarray(3));
  assert.deepEqual([...wide], [0, 0, 0, 1]);
});
