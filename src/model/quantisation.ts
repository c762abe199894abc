/** @file Which weights of a model are kept in few bits, and how config.json says so. @see docs/quantisation.md */

import { ConfigError } from "../errors.ts";
import { type BlockFormat, bitWidths, blockSizes } from "../graph/packed.ts";
import type { QuantisationPlan } from "../nn/scope.ts";
import type { ModelConfig } from "./config.ts";
import { isJsonObject, type JsonFields, jsonFields, shown } from "./json_fields.ts";

/** How the weights of a checkpoint are quantised. */
export interface Quantisation extends BlockFormat {
  /** Parts of the model that stay as they are, by their place in a weight's name: `visual`, `lm_head`, `moe.gate`. */
  readonly kept: readonly string[];
}

/** What `quant_method` says in folders of this format, and the newest version of it that is read. */
const METHOD = "echovlm";
const FORMAT_VERSION = 1;

/**
 * Small layers that decide where tokens go or how paths mix: a rounded router sends tokens to other experts, and there
 * is nothing to save.
 */
export const alwaysKept = ["moe.gate", "moe.shared_expert_gate", "coefficient"] as const;

/** The field `quantization_config` of a quantised checkpoint. */
export const quantisationField = ({ bits, block, kept }: Quantisation) => ({
  quant_method: METHOD,
  format_version: FORMAT_VERSION,
  bits,
  block_size: block,
  modules_to_not_convert: kept,
});

/**
 * Read `quantization_config`.
 *
 * @param root the fields of config.json
 * @param problems where problems go, one sentence each
 * @returns undefined where the checkpoint is not quantised
 * @throws ConfigError for another method's weights, or a folder that a newer version wrote
 */
export function parseQuantisation(
  root: JsonFields,
  where: string,
  problems: string[],
): Quantisation | undefined {
  const name = "quantization_config";
  const json = root.raw(name);
  if (json === undefined || json === null) return undefined;
  if (!isJsonObject(json)) {
    root.problem(name, "an object");
    return undefined;
  }
  if (json.quant_method !== METHOD)
    throw new ConfigError(
      where,
      `${name}.quant_method: expected "${METHOD}", found ${shown(json.quant_method)}`,
      "weights quantised by other programs are not read: take the float checkpoint and run `echovlm quantize`",
    );
  const version = json.format_version;
  if (typeof version === "number" && version > FORMAT_VERSION)
    throw new ConfigError(
      where,
      `${name}.format_version: expected at most ${FORMAT_VERSION}, found ${version}`,
      "a newer echovlm wrote this folder: update echovlm, or quantize again with this one",
    );
  const fields = jsonFields(json, `${name}.`, problems);
  fields.integer("format_version", Number.NaN, { min: 1, max: FORMAT_VERSION });
  const bits = bitWidths.find((known) => known === json.bits);
  const block = blockSizes.find((known) => known === json.block_size);
  if (bits === undefined) fields.problem("bits", `one of ${bitWidths.join(", ")}`);
  if (block === undefined) fields.problem("block_size", `one of ${blockSizes.join(", ")}`);
  const kept = json.modules_to_not_convert ?? [];
  if (!Array.isArray(kept) || !kept.every((part) => typeof part === "string")) {
    fields.problem("modules_to_not_convert", "a list of parts of the model");
    return undefined;
  }
  return bits && block && { bits, block, kept };
}

/** Whether a part is kept that lies on the path: whole names between dots, so `moe.gate` is no `experts.0.gate_proj`. */
export const isKept = (path: string, kept: readonly string[]): boolean =>
  kept.some((part) => `.${path}.`.includes(`.${part}.`));

/** What a model's layers ask of their weights; none for a float checkpoint. */
export const quantisationPlan = ({
  quantisation,
}: Pick<ModelConfig, "quantisation">): QuantisationPlan | undefined =>
  quantisation && ((path) => (isKept(path, quantisation.kept) ? undefined : quantisation));

/** The same model with its weights as numbers. */
export function floatConfig({ quantisation: _, ...config }: ModelConfig): ModelConfig {
  return config;
}
