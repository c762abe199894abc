/** @file A trained dense model with a sparse path added, as a new checkpoint. */

import { basename, join, resolve } from "node:path";
import { checkWeights } from "../checkpoint/compare_weights.ts";
import { type Checkpoint, readModelFiles } from "../checkpoint/hf_folder.ts";
import { readJsonFile, readTextFile } from "../checkpoint/json_file.ts";
import { loadWeight, toStorage } from "../checkpoint/load_weight.ts";
import { cardText, parseCard } from "../checkpoint/model_card.ts";
import { replaceFolder } from "../checkpoint/replace_folder.ts";
import { infoOf, readTensor, type TensorToWrite } from "../checkpoint/safetensors.ts";
import { commonStorage, SHARD_BYTES, writeCompanions, writeWeights } from "../checkpoint/write_checkpoint.ts";
import { ConfigError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import { isJsonObject, type JsonObject } from "../model/json_fields.ts";
import { parameterShapes } from "../model/parameters.ts";
import { parseConfig } from "../model/parse_config.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { sparseCard } from "./init_card.ts";
import { type DenseMlp, type SparseOptions, sparseStart } from "./sparse_start.ts";
import { jsonText } from "./tokenizer_source.ts";

/** Sizes of the sparse path. */
export interface SparseDims {
  readonly experts: number;
  readonly topK: number;
  readonly expertDim: number;
  readonly sharedDim: number;
}

/**
 * The configuration of a dense model with a sparse path.
 *
 * @param folder the dense model's
 * @throws ConfigError naming everything that cannot work
 * @throws CheckpointError when the folder's files are missing or damaged
 */
export async function sparseConfig(
  folder: string,
  { experts, topK, expertDim, sharedDim }: SparseDims,
  { start, denseShare }: SparseOptions,
): Promise<JsonObject> {
  const { config: base } = await readModelFiles(folder);
  const where = join(folder, "config.json");
  if (base.family !== "qwen2-vl")
    throw new ConfigError(where, `expected a dense Qwen2-VL model, found ${base.family}`);
  const json = await readJsonFile(where);
  const problems: string[] = [];
  if (!(denseShare > 0 && denseShare < 1))
    problems.push(`--dense-share: expected a number between 0 and 1, got ${denseShare}`);
  const { mlpDim } = base.decoder;
  if (start === "copy")
    for (const [option, dim] of Object.entries({ "--expert-dim": expertDim, "--shared-dim": sharedDim }))
      if (dim > mlpDim)
        problems.push(
          `${option}: expected at most ${mlpDim}, the neurons that there are to copy, got ${dim}`,
        );
  // EchoVLM applies a window that is not null, where the dense model has to be asked to.
  const unwindowed = (fields: JsonObject): JsonObject => ({ ...fields, sliding_window: null });
  const made: JsonObject = {
    ...unwindowed(isJsonObject(json) ? json : {}),
    ...(isJsonObject(json) &&
      isJsonObject(json.text_config) && { text_config: unwindowed(json.text_config) }),
    architectures: ["Qwen2VLMOEForConditionalGeneration"],
    num_experts: experts,
    num_experts_per_tok: topK,
    moe_intermediate_size: expertDim,
    shared_expert_intermediate_size: sharedDim,
    norm_topk_prob: false,
    output_router_logits: false,
    router_aux_loss_coef: 0.001,
  };
  try {
    parseConfig(made, where);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.unshift(...error.problems);
  }
  if (problems.length > 0) throw new ConfigError(where, problems);
  return made;
}

/**
 * Write a checkpoint of `base` with a sparse path. It takes the place of a folder of that name once it is whole; one
 * weight at a time is in memory, and of copies the MLP of one layer. The base's weights stay bit for bit; new ones have
 * the dtype of most of them.
 *
 * @param json from `sparseConfig`
 * @returns the new configuration
 * @throws CheckpointError when the base's weights are not those of its configuration, or the folder cannot be written to
 */
export async function writeSparseCheckpoint(
  folder: string,
  base: Checkpoint,
  json: JsonObject,
  options: SparseOptions & { readonly signal: AbortSignal },
): Promise<ModelConfig> {
  const baseShapes = parameterShapes(base.config);
  await checkWeights(baseShapes, base);
  const config = parseConfig(json, "config.json");
  const storage = commonStorage(base);
  const dense = layerMlp(base);
  const weights = new Map(
    [...parameterShapes(config)].map(([name, shape]): [string, TensorToWrite] => {
      const isOld = baseShapes.has(name);
      const load = async () => {
        options.signal.throwIfAborted();
        if (isOld) return readTensor(base, name);
        return toStorage(await sparseStart(name, shape, config, options, dense), storage, name);
      };
      return [name, { dtype: isOld ? infoOf(base, name).dtype : storage, shape, load }];
    }),
  );
  const card = sparseCard(
    config,
    { name: basename(resolve(base.path)), license: await licenseOf(base) },
    options,
  );
  await replaceFolder(folder, async (built) => {
    await writeWeights(built, weights, SHARD_BYTES);
    await writeCompanions(built, base.path, { "config.json": jsonText(json), "README.md": cardText(card) });
  });
  return config;
}

/** The dense MLPs, of which one layer stays in memory: its experts, written one after the other, all copy from it. */
function layerMlp(base: Checkpoint): DenseMlp {
  const kept = new Map<string, Promise<Tensor<"float32">>>();
  return (layer, projection) => {
    const prefix = `model.layers.${layer}.mlp.`;
    for (const name of kept.keys()) if (!name.startsWith(prefix)) kept.delete(name);
    const name = `${prefix}${projection}.weight`;
    const weight = kept.get(name) ?? loadWeight(base, name, "float32");
    kept.set(name, weight);
    return weight;
  };
}

/** The licence that the base's model card names. */
async function licenseOf({ path }: Checkpoint): Promise<string> {
  const where = join(path, "README.md");
  const text = (await readTextFile(where)) ?? "";
  const { license } = parseCard(text).metadata;
  return typeof license === "string" ? license : "unknown";
}
