/** @file Feed-forward blocks. */

import { quickGelu, silu } from "../graph/composites.ts";
import { mul, type Value } from "../graph/value.ts";
import { linear } from "./linear.ts";
import type { Scope } from "./scope.ts";

/** Widths of a block: D in and out, F inside. */
export interface MlpDims {
  readonly dim: number;
  readonly hidden: number;
}

/** down(silu(gate(x)) · up(x)). `x` [..., D] -> [..., D]. */
export function swiglu(scope: Scope, x: Value, { dim, hidden }: MlpDims, bias: boolean): Value {
  const gate = linear(scope.in("gate_proj"), x, { in: dim, out: hidden, bias });
  const up = linear(scope.in("up_proj"), x, { in: dim, out: hidden, bias });
  return linear(scope.in("down_proj"), mul(silu(gate), up), { in: hidden, out: dim, bias });
}

/** fc2(quickGelu(fc1(x))), with biases. `x` [..., D] -> [..., D]. */
export function quickGeluMlp(scope: Scope, x: Value, { dim, hidden }: MlpDims): Value {
  const h = linear(scope.in("fc1"), x, { in: dim, out: hidden, bias: true });
  return linear(scope.in("fc2"), quickGelu(h), { in: hidden, out: dim, bias: true });
}
