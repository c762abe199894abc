import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { tinyEchoVlm } from "../../test/tiny_config.ts";
import { weightShapes } from "../../test/weight_shapes.ts";
import { CheckpointError } from "../errors.ts";
import { parseConfig } from "../model/parse_config.ts";
import { elementCount, float32, type Tensor } from "../tensor/tensor.ts";
import { openAdapter } from "./adapter.ts";
import { parseAdapterConfig } from "./adapter_config.ts";
import { openCheckpoint } from "./hf_folder.ts";
import { writeSafetensors } from "./safetensors.ts";

const base = weightShapes(parseConfig(tinyEchoVlm, "tiny"));
const lora = { peft_type: "LORA", r: 2, lora_alpha: 6 };
const ones = (...shape: number[]) => float32(shape, new Float32Array(elementCount(shape)).fill(1));
const query = "model.layers.0.self_attn.q_proj";

async function adapterFolder(
  t: TestContext,
  config: unknown,
  tensors: Record<string, Tensor>,
): Promise<string> {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "adapter_config.json"), JSON.stringify(config));
  const named = Object.entries(tensors).map(([name, value]) => [`base_model.model.${name}`, value] as const);
  await writeSafetensors(join(folder, "adapter_model.safetensors"), new Map(named));
  return folder;
}

async function problemsOf(t: TestContext, config: object, tensors: Record<string, Tensor>) {
  const folder = await adapterFolder(t, { ...lora, ...config }, tensors);
  return openAdapter(folder, base).then(
    () => [],
    (error: unknown) => {
      assert.ok(error instanceof CheckpointError, String(error));
      return error.problems;
    },
  );
}

test("pairs come by base weight with their scale, and whole weights as replacements", async (t) => {
  const folder = await adapterFolder(
    t,
    { ...lora, modules_to_save: ["coefficient"] },
    {
      [`${query}.lora_A.weight`]: ones(2, 8),
      [`${query}.lora_B.weight`]: ones(8, 2),
      "model.language_model.layers.1.mlp.up_proj.lora_A.default.weight": ones(2, 8),
      "model.language_model.layers.1.mlp.up_proj.lora_B.default.weight": ones(12, 2),
      "model.layers.0.coefficient.bias": float32([2], [3, 4]),
    },
  );
  const { updates, replacements } = await openAdapter(folder, base);
  assert.deepEqual(
    [...updates.keys()].sort(),
    [`${query}.weight`, "model.layers.1.mlp.up_proj.weight"].sort(),
  );
  assert.deepEqual(updates.get(`${query}.weight`), { a: ones(2, 8), b: ones(8, 2), scale: 3 });
  assert.deepEqual(replacements, new Map([["model.layers.0.coefficient.bias", float32([2], [3, 4])]]));
});

test("ranks and scales follow PEFT's patterns: the first key that fits the end of the path", () => {
  const config = parseAdapterConfig(
    {
      ...lora,
      rank_pattern: { "layers\\.1\\..*": 4, q_proj: 8, "^model.layers.2.*": 16 },
      alpha_pattern: { "self_attn.v_proj": 32 },
    },
    "adapter",
  );
  const setting = (path: string) => {
    const { rank, scale } = config.settingOf(path);
    return [rank, scale];
  };
  assert.deepEqual(setting("model.layers.0.self_attn.q_proj"), [8, 6 / 8]);
  assert.deepEqual(setting("model.layers.1.self_attn.q_proj"), [4, 6 / 4]);
  assert.deepEqual(setting("model.layers.0.self_attn.v_proj"), [2, 16]);
  assert.deepEqual(setting("model.layers.0.self_attn.my_q_proj"), [2, 3]);
  assert.deepEqual(setting("model.layers.0.self_attn.q_proj.inner"), [2, 3]);
  assert.deepEqual(setting("model.layers.2.mlp.up_proj"), [16, 6 / 16]);
  const stabilised = parseAdapterConfig({ ...lora, r: 4, use_rslora: true }, "adapter");
  assert.deepEqual(stabilised.settingOf("x"), { rank: 4, scale: 3 });
});

