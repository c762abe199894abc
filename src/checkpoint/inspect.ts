/** @file What a checkpoint is made of: parameters by part, bytes by dtype, and how it fits its configuration. */

import type { ModelConfig } from "../model/config.ts";
import { parameterShapes } from "../model/parameters.ts";
import { floatConfig } from "../model/quantisation.ts";
import type { DType } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/tensor.ts";
import { compareWeights, type WeightComparison, type WeightShapes } from "./compare_weights.ts";
import { readModelFiles } from "./hf_folder.ts";
import type { TensorInfo } from "./safetensors_header.ts";
import { findWeights, openWeights } from "./weight_files.ts";

/** Parts of the model and the names of their weights; the first that fits counts. */
const parts = [
  ["patch merger", /^visual\.merger\./],
  ["vision tower", /^visual\./],
  ["embeddings", /^model\.embed_tokens\./],
  ["head", /^lm_head\./],
  ["attention", /\.self_attn\./],
  ["routed experts", /\.moe\.experts\./],
  ["shared experts", /\.moe\.shared_expert\./],
  ["routers", /\.moe\.gate\./],
  ["shared expert gates", /\.moe\.shared_expert_gate\./],
  ["coefficients", /\.coefficient\./],
  ["dense MLP", /\.mlp\./],
  ["norms", /norm\.weight$/],
  ["other", /(?:)/],
] as const;

/** Name of a part of the model. */
export type PartName = (typeof parts)[number][0];

/** The part of the model that a weight belongs to. */
export const partOf = (name: string): PartName => parts.find(([, pattern]) => pattern.test(name))![0];

export interface PartDescription {
  readonly part: PartName;
  /** Weight tensors. */
  readonly tensors: number;
  readonly parameters: number;
}

export interface StoredDescription {
  readonly tensors: number;
  /** Bytes of the stored tensors of each dtype that occurs. */
  readonly sizeBytes: ReadonlyMap<DType, number>;
  readonly comparison: WeightComparison;
}

export interface CheckpointDescription {
  readonly config: ModelConfig;
  /** Weight tensors of the model. */
  readonly tensors: number;
  readonly parameters: number;
  /** Parameters that take part for one token: of E routed experts, the top k. */
  readonly activeParameters: number;
  /** Only parts that the model has. */
  readonly parts: readonly PartDescription[];
  /** null where there are no weight files. */
  readonly stored: StoredDescription | null;
}

/**
 * Describe a model and the weights stored for it.
 *
 * @param expected the model's weights by name, quantised ones in their parts
 * @param stored what the weight files hold; null without weight files
 */
export function describeCheckpoint(
  config: ModelConfig,
  expected: WeightShapes,
  stored: ReadonlyMap<string, TensorInfo> | null,
): CheckpointDescription {
  const counts = new Map<PartName, PartDescription>();
  const weights = config.quantisation ? parameterShapes(floatConfig(config)) : expected;
  for (const [name, shape] of weights) {
    const part = partOf(name);
    const { tensors, parameters } = counts.get(part) ?? { tensors: 0, parameters: 0 };
    counts.set(part, { part, tensors: tensors + 1, parameters: parameters + elementCount(shape) });
  }
  const present = parts.flatMap(([part]) => counts.get(part) ?? []);
  const parameters = present.reduce((sum, part) => sum + part.parameters, 0);
  const routed = counts.get("routed experts")?.parameters ?? 0;
  const { experts, topK } = config.moe ?? { experts: 1, topK: 1 };
  return {
    config,
    tensors: weights.size,
    parameters,
    activeParameters: parameters - (routed / experts) * (experts - topK),
    parts: present,
    stored: stored === null ? null : describeStored(expected, stored),
  };
}

function describeStored(expected: WeightShapes, stored: ReadonlyMap<string, TensorInfo>): StoredDescription {
  const sizeBytes = new Map<DType, number>();
  for (const info of stored.values())
    sizeBytes.set(info.dtype, (sizeBytes.get(info.dtype) ?? 0) + info.sizeBytes);
  return { tensors: stored.size, sizeBytes, comparison: compareWeights(expected, stored) };
}

/**
 * Describe a checkpoint folder, or a folder with a config.json and no weights.
 *
 * @throws CheckpointError or ConfigError if a file is damaged; weights that do not fit are part of the description
 */
export async function inspectFolder(folder: string): Promise<CheckpointDescription> {
  const { config } = await readModelFiles(folder);
  const expected = parameterShapes(config);
  if ((await findWeights(folder)) === null) return describeCheckpoint(config, expected, null);
  const weights = await openWeights(folder);
  await weights.close();
  return describeCheckpoint(config, expected, weights.tensors);
}
