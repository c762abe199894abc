/** @file First values of a sparse path that is added to a trained dense model. */

import type { ModelConfig } from "../model/config.ts";
import { namedRandom, type Random } from "../tensor/random.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { initialWeight } from "./initial_weights.ts";

/**
 * Where experts and the shared expert begin. copy: with neurons of the dense MLP; zero: as random, but without an output,
 * so that the model still is the dense one; random: as an untrained model.
 */
export const sparseStarts = ["copy", "zero", "random"] as const;
export type SparseStart = (typeof sparseStarts)[number];

export interface SparseOptions {
  readonly start: SparseStart;
  /** What the mixing coefficient gives the dense path at the start, between 0 and 1. */
  readonly denseShare: number;
  /** Whole number, 0 to 2³² − 1. */
  readonly seed: number;
}

const projections = ["gate_proj", "up_proj", "down_proj"] as const;
type Projection = (typeof projections)[number];

/** A weight of a layer's dense MLP, [mlpDim, D], or [D, mlpDim] of `down_proj`. */
export type DenseMlp = (layer: number, projection: Projection) => Promise<Tensor<"float32">>;

const pattern =
  /^model\.layers\.(\d+)\.(?:(moe\.(?:experts\.\d+|shared_expert))\.(gate_proj|up_proj|down_proj)\.weight|(coefficient\.bias)|.*)$/;

/**
 * First value of one weight of the sparse path.
 *
 * The coefficient is the same for every token, softmax([0, ln(s / (1 − s))]), which gives the dense path s. Differs: the
 * reference begins with about one half, which halves every MLP that was trained.
 *
 * A copied expert has M of the dense MLP's I neurons, one from each of M even stretches, and others than its fellows. Its
 * output is scaled by √(I / M): as far as neurons do not agree with one another, it is then as large as the dense MLP's,
 * which is what the layers behind are used to. Unscaled, experts would be too faint to be worth routing to; scaled by
 * I / M, the expected sum would be right and its error larger than itself.
 *
 * @param dense the trained MLPs; asked for copies only
 */
export async function sparseStart(
  name: string,
  shape: readonly number[],
  config: ModelConfig,
  { start, denseShare, seed }: SparseOptions,
  dense: DenseMlp,
): Promise<Tensor<"float32">> {
  const [, layer = "", expert, projection, bias] = pattern.exec(name) ?? [];
  if (bias !== undefined) return float32(shape, [0, Math.log(denseShare / (1 - denseShare))]);
  if (expert === undefined || start === "random" || (start === "zero" && projection !== "down_proj"))
    return initialWeight(name, shape, config, seed);
  if (start === "zero") return float32(shape, new Float32Array(shape[0]! * shape[1]!));
  const from = await dense(Number(layer), projection as Projection);
  const isDown = projection === "down_proj";
  const count = isDown ? shape[1]! : shape[0]!;
  // All three weights of an expert take the same neurons.
  const chosen = spreadNeurons(config.decoder.mlpDim, count, namedRandom(seed, `${layer}.${expert}`));
  return isDown ? columnsOf(from, chosen, Math.sqrt(config.decoder.mlpDim / count)) : rowsOf(from, chosen);
}

/** `count` of the numbers 0 to `all` − 1, in order: one from each of `count` even stretches. */
export const spreadNeurons = (all: number, count: number, random: Random): number[] =>
  Array.from({ length: count }, (_, index) => {
    const [first, end] = [Math.floor((index * all) / count), Math.floor(((index + 1) * all) / count)];
    return first + Math.floor(random() * (end - first));
  });

function rowsOf({ shape, data }: Tensor<"float32">, rows: readonly number[]): Tensor<"float32"> {
  const width = shape[1]!;
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, index) => {
    values.set(data.subarray(row * width, (row + 1) * width), index * width);
  });
  return float32([rows.length, width], values);
}

function columnsOf(
  { shape, data }: Tensor<"float32">,
  columns: readonly number[],
  scale: number,
): Tensor<"float32"> {
  const [height, width] = [shape[0]!, shape[1]!];
  const values = new Float32Array(height * columns.length);
  for (let row = 0; row < height; row++)
    for (let index = 0; index < columns.length; index++)
      values[row * columns.length + index] = scale * data[row * width + columns[index]!]!;
  return float32([height, columns.length], values);
}
