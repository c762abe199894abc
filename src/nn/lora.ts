/** @file Low-rank adaptation of linear layers. @see Hu et al. 2021, arXiv 2106.09685 */

import * as composites from "../graph/composites.ts";
import { constant, mul, type Value } from "../graph/value.ts";
import type { LoraSize, Scope } from "./scope.ts";

/** scale · (dropout(x) Aᵀ) Bᵀ with A [rank, in] and B [out, rank], beside the layer's own weight. */
export function loraUpdate(
  scope: Scope,
  { rank, scale, dropout }: LoraSize,
  x: Value,
  dims: { in: number; out: number },
): Value {
  const a = scope.param("lora_A.weight", [rank, dims.in]);
  const b = scope.param("lora_B.weight", [dims.out, rank]);
  return mul(composites.linear(composites.linear(dropout ? dropout(x) : x, a), b), constant(scale));
}
