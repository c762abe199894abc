/** @file Numbers in few bits: blocks along a row share a scale and a zero point, and codes are packed into bytes. */

import { cast, concat, constant, div, mul, rearrange, slice, sub, type Value } from "./value.ts";

/** Bits of a number, and numbers of a row that share a scale and a zero point: what the kernels read. */
export const bitWidths = [4, 8] as const;
export const blockSizes = [32, 64, 128, 256] as const;

/** How a weight is kept in few bits. @see docs/quantisation.md */
export interface BlockFormat {
  readonly bits: (typeof bitWidths)[number];
  readonly block: (typeof blockSizes)[number];
}

/**
 * Shapes of the parts of a quantised weight [Out, In]; rows are filled up to whole blocks.
 *
 * @see com.microsoft.MatMulNBits, which reads the parts as they are
 */
export function packedShapes([out, width]: readonly [number, number], { bits, block }: BlockFormat) {
  const blocks = Math.ceil(width / block);
  return {
    packed: [out, blocks, (block * bits) / 8],
    scale: [out, blocks],
    zero: [out, Math.ceil((blocks * bits) / 8)],
  } as const;
}

/**
 * (code − zero) · scale for every number of a weight [Out, In].
 *
 * @param packed uint8 [Out, blocks, block·bits/8], of two codes in a byte the lower half is the first
 * @param scale [Out, blocks]
 * @param zero uint8 [Out, ⌈blocks·bits/8⌉], packed as the codes are
 */
export function unpackWeight(
  [packed, scale, zero]: readonly [packed: Value, scale: Value, zero: Value],
  { bits, width }: BlockFormat & { readonly width: number },
): Value {
  const zeros = slice(unpack(zero, bits), -1, 0, scale.shape[1]!);
  const each = (x: Value) => rearrange(x, "o n -> o n 1");
  const weight = mul(sub(unpack(packed, bits), each(zeros)), each(scale));
  return slice(rearrange(weight, "o n b -> o (n b)"), -1, 0, width);
}

/** [..., M] bytes -> [..., M·8/bits] numbers. */
function unpack(bytes: Value, bits: BlockFormat["bits"]): Value {
  if (bits === 8) return cast(bytes, "float32");
  const both = cast(bytes, "int32");
  const sixteen = constant({ dtype: "int32", shape: [], data: Int32Array.of(16) });
  const high = div(both, sixteen);
  const low = sub(both, mul(high, sixteen));
  const axes = bytes.shape.map((_, axis) => `a${axis}`).join(" ");
  const halves = [low, high].map((half) => rearrange(half, `${axes} -> ${axes} 1`));
  const outer = axes.replace(/ ?\w+$/, "");
  const last = axes.slice(outer.length).trim();
  return cast(rearrange(concat(halves, -1), `${axes} two -> ${outer} (${last} two)`), "float32");
}
