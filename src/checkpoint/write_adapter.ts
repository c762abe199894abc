/** @file Writes low-rank adapters as PEFT stores them. @see adapter.ts */

import { join } from "node:path";
import { CheckpointError } from "../errors.ts";
import type { Tensors } from "../runtime/program.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Adapter, LowRankUpdate } from "./adapter.ts";
import type { WeightShapes } from "./compare_weights.ts";
import { modulePaths, shortNames, wholeModules } from "./module_names.ts";
import { replaceFolder, writeSynced } from "./replace_folder.ts";
import { writeSafetensors } from "./safetensors.ts";

/**
 * The adapter that trained parameters are.
 *
 * @param parameters float32, by name: `<path>.lora_A.weight` [r, in], `<path>.lora_B.weight` [out, r], and weights that
 *   were trained whole
 * @param scaleOf the factor of B·A of the layer at a path
 */
export function adapterOf(parameters: Tensors, scaleOf: (path: string) => number): Adapter {
  const updates = new Map<string, LowRankUpdate>();
  const replacements = new Map<string, Tensor<"float32">>();
  for (const [name, value] of Object.entries(parameters) as [string, Tensor<"float32">][]) {
    const lora = /^(.+)\.lora_([AB])\.weight$/.exec(name);
    if (lora === null) replacements.set(name, value);
    else if (lora[2] === "A") {
      const path = lora[1]!;
      const b = parameters[`${path}.lora_B.weight`] as Tensor<"float32">;
      updates.set(`${path}.weight`, { a: value, b, scale: scaleOf(path) });
    }
  }
  return { updates, replacements };
}

/** What else an adapter's folder says. */
export interface AdapterDescription {
  /** Where the base model is to be had: a repository or folder; null where nobody can know. */
  readonly baseModel: string | null;
  /** Share of the adapters' inputs that training left out. */
  readonly dropout: number;
  /** Texts of further files by name, such as a model card README.md. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Write an adapter's folder: adapter_config.json, adapter_model.safetensors and the further files. It takes the place
 * of a folder of that name only once it is whole.
 *
 * @param base names and shapes of the weights that it adapts
 * @throws CheckpointError when it cannot be written, or a weight was replaced without the rest of its module, which
 *   PEFT has no word for
 */
export async function writeAdapter(
  folder: string,
  adapter: Adapter,
  base: WeightShapes,
  { baseModel, dropout, files }: AdapterDescription,
): Promise<void> {
  const config = adapterConfig(adapter, base, { folder, baseModel, dropout });
  const tensors = new Map<string, Tensor>();
  for (const [name, { a, b }] of adapter.updates) {
    tensors.set(`base_model.model.${layerOf(name)}.lora_A.weight`, a);
    tensors.set(`base_model.model.${layerOf(name)}.lora_B.weight`, b);
  }
  for (const [name, value] of adapter.replacements) tensors.set(`base_model.model.${name}`, value);
  await replaceFolder(folder, async (built) => {
    await writeSafetensors(join(built, "adapter_model.safetensors"), tensors, { format: "pt" });
    await writeSynced(join(built, "adapter_config.json"), `${JSON.stringify(config, null, 2)}\n`);
    for (const [name, text] of Object.entries(files)) await writeSynced(join(built, name), text);
  });
}

/** Path of the linear layer that has a weight. */
const layerOf = (weight: string): string => weight.replace(/\.weight$/, "");

/** The fields that every release of PEFT knows. */
function adapterConfig(
  { updates, replacements }: Adapter,
  base: WeightShapes,
  { folder, baseModel, dropout }: { folder: string; baseModel: string | null; dropout: number },
): Record<string, unknown> {
  const all = modulePaths(base.keys());
  const ranks = new Map([...updates].map(([name, { a }]) => [layerOf(name), a.shape[0]!]));
  const alphas = new Map([...updates].map(([name, update]) => [layerOf(name), alphaOf(update)]));
  const { modules, rest } = wholeModules(new Set(replacements.keys()), base.keys());
  if (rest.length > 0)
    throw new CheckpointError(
      folder,
      rest.map(
        (name) => `${name}: was trained without the rest of its module, which a PEFT adapter cannot say`,
      ),
      "write the merged model instead",
    );
  const [r, alpha] = [commonest(ranks.values()) ?? 8, commonest(alphas.values()) ?? 8];
  const isSaved = (path: string) => [...modules].some((saved) => path.startsWith(`${saved}.`));
  return {
    alpha_pattern: exceptions(alphas, alpha),
    auto_mapping: null,
    base_model_name_or_path: baseModel,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: null,
    layers_to_transform: null,
    lora_alpha: alpha,
    lora_dropout: dropout,
    modules_to_save: modules.size > 0 ? shortNames(modules, all, isSaved) : null,
    peft_type: "LORA",
    r,
    rank_pattern: exceptions(ranks, r),
    revision: null,
    target_modules: shortNames(new Set(ranks.keys()), all),
    task_type: "CAUSAL_LM",
    use_dora: false,
    use_rslora: false,
  };
}

/** The alpha that gives the scale when divided by the rank, without the noise of the division that made the scale. */
function alphaOf({ a, scale }: LowRankUpdate): number {
  const rank = a.shape[0]!;
  const rounded = Number((scale * rank).toPrecision(15));
  return rounded / rank === scale ? rounded : scale * rank;
}

function commonest(values: Iterable<number>): number | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** PEFT's pattern: a regular expression for a path, and what it has instead of the common value. */
const exceptions = (values: ReadonlyMap<string, number>, common: number): Record<string, number> =>
  Object.fromEntries(
    [...values].flatMap(([path, value]) => (value === common ? [] : [[path.replaceAll(".", "\\."), value]])),
  );
