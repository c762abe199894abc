/** @file Numbers that follow from a name: the rule by which the golden tiny model's weights were made. @see spec appendix A */

import { elementCount, float32, type Tensor } from "../src/tensor/tensor.ts";

/** FNV-1a hash of a name, 32 bits. */
export const fnv1a = (name: string): number =>
  new TextEncoder().encode(name).reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);

/** `count` numbers in [0, 1), the same for the same name everywhere. */
export function uniform(name: string, count: number): number[] {
  const hash = fnv1a(name);
  return Array.from({ length: count }, (_, i) => {
    const a = (hash + Math.imul(i + 1, 0x6d2b79f5)) | 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  });
}

/** `count` numbers in [−1, 1). */
export const signed = (name: string, count: number): number[] => uniform(name, count).map((u) => 2 * u - 1);

/** A float32 tensor of numbers in [−scale, scale). */
export const noise = (name: string, shape: readonly number[], scale = 1): Tensor<"float32"> =>
  float32(
    shape,
    signed(name, elementCount(shape)).map((v) => v * scale),
  );

/** One of the integers low..high. */
export const pick = (name: string, low: number, high: number): number =>
  low + Math.floor(uniform(name, 1)[0]! * (high - low + 1));

const isNorm = (name: string): boolean =>
  /norm\.weight$|layernorm|norm1\.weight|norm2\.weight|ln_q\.weight$/.test(name);

/** The weight `name`: norms near 1, small biases, everything else scaled by its fan-in. `salt` makes another model. */
export function weight(name: string, shape: readonly number[], salt = ""): Tensor<"float32"> {
  const values = signed(salt + name, elementCount(shape));
  const fanIn = elementCount(shape.slice(1));
  const scaled = (v: number): number => {
    if (isNorm(name)) return 1 + 0.2 * v;
    if (name.endsWith(".bias")) return 0.1 * v;
    return name.includes("embed_tokens") ? v : (1.7 * v) / Math.sqrt(fanIn);
  };
  return float32(shape, values.map(scaled));
}
