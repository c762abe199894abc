/** @file Vision tower and patch merger of Qwen2-VL and Qwen2.5-VL, as one graph. */

import * as composites from "../graph/composites.ts";
import { add, gather, input, rearrange, slice, type Value } from "../graph/value.ts";
import { layerNorm, linear, rmsNorm } from "../nn/linear.ts";
import { quickGeluMlp, swiglu } from "../nn/mlp.ts";
import { inverseFrequencies, type RotaryTable, rotaryTable } from "../nn/rope.ts";
import { Scope } from "../nn/scope.ts";
import { times } from "../tensor/shape.ts";
import type { VisionConfig } from "./config.ts";

const EPSILON = 1e-6;
const ROPE_THETA = 10_000;

/** Attention inside windows: which rows each window holds, and the way back. */
interface WindowInputs {
  readonly rows: Value;
  readonly mask: Value;
  readonly inverse: Value;
}

/** Patches along one side of an attention window, and in the whole window. */
export function windowLength(config: VisionConfig, sizePx: number): { side: number; length: number } {
  const cells = Math.floor(sizePx / config.mergeSize / config.patchSize);
  const side = cells * config.mergeSize;
  return { side, length: side * side };
}

/**
 * The graph that turns one picture, or the T temporal patches of one video, into visual tokens. Frames are batch
 * mates: a patch attends to its own frame only.
 *
 * Inputs: `patches` [T, N, C·t·p·p] float32 in merge-cell order; `positions` [2, T, N] int64, row and column;
 * with windows also `window_rows` [W, L] int64 into the T·N patches, `window_mask` [W, 1, L, L], `window_inverse` [T, N].
 * Output: `tokens` [T, M, D], one per merge cell, N = mergeSize²·M.
 *
 * @see spec 1.1
 */
export function visionGraph(config: VisionConfig): { outputs: { tokens: Value }; scope: Scope } {
  const { depth, embedDim, outDim, heads, mergeSize, patchSize, temporalPatchSize, channels, window } =
    config;
  const scope = new Scope();
  const visual = scope.in("visual");
  const patchCount = times("M", mergeSize ** 2);
  const patchDim = channels * temporalPatchSize * patchSize ** 2;
  const patches = input("patches", "float32", ["T", patchCount, patchDim]);
  const table = visionRotary(input("positions", "int64", [2, "T", patchCount]), embedDim / heads);
  const windows = window ? windowInputs(windowLength(config, window.sizePx).length, patchCount) : undefined;

  // A convolution whose stride is its kernel is one matrix product over flattened patches.
  const kernel = visual
    .in("patch_embed.proj")
    .param("weight", [embedDim, channels, temporalPatchSize, patchSize, patchSize]);
  const embedded = composites.linear(patches, rearrange(kernel, "d c t h w -> d (c t h w)"));
  const hidden = Array.from({ length: depth }, (_, i) => i).reduce((x, i) => {
    const full = !window || window.fullBlocks.includes(i);
    return block(visual.in("blocks", i), x, config, table, full ? undefined : windows);
  }, embedded);

  const merger = visual.in("merger");
  const width = embedDim * mergeSize ** 2;
  const normed = norm(merger.in("ln_q"), hidden, config);
  const cells = rearrange(normed, "t (m c) d -> t m (c d)", { c: mergeSize ** 2 });
  const mixed = composites.gelu(linear(merger.in("mlp", 0), cells, { in: width, out: width, bias: true }));
  const tokens = linear(merger.in("mlp", 2), mixed, { in: width, out: outDim, bias: true });
  return { outputs: { tokens }, scope };
}

/** Qwen2.5-VL normalises by RMS, Qwen2-VL by mean and variance. */
const norm = (scope: Scope, x: Value, { embedDim, window }: VisionConfig): Value =>
  window ? rmsNorm(scope, x, embedDim, EPSILON) : layerNorm(scope, x, embedDim, EPSILON);

function block(
  scope: Scope,
  x: Value,
  config: VisionConfig,
  table: RotaryTable,
  windows: WindowInputs | undefined,
): Value {
  const dims = { dim: config.embedDim, hidden: config.mlpDim };
  const attended = add(
    x,
    attention(scope.in("attn"), norm(scope.in("norm1"), x, config), config, table, windows),
  );
  const u = norm(scope.in("norm2"), attended, config);
  const mlp = config.window ? swiglu(scope.in("mlp"), u, dims, true) : quickGeluMlp(scope.in("mlp"), u, dims);
  return add(attended, mlp);
}

/** Bidirectional attention inside a frame, or inside windows of it. `x` [T, N, D] -> [T, N, D]. */
function attention(
  scope: Scope,
  x: Value,
  { embedDim, heads }: VisionConfig,
  { cos, sin }: RotaryTable,
  windows: WindowInputs | undefined,
): Value {
  const qkv = linear(scope.in("qkv"), x, { in: embedDim, out: 3 * embedDim, bias: true });
  const split = (part: number) =>
    rearrange(slice(qkv, -1, part * embedDim, (part + 1) * embedDim), "t n (h d) -> t h n d", { h: heads });
  const [q, k, v] = [composites.rotary(split(0), cos, sin), composites.rotary(split(1), cos, sin), split(2)];
  const scale = (embedDim / heads) ** -0.5;
  const mixed = windows
    ? windowed(q, k, v, scale, windows)
    : rearrange(composites.attention(q, k, v, { scale }), "t h n d -> t n (h d)");
  return linear(scope.in("proj"), mixed, { in: embedDim, out: embedDim, bias: true });
}

function windowed(q: Value, k: Value, v: Value, scale: number, { rows, mask, inverse }: WindowInputs): Value {
  const [qw, kw, vw] = [q, k, v].map((x) =>
    rearrange(gather(rearrange(x, "t h n d -> (t n) h d"), rows), "w l h d -> w h l d"),
  ) as [Value, Value, Value];
  const mixed = composites.attention(qw, kw, vw, { scale, mask });
  const flat = rearrange(mixed, "w h l d -> (w l) (h d)");
  return gather(flat, inverse);
}

const windowInputs = (length: number, patchCount: ReturnType<typeof times>): WindowInputs => ({
  rows: input("window_rows", "int64", ["W", length]),
  mask: input("window_mask", "float32", ["W", 1, length, length]),
  inverse: input("window_inverse", "int64", ["T", patchCount]),
});

/** The first half of the frequencies follows the row, the second the column. */
function visionRotary(positions: Value, headDim: number): RotaryTable {
  const frequencies = inverseFrequencies(ROPE_THETA, headDim / 2);
  const axes = [0, 1].flatMap((axis) => frequencies.map(() => axis));
  return rotaryTable(positions, axes, [...frequencies, ...frequencies]);
}
