/** @file Vision tower and patch merger of Qwen2-VL and Qwen2.5-VL, as one graph. */

import { ShapeError } from "../errors.ts";
import * as composites from "../graph/composites.ts";
import { add, gather, input, rearrange, slice, type Value } from "../graph/value.ts";
import { layerNorm, linear, rmsNorm } from "../nn/linear.ts";
import { quickGeluMlp, swiglu } from "../nn/mlp.ts";
import { inverseFrequencies, type RotaryTable, rotaryTable } from "../nn/rope.ts";
import { Scope } from "../nn/scope.ts";
import { type Dim, times } from "../tensor/shape.ts";
import type { VisionConfig } from "./config.ts";
import { type Quantisation, quantisationPlan } from "./quantisation.ts";

const EPSILON = 1e-6;
const ROPE_THETA = 10_000;

/** Attention inside windows: which rows each window holds, and the way back. */
export interface WindowInputs {
  readonly rows: Value;
  readonly mask: Value;
  readonly inverse: Value;
}

/** Patches along one side of an attention window. */
export const windowSide = ({ mergeSize, patchSize }: VisionConfig, sizePx: number): number =>
  Math.floor(sizePx / mergeSize / patchSize) * mergeSize;

/** What the vision tower reads; frames are batch mates, since a patch attends to its own frame only. */
export interface VisionInputs {
  /** [T, N, C·t·p·p] in merge-cell order. */
  readonly patches: Value;
  /** [2, T, N] int64, row and column. */
  readonly positions: Value;
  /** [T, 1, N, N], added to the scores, for frames filled up to one length; all patches are real if absent. */
  readonly mask?: Value;
  /** Needed by towers with windowed attention. */
  readonly windows?: WindowInputs;
}

/** What it gives. */
export interface VisionOutputs {
  /** [T, M, D], one visual token per merge cell, N = mergeSize²·M */
  readonly tokens: Value;
  /** [T, N, embedDim] before the first block and behind each. */
  readonly stream: readonly Value[];
}

/**
 * Vision tower and patch merger as a function, for inference and training alike.
 *
 * @param scope the root of the weights
 * @see spec 1.1
 */
export function look(scope: Scope, config: VisionConfig, inputs: VisionInputs): VisionOutputs {
  const { depth, embedDim, outDim, heads, mergeSize, patchSize, temporalPatchSize, channels } = config;
  const visual = scope.in("visual");
  const table = visionRotary(inputs.positions, embedDim / heads);
  // A convolution whose stride is its kernel is one matrix product over flattened patches.
  const kernel = visual
    .in("patch_embed.proj")
    .param("weight", [embedDim, channels, temporalPatchSize, patchSize, patchSize]);
  let x = composites.linear(inputs.patches, rearrange(kernel, "d c t h w -> d (c t h w)"));
  const stream = [x];
  for (let i = 0; i < depth; i++) {
    x = block(visual.in("blocks", i), x, i, { config, table, inputs });
    stream.push(x);
  }

  const merger = visual.in("merger");
  const width = embedDim * mergeSize ** 2;
  const cells = rearrange(norm(merger.in("ln_q"), x, config), "t (m c) d -> t m (c d)", {
    c: mergeSize ** 2,
  });
  const mixed = composites.gelu(linear(merger.in("mlp", 0), cells, { in: width, out: width, bias: true }));
  const tokens = linear(merger.in("mlp", 2), mixed, { in: width, out: outDim, bias: true });
  return { tokens, stream };
}

/**
 * The graph that turns one picture, or the T temporal patches of one video, into visual tokens.
 *
 * Inputs: `patches` and `positions` as in `VisionInputs`; with windows also `window_rows` [W, L] int64 into the T·N
 * patches, `window_mask` [W, 1, L, L], `window_inverse` [T, N].
 * Output: `tokens` [T, M, D].
 *
 * @param quantisation how the model's weights are kept in few bits, if they are
 */
