/** @file Low-rank adapters as PEFT stores them. @see Hu et al. 2021, arXiv 2106.09685, section 4.1 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "../errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { type AdapterConfig, parseAdapterConfig } from "./adapter_config.ts";
import type { WeightShapes } from "./compare_weights.ts";
import { readJsonFile } from "./json_file.ts";
import { loadWeight } from "./load_weight.ts";
import { SafetensorsFile } from "./safetensors.ts";
import { canonicalName } from "./weight_names.ts";

/** The update scale · B · A of a weight [out, in]. */
export interface LowRankUpdate {
  /** A [r, in]. */
  readonly a: Tensor<"float32">;
  /** B [out, r]. */
  readonly b: Tensor<"float32">;
  readonly scale: number;
}

/** An adapter, by names of base weights. */
export interface Adapter {
  readonly updates: ReadonlyMap<string, LowRankUpdate>;
  /** Weights that were trained whole and take the place of the base's. */
  readonly replacements: ReadonlyMap<string, Tensor<"float32">>;
}

/**
 * Read a PEFT LoRA adapter: adapter_config.json and adapter_model.safetensors.
 *
 * @param base names and shapes of the weights that it adapts
 * @throws CheckpointError if a file is missing or damaged, an option is not supported, or any tensor has no
 *   partner, no weight in the base, or another shape
 */
export async function openAdapter(folder: string, base: WeightShapes): Promise<Adapter> {
  const configPath = join(folder, "adapter_config.json");
  const json = await readJsonFile(configPath);
  if (json === undefined)
    throw new CheckpointError(configPath, "there is no such file", "a PEFT adapter folder has one");
  const config = parseAdapterConfig(json, configPath);
  const file = await SafetensorsFile.open(await weightsPath(folder));
  try {
    const { updates, replacements } = plan(file, config, base);
    const loaded = new Map<string, LowRankUpdate>();
    for (const [name, { a, b, scale }] of updates)
      loaded.set(name, {
        a: await loadWeight(file, a, "float32"),
        b: await loadWeight(file, b, "float32"),
        scale,
      });
    const replaced = new Map<string, Tensor<"float32">>();
    for (const [name, stored] of replacements) replaced.set(name, await loadWeight(file, stored, "float32"));
    return { updates: loaded, replacements: replaced };
  } finally {
    await file.close();
  }
}

async function weightsPath(folder: string): Promise<string> {
  const names = await readdir(folder);
  if (names.includes("adapter_model.bin") && !names.includes("adapter_model.safetensors"))
    throw new CheckpointError(
      folder,
      "expected adapter_model.safetensors, found adapter_model.bin, whose pickle format is not read because it can run code",
      "load it with PEFT and call save_pretrained(folder)",
    );
  return join(folder, "adapter_model.safetensors");
}

/** Which stored tensors adapt or replace which base weight. */
interface Plan {
  readonly updates: ReadonlyMap<string, { readonly a: string; readonly b: string; readonly scale: number }>;
  readonly replacements: ReadonlyMap<string, string>;
}

function plan(file: SafetensorsFile, config: AdapterConfig, base: WeightShapes): Plan {
  const problems: string[] = [];
  const updates = new Map<string, { a: string; b: string; scale: number }>();
  const replacements = new Map<string, string>();
  const halves = new Map<string, { a?: string; b?: string }>();

  for (const stored of file.tensors.keys()) {
    const path = /^base_model\.model\.(.+)$/.exec(stored)?.[1];
    // The part after lora_A is the adapter's name, which PEFT leaves out of newer files.
    const lora = /^(.+)\.lora_([AB])(?:\.[^.]+)?\.weight$/.exec(path ?? "");
    if (lora !== null) {
      const pair = halves.get(lora[1]!) ?? {};
      pair[lora[2] === "A" ? "a" : "b"] = stored;
      halves.set(lora[1]!, pair);
    } else if (path !== undefined && base.has(canonicalName(path)))
      replacements.set(canonicalName(path), stored);
    else problems.push(`${stored}: expected a LoRA matrix or a weight of the base model`);
  }

  const shapeOf = (stored: string) => file.tensors.get(stored)!.shape;
  for (const [path, { a, b }] of halves) {
    const name = `${canonicalName(path)}.weight`;
    const shape = base.get(name);
    if (a === undefined || b === undefined)
      problems.push(`${path}: expected both lora_A and lora_B, found only ${a ?? b}`);
    else if (shape === undefined) problems.push(`${path}: the base model has no weight ${name}`);
    else if (updates.has(name)) problems.push(`${path}: adapts ${name} a second time`);
    else {
      const { rank, scale } = config.settingOf(path);
      const found = `[${shapeOf(a).join(", ")}] and [${shapeOf(b).join(", ")}]`;
      const expected = `[${rank}, ${shape[1]}] and [${shape[0]}, ${rank}]`;
      if (shape.length !== 2)
        problems.push(`${path}: expected a matrix to adapt, found [${shape.join(", ")}]`);
      else if (found !== expected)
        problems.push(`${path}: expected A and B of shape ${expected}, found ${found}`);
      updates.set(name, { a, b, scale });
    }
  }
  for (const [name, stored] of replacements)
    if (shapeOf(stored).join() !== base.get(name)!.join())
      problems.push(
        `${stored}: expected [${base.get(name)!.join(", ")}], found [${shapeOf(stored).join(", ")}]`,
      );
  for (const module of config.modulesToSave)
    if (![...replacements.keys()].some((name) => `.${name}`.includes(`.${module}.`)))
      problems.push(`modules_to_save names ${module}, but no tensor of it is stored`);
  if (problems.length === 0 && updates.size + replacements.size === 0)
    problems.push("expected LoRA matrices, found no tensors");
  if (problems.length > 0) throw new CheckpointError(file.path, problems);
  return { updates, replacements };
}