test("what does not fit the base is all named at once", async (t) => {
  const problems = await problemsOf(
    t,
    { modules_to_save: ["lm_head"] },
    {
      [`${query}.lora_A.weight`]: ones(2, 7),
      [`${query}.lora_B.weight`]: ones(8, 2),
      "model.layers.0.self_attn.k_proj.lora_A.weight": ones(2, 8),
      "model.layers.9.self_attn.k_proj.lora_A.weight": ones(2, 8),
      "model.layers.9.self_attn.k_proj.lora_B.weight": ones(4, 2),
      "visual.patch_embed.proj.lora_A.weight": ones(2, 3),
      "visual.patch_embed.proj.lora_B.weight": ones(8, 2),
      "model.norm.weight": ones(9),
      "model.embed_tokens.lora_embedding_A": ones(1),
    },
  );
  const expected = [
    /q_proj: expected A and B of shape \[2, 8\] and \[8, 2\], found \[2, 7\] and \[8, 2\]/,
    /k_proj: expected both lora_A and lora_B/,
    /layers.9.self_attn.k_proj: the base model has no weight/,
    /patch_embed.proj: expected a matrix to adapt/,
    /model.norm.weight: expected \[8\], found \[9\]/,
    /lora_embedding_A: expected a LoRA matrix/,
    /modules_to_save names lm_head/,
  ];
  assert.equal(problems.length, expected.length, problems.join("\n"));
  for (const pattern of expected)
    assert.ok(
      problems.some((problem) => pattern.test(problem)),
      String(pattern),
    );
  assert.match((await problemsOf(t, {}, {})).join(), /found no tensors/);
  const newer = query.replace("model.", "model.language_model.");
  const twice = await problemsOf(
    t,
    {},
    {
      [`${query}.lora_A.weight`]: ones(2, 8),
      [`${query}.lora_B.weight`]: ones(8, 2),
      [`${newer}.lora_A.weight`]: ones(2, 8),
      [`${newer}.lora_B.weight`]: ones(8, 2),
    },
  );
  assert.match(twice.join(), /q_proj: adapts .*q_proj.weight a second time/);
});

test("options that would change the answer are refused, all at once", async (t) => {
  for (const change of [
    { use_dora: true },
    { lora_bias: true },
    { fan_in_fan_out: true },
    { bias: "all" },
    { layer_replication: [[0, 2]] },
    { init_lora_weights: "pissa" },
    { peft_type: "IA3" },
    { r: 0 },
    { r: 1.5 },
    { lora_alpha: "16" },
    { rank_pattern: { "(": 4 } },
    { rank_pattern: { q: 0.5 } },
    { modules_to_save: "lm_head" },
  ]) {
    const problems = await problemsOf(t, change, {});
    assert.equal(problems.length, 1, JSON.stringify(change));
    assert.ok(problems[0]!.startsWith(Object.keys(change)[0]!), problems[0]);
  }
  const accepted = { use_dora: false, layer_replication: null, loftq_config: {}, init_lora_weights: true };
  assert.match((await problemsOf(t, accepted, {})).join(), /found no tensors/);
  assert.equal((await problemsOf(t, { use_dora: true, r: 0 }, {})).length, 2);
});

test("missing and pickled files are named", async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(openAdapter(folder, base), /adapter_config.json: there is no such file/);
  writeFileSync(join(folder, "adapter_config.json"), JSON.stringify(lora));
  await assert.rejects(openAdapter(folder, base), /adapter_model.safetensors: there is no such file/);
  writeFileSync(join(folder, "adapter_model.bin"), "");
  await assert.rejects(openAdapter(folder, base), /pickle/);
});

const golden = fileURLToPath(new URL("../../../../shared/golden/echovlm-tiny/", import.meta.url));
test("an adapter written by PEFT", { skip: !existsSync(golden) && "../shared is absent" }, async () => {
  const checkpoint = await openCheckpoint(golden);
  await checkpoint.close();
  const shapes = new Map([...checkpoint.tensors].map(([name, { shape }]) => [name, shape]));
  const { updates, replacements } = await openAdapter(join(golden, "training/adapter"), shapes);
  assert.deepEqual([updates.size, replacements.size], [22, 0]);
  const { a, b, scale } = updates.get("visual.merger.mlp.2.weight")!;
  assert.deepEqual([a.shape, b.shape, scale], [[8, 128], [64, 8], 2]);
});