export function visionGraph(
  config: VisionConfig,
  quantisation?: Quantisation,
): { outputs: { tokens: Value }; scope: Scope } {
  const { mergeSize, patchSize, temporalPatchSize, channels, window } = config;
  const plan = quantisation && quantisationPlan({ quantisation });
  const scope = new Scope("", new Map(), { quantised: plan });
  const patchCount = times("M", mergeSize ** 2);
  const patchDim = channels * temporalPatchSize * patchSize ** 2;
  const { tokens } = look(scope, config, {
    patches: input("patches", "float32", ["T", patchCount, patchDim]),
    positions: input("positions", "int64", [2, "T", patchCount]),
    ...(window && { windows: windowInputs("T", patchCount) }),
  });
  return { outputs: { tokens }, scope };
}

/** Qwen2.5-VL normalises by RMS, Qwen2-VL by mean and variance. */
const norm = (scope: Scope, x: Value, { embedDim, window }: VisionConfig): Value =>
  window ? rmsNorm(scope, x, embedDim, EPSILON) : layerNorm(scope, x, embedDim, EPSILON);

interface BlockContext {
  readonly config: VisionConfig;
  readonly table: RotaryTable;
  readonly inputs: VisionInputs;
}

function block(scope: Scope, x: Value, index: number, context: BlockContext): Value {
  const { config } = context;
  const dims = { dim: config.embedDim, hidden: config.mlpDim };
  const attended = add(x, attention(scope.in("attn"), norm(scope.in("norm1"), x, config), index, context));
  const u = norm(scope.in("norm2"), attended, config);
  const mlp = config.window ? swiglu(scope.in("mlp"), u, dims, true) : quickGeluMlp(scope.in("mlp"), u, dims);
  return add(attended, mlp);
}

/** Bidirectional attention inside a frame, or inside windows of it. `x` [T, N, D] -> [T, N, D]. */
function attention(
  scope: Scope,
  x: Value,
  index: number,
  { config: { embedDim, heads, window }, table: { cos, sin }, inputs: { mask, windows } }: BlockContext,
): Value {
  const qkv = linear(scope.in("qkv"), x, { in: embedDim, out: 3 * embedDim, bias: true });
  const split = (part: number) =>
    rearrange(slice(qkv, -1, part * embedDim, (part + 1) * embedDim), "t n (h d) -> t h n d", { h: heads });
  const [q, k, v] = [composites.rotary(split(0), cos, sin), composites.rotary(split(1), cos, sin), split(2)];
  const scale = (embedDim / heads) ** -0.5;
  const isWindowed = window !== null && !window.fullBlocks.includes(index);
  if (isWindowed && !windows)
    throw new ShapeError(scope.path, "expected the windows of its attention, got none");
  const mixed =
    isWindowed && windows
      ? windowed(q, k, v, scale, windows)
      : rearrange(composites.attention(q, k, v, { scale, ...(mask && { mask }) }), "t h n d -> t n (h d)");
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

/** The inputs `window_rows`, `window_mask` and `window_inverse` for frames [frames, patchCount]. */
export const windowInputs = (frames: Dim, patchCount: Dim): WindowInputs => ({
  rows: input("window_rows", "int64", ["W", "L"]),
  mask: input("window_mask", "float32", ["W", 1, "L", "L"]),
  inverse: input("window_inverse", "int64", [frames, patchCount]),
});

/** Of each pair of a head: which axis turns it, row 0 or column 1, and the angle per place. Rows come first. */
export function visionFrequencies(headDim: number): {
  readonly axes: readonly number[];
  readonly frequencies: readonly number[];
} {
  const own = inverseFrequencies(ROPE_THETA, headDim / 2);
  return { axes: [0, 1].flatMap((axis) => own.map(() => axis)), frequencies: [...own, ...own] };
}

function visionRotary(positions: Value, headDim: number): RotaryTable {
  const { axes, frequencies } = visionFrequencies(headDim);
  return rotaryTable(positions, axes, frequencies);
}
