import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { noise } from "../../test/prng.ts";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { tinyEchoVlm } from "../../test/tiny_config.ts";
import { weightShapes } from "../../test/weight_shapes.ts";
import { CheckpointError } from "../errors.ts";
import { parseConfig } from "../model/parse_config.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { openAdapter } from "./adapter.ts";
import { modulePaths } from "./module_names.ts";
import { adapterOf, writeAdapter } from "./write_adapter.ts";

const base = weightShapes(parseConfig(tinyEchoVlm, "tiny"));
const stage2 =
  /^(visual\.blocks\.\d+\.(attn\.(qkv|proj)|mlp\.fc[12])|visual\.merger\.mlp\.[02]|model\.layers\.\d+\.self_attn\.[qkvo]_proj)\.weight$/;
const description = { baseModel: "someone/EchoVLM", dropout: 0.05, files: { "README.md": "# card\n" } };

/** Trained parameters as the worker holds them: updates of every layer that `adapts` names, weights it replaces. */
function trained(rankOf: (path: string) => number, adapts: RegExp, whole: RegExp): Record<string, Tensor> {
  const parameters: Record<string, Tensor> = {};
  for (const [name, shape] of base) {
    if (whole.test(name)) parameters[name] = noise(name, shape);
    if (!adapts.test(name)) continue;
    const path = name.slice(0, -".weight".length);
    parameters[`${path}.lora_A.weight`] = noise(`${name} a`, [rankOf(path), shape[1]!]);
    parameters[`${path}.lora_B.weight`] = noise(`${name} b`, [shape[0]!, rankOf(path)]);
  }
  return parameters;
}

const configOf = (folder: string) => JSON.parse(readFileSync(join(folder, "adapter_config.json"), "utf8"));

test("an adapter that was written is read as it was: the paper's second stage", async (t) => {
  const folder = join(temporaryFolder(t), "adapter");
  const adapter = adapterOf(
    trained(() => 2, stage2, /\.(moe|coefficient)\./),
    () => 1.5,
  );
  await writeAdapter(folder, adapter, base, description);
  assert.deepEqual(await openAdapter(folder, base), adapter);
  assert.deepEqual([adapter.updates.size, adapter.replacements.size], [18, 2 * 16]);
  assert.deepEqual(readdirSync(folder).sort(), [
    "README.md",
    "adapter_config.json",
    "adapter_model.safetensors",
  ]);
  const { r, lora_alpha, lora_dropout, rank_pattern, alpha_pattern, ...rest } = configOf(folder);
  assert.deepEqual([r, lora_alpha, lora_dropout, rank_pattern, alpha_pattern], [2, 3, 0.05, {}, {}]);
  assert.deepEqual(rest.modules_to_save, ["coefficient", "moe"]);
  assert.equal(rest.base_model_name_or_path, "someone/EchoVLM");
  assert.equal(rest.peft_type, "LORA");
});

test("target_modules names the adapted layers and, among all modules, no other", async (t) => {
  for (const adapts of [stage2, /self_attn\.q_proj\.weight$/, /^model\.layers\.1\..*up_proj\.weight$/]) {
    const folder = join(temporaryFolder(t), "adapter");
    const adapter = adapterOf(
      trained(() => 2, adapts, /^$/),
      () => 1,
    );
    await writeAdapter(folder, adapter, base, description);
    const targets: string[] = configOf(folder).target_modules;
    const named = [...modulePaths(base.keys())].filter((path) =>
      targets.some((target) => path === target || path.endsWith(`.${target}`)),
    );
    assert.deepEqual(
      named.map((path) => `${path}.weight`).sort(),
      [...adapter.updates.keys()].sort(),
      targets.join(),
    );
  }
});

test("other ranks and scales than most layers have are patterns", async (t) => {
  const folder = join(temporaryFolder(t), "adapter");
  const rankOf = (path: string) => (path === "visual.merger.mlp.0" ? 4 : path.endsWith("q_proj") ? 3 : 2);
  const adapter = adapterOf(trained(rankOf, stage2, /^$/), (path) => (path.endsWith("k_proj") ? 0.1 : 2 / 3));
  await writeAdapter(folder, adapter, base, description);
  assert.deepEqual(await openAdapter(folder, base), adapter);
  const { rank_pattern, modules_to_save } = configOf(folder);
  assert.deepEqual(Object.values(rank_pattern).sort(), [3, 3, 4]);
  assert.equal(modules_to_save, null);
});

test("a weight trained without the rest of its module is refused by name; the folder stays", async (t) => {
  const folder = join(temporaryFolder(t), "adapter");
  const adapter = adapterOf(
    trained(() => 2, stage2, /coefficient/),
    () => 1,
  );
  await writeAdapter(folder, adapter, base, description);
  const partly = adapterOf(
    trained(() => 2, stage2, /q_proj\.bias/),
    () => 1,
  );
  await assert.rejects(writeAdapter(folder, partly, base, description), (error: unknown) => {
    assert.ok(error instanceof CheckpointError);
    assert.equal(error.problems.length, 2);
    return /layers\.0\.self_attn\.q_proj\.bias: was trained without/.test(error.problems[0]!);
  });
  assert.deepEqual(await openAdapter(folder, base), adapter);
});
