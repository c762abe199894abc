/**
 * @file adapter_config.json of a PEFT LoRA adapter: the scale of each module, and what is not supported.
 * @see https://huggingface.co/docs/peft/package_reference/lora
 */

import { CheckpointError } from "../errors.ts";
import { isJsonObject, jsonFields, shown } from "../model/json_fields.ts";

/** What an adapter's configuration says about one adapted module. */
export interface LoraSetting {
  /** Rank of the update. */
  readonly rank: number;
  /** Factor of B·A in the update. */
  readonly scale: number;
}

export interface AdapterConfig {
  /** The setting of the module with this path in the model that was trained, such as `model.layers.0.mlp.up_proj`. */
  settingOf(modulePath: string): LoraSetting;
  /** Modules stored whole, by the last part of their path. */
  readonly modulesToSave: readonly string[];
}

/** Options that change the arithmetic in ways not implemented. Each must be absent, null, false or empty. */
const unsupported = [
  "use_dora",
  "use_qalora",
  "use_bdlora",
  "lora_bias",
  "fan_in_fan_out",
  "layer_replication",
  "trainable_token_indices",
  "target_parameters",
  "alora_invocation_tokens",
  "arrow_config",
  "kasa_config",
  "monteclora_config",
  "velora_config",
];

/** Ways to start training that leave the base model's weights alone; the others train on a changed base. */
const initialisations: readonly unknown[] = [undefined, null, true, false, "gaussian", "orthogonal", "eva"];

/**
 * Parse adapter_config.json.
 *
 * @throws CheckpointError naming every impossible or unsupported field
 */
export function parseAdapterConfig(json: unknown, where: string): AdapterConfig {
  if (!isJsonObject(json)) throw new CheckpointError(where, `expected a JSON object, found ${shown(json)}`);
  const problems: string[] = [];
  const fields = jsonFields(json, "", problems);
  if (json.peft_type !== "LORA") fields.problem("peft_type", '"LORA"');
  for (const name of unsupported)
    if (!isUnset(json[name])) fields.problem(name, "none, as it is not supported");
  fields.word("bias", "none", ["none"]);
  if (!initialisations.includes(json.init_lora_weights))
    fields.problem("init_lora_weights", "a method that leaves the base weights as they were");
  const rank = fields.integer("r", 8, { min: 1, max: 2 ** 16 });
  const alpha = fields.real("lora_alpha", 8, { min: 0, max: 1e6 });
  const ranks = readPatterns(json.rank_pattern, "rank_pattern", problems);
  const alphas = readPatterns(json.alpha_pattern, "alpha_pattern", problems);
  const rankStabilised = fields.flag("use_rslora", false);
  const modules = json.modules_to_save ?? [];
  const areNames = Array.isArray(modules) && modules.every((name) => typeof name === "string");
  if (!areNames) fields.problem("modules_to_save", "a list of module names");
  if (problems.length > 0) throw new CheckpointError(where, problems);

  return {
    settingOf(modulePath) {
      const r = firstMatch(ranks, modulePath) ?? rank;
      const a = firstMatch(alphas, modulePath) ?? alpha;
      return { rank: r, scale: a / (rankStabilised ? Math.sqrt(r) : r) };
    },
    modulesToSave: areNames ? modules : [],
  };
}

const isUnset = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isJsonObject(value) && Object.keys(value).length === 0);

interface Pattern {
  readonly path: RegExp;
  readonly value: number;
}

/** PEFT's rule: a key is a regular expression for the last parts of a path, and the first that fits counts. */
const firstMatch = (patterns: readonly Pattern[], modulePath: string): number | undefined =>
  patterns.find(({ path }) => path.test(modulePath))?.value;

function readPatterns(json: unknown, name: string, problems: string[]): Pattern[] {
  if (!isJsonObject(json ?? {})) problems.push(`${name}: expected an object, found ${shown(json)}`);
  return Object.entries(isJsonObject(json) ? json : {}).flatMap(([key, value]) => {
    if (typeof value !== "number" || !(value > 0) || (name === "rank_pattern" && !Number.isInteger(value)))
      problems.push(`${name}.${key}: expected a positive number, found ${shown(value)}`);
    else
      try {
        return [{ path: new RegExp(`^(.*\\.)?(${key})$`), value }];
      } catch (error) {
        problems.push(`${name}.${key}: expected a regular expression, found ${(error as Error).message}`);
      }
    return [];
  });
}
