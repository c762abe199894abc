/** @file What becomes of each weight when a checkpoint is quantised. */

import { RequestError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { parameterShapes } from "../model/parameters.ts";
import { alwaysKept, type Quantisation } from "../model/quantisation.ts";
import { packedNames } from "../nn/scope.ts";
import { bytesPerElement, type DType } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/tensor.ts";

/** A tensor of the new checkpoint. */
export interface PlannedTensor {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly sizeBytes: number;
}

/** A weight of the float checkpoint, and what it is stored as. */
export interface PlannedWeight {
  /** In the float checkpoint. */
  readonly name: string;
  /** Elements. */
  readonly count: number;
  /** Its parts, or the weight itself in float32. */
  readonly stored:
    | { readonly [K in keyof typeof packedNames]: PlannedTensor }
    | { readonly float: PlannedTensor };
}

/** Shorter names of parts of the model, for users. */
const aliases: Readonly<Record<string, string>> = { vision: "visual" };

/**
 * What the new config.json says.
 *
 * @param config of a float checkpoint
 * @param keep parts of the model that stay float: `vision`, `lm_head`, `self_attn`, `layers.0`, …; a name may end in
 *   `.weight`
 * @throws RequestError for a part that has no weight to keep, and when all are kept
 */
export function quantisationOf(
  config: ModelConfig,
  format: Pick<Quantisation, "bits" | "block">,
  keep: readonly string[],
): Quantisation {
  const kept = keep.map((part) => (aliases[part] ?? part).replace(/\.weight$/, ""));
  const keeping = (parts: readonly string[]): Quantisation => ({
    ...format,
    kept: [...alwaysKept, ...parts],
  });
  const all = roundedCount(config, keeping([]));
  const strange = kept.filter((part) => roundedCount(config, keeping([part])) === all);
  if (strange.length > 0)
    throw new RequestError(
      "--keep",
      strange.map((part) => `expected a part of the model that is quantised, got ${part}`),
      strange.includes("lm_head") && config.decoder.tiedHead
        ? "its head is the embedding table: embed_tokens"
        : "such as vision, lm_head, embed_tokens, self_attn, mlp, experts, shared_expert or layers.0",
    );
  const quantisation = keeping(kept);
  if (roundedCount(config, quantisation) === 0)
    throw new RequestError("--keep", "expected a weight left to quantise, got none");
  return quantisation;
}

const roundedCount = (config: ModelConfig, quantisation: Quantisation): number =>
  planWeights(config, quantisation).filter(({ stored }) => "packed" in stored).length;

/** Every weight of a model with what it becomes, by name. */
export function planWeights(config: ModelConfig, quantisation: Quantisation): PlannedWeight[] {
  const after = parameterShapes({ ...config, quantisation });
  const tensorOf = (name: string, dtype: DType): PlannedTensor => {
    const shape = after.get(name)!;
    return { name, dtype, shape, sizeBytes: elementCount(shape) * bytesPerElement[dtype] };
  };
  return [...parameterShapes(config)].sort().map(([name, shape]): PlannedWeight => {
    const count = elementCount(shape);
    if (after.has(name)) return { name, count, stored: { float: tensorOf(name, "float32") } };
    const part = (which: keyof typeof packedNames) => name.replace(/weight$/, packedNames[which]);
    const stored = {
      packed: tensorOf(part("packed"), "uint8"),
      scale: tensorOf(part("scale"), "float32"),
      zero: tensorOf(part("zero"), "uint8"),
    };
    return { name, count, stored };
  });
}
