/** @file Linear layers and normalisations with their weights. */

import * as composites from "../graph/composites.ts";
import { add, type Value } from "../graph/value.ts";
import { loraUpdate } from "./lora.ts";
import type { Scope } from "./scope.ts";

/** y = x Wᵀ (+ b). `x` [..., in] -> [..., out]; weights `weight` [out, in] and `bias` [out]. */
export function linear(
  scope: Scope,
  x: Value,
  { in: inDim, out, bias }: { in: number; out: number; bias: boolean },
): Value {
  const weight = scope.weight([out, inDim]);
  const y = composites.linear(x, weight, bias ? scope.param("bias", [out]) : undefined);
  const update = scope.lora?.(scope.path);
  return update ? add(y, loraUpdate(scope, update, x, { in: inDim, out })) : y;
}

/** LayerNorm over the last axis of width `dim`. */
export const layerNorm = (scope: Scope, x: Value, dim: number, epsilon: number): Value =>
  composites.layerNorm(x, scope.param("weight", [dim]), scope.param("bias", [dim]), epsilon);

/** RMSNorm over the last axis of width `dim`. */
export const rmsNorm = (scope: Scope, x: Value, dim: number, epsilon: number): Value =>
  composites.rmsNorm(x, scope.param("weight", [dim]), epsilon);

/** Rows of a table: `ids` [B, S] int64 -> [B, S, dim]. */
export const embedding = (scope: Scope, ids: Value, { rows, dim }: { rows: number; dim: number }): Value =>
  composites.embedding(scope.weight([rows, dim]), ids);
