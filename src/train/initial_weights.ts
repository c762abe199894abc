/** @file First values of weights that come from no checkpoint. */

import type { ModelConfig } from "../model/config.ts";
import { namedRandom, type Random } from "../tensor/random.ts";
import { elementCount, float32, type Tensor } from "../tensor/tensor.ts";
import { neighbourBias } from "./neighbour_attention.ts";
import { cosineFilters } from "./patch_filters.ts";

/** Standard deviation of tables and routers: small, so that no token and no expert is preferred at the start. */
const smallStd = 0.02;

/**
 * First value of one weight, by its name: norms 1, biases 0, and the mixing coefficient's weight 0, so that both paths
 * count alike. Other matrices are normal, cut at two standard deviations, which are 1/√in; tables and routers have 0.02.
 * Filters of patches are cosines, and heads of the vision tower begin with looking at a neighbour. What a block adds to the residual stream is divided by √(2 · blocks), so that the stream does not grow with depth.
 *
 * @param seed the values follow from seed and name alone
 * @see GPT-2 (Radford et al. 2019), section 2.3, for the residual scale
 */
export function initialWeight(
  name: string,
  shape: readonly number[],
  { decoder, vision }: ModelConfig,
  seed: number,
): Tensor<"float32"> {
  const ofVision = /^visual\.blocks\.(\d+)\.attn\.qkv\.(weight|bias)$/.exec(name);
  if (ofVision?.[2] === "bias") return float32(shape, neighbourBias(vision, Number(ofVision[1])));
  if (name.endsWith(".bias") || name.endsWith(".coefficient.weight")) return filled(shape, 0);
  if (shape.length === 1) return filled(shape, 1);
  if (name === "visual.patch_embed.proj.weight") return patchFilters(shape, namedRandom(seed, name));
  const blocks = name.startsWith("visual.") ? vision.depth : decoder.layers;
  const scale = writesResidual.test(name) ? 1 / Math.sqrt(2 * blocks) : 1;
  const matrix = normalMatrix(
    shape,
    (isSmall.test(name) ? smallStd : fanInStd(shape)) * scale,
    namedRandom(seed, name),
  );
  return ofVision ? quietQueries(matrix, vision.embedDim) : matrix;
}

/** What patches hold counts little beside where they are, in the first scores of attention: queries and keys are small. */
function quietQueries({ data, shape, ...rest }: Tensor<"float32">, dim: number): Tensor<"float32"> {
  const queriesAndKeys = 2 * dim * dim;
  return { ...rest, shape, data: data.map((value, at) => (at < queriesAndKeys ? 0.3 * value : value)) };
}

/** Cosines, and beyond as many as a patch has pixels random ones. */
function patchFilters(shape: readonly number[], random: Random): Tensor<"float32"> {
  const values = cosineFilters(shape);
  const cosines = Math.min(
    shape[0] ?? 0,
    shape.slice(-2).reduce((a, b) => a * b, 1),
  );
  const each = values.length / (shape[0] ?? 1);
  const { data } = normalMatrix(shape, fanInStd(shape), random);
  values.set(data.subarray(cosines * each), cosines * each);
  return float32(shape, values);
}

const isSmall = /\b(embed_tokens|moe\.gate|shared_expert_gate)\.weight$/;
const writesResidual = /\.(o_proj|down_proj|attn\.proj|fc2)\.weight$/;

const filled = (shape: readonly number[], value: number) =>
  float32(shape, new Float32Array(elementCount(shape)).fill(value));

/** 1/√in: inputs of variance 1 then give outputs of variance 1. */
const fanInStd = ([, ...inputs]: readonly number[]): number => 1 / Math.sqrt(elementCount(inputs));

/** Normal numbers around 0 within two standard deviations. */
function normalMatrix(shape: readonly number[], std: number, random: Random): Tensor<"float32"> {
  const values = new Float32Array(elementCount(shape));
  for (let i = 0; i < values.length; ) {
    // Box and Muller: two independent normal numbers from two uniform ones.
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    for (const normal of [radius * Math.cos(angle), radius * Math.sin(angle)])
      if (Math.abs(normal) <= 2 && i < values.length) values[i++] = std * normal;
  }
  return float32(shape, values);
}
