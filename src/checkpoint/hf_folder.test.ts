import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { tinyEchoVlm } from "../../test/tiny_config.ts";
import { CheckpointError, ConfigError } from "../errors.ts";
import { float32 } from "../tensor/tensor.ts";
import { openCheckpoint, readModelFiles } from "./hf_folder.ts";
import { writeSafetensors } from "./safetensors.ts";
import { openWeights } from "./weight_files.ts";

const one = (value: number) => float32([1], [value]);

function folderWith(t: TestContext, files: Record<string, unknown>): string {
  const folder = temporaryFolder(t);
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  return folder;
}

/** Two shards with one tensor each, and their index. */
async function shardedFolder(t: TestContext): Promise<string> {
  const folder = folderWith(t, {
    "model.safetensors.index.json": { weight_map: { a: "s1.safetensors", b: "s2.safetensors" } },
  });
  await writeSafetensors(join(folder, "s1.safetensors"), new Map([["a", one(1)]]));
  await writeSafetensors(join(folder, "s2.safetensors"), new Map([["b", one(2)]]));
  return folder;
}

test("a folder opens with its files parsed, absent ones undefined, and weights read on demand", async (t) => {
  const folder = folderWith(t, {
    "config.json": tinyEchoVlm,
    "generation_config.json": { eos_token_id: [1] },
    "tokenizer_config.json": { chat_template: "from the tokenizer" },
  });
  await writeSafetensors(join(folder, "model.safetensors"), new Map([["model.norm.weight", one(5)]]));
  const checkpoint = await openCheckpoint(folder);
  assert.equal(checkpoint.config.family, "echovlm");
  assert.deepEqual(checkpoint.generation, { eos_token_id: [1] });
  assert.equal(checkpoint.preprocessor, undefined);
  assert.deepEqual(await checkpoint.read("model.norm.weight"), one(5));
  await assert.rejects(checkpoint.read("model.nor"), /"model.nor": there is none of that name/);
  await checkpoint.close();
  await assert.rejects(checkpoint.read("model.norm.weight"));
});

test("every file that may hold a chat template arrives as it is", async (t) => {
  const folder = folderWith(t, {
    "config.json": tinyEchoVlm,
    "tokenizer_config.json": { chat_template: [{ name: "default", template: "tokenizer" }] },
    "chat_template.json": { chat_template: "json" },
    "chat_template.jinja": "jinja",
  });
  const { jinja, chatTemplate, tokenizerConfig } = await readModelFiles(folder);
  assert.equal(jinja, "jinja");
  assert.deepEqual(chatTemplate, { chat_template: "json" });
  assert.deepEqual(tokenizerConfig, { chat_template: [{ name: "default", template: "tokenizer" }] });
});

test("damaged files are all named, with the place", async (t) => {
  const folder = folderWith(t, {
    "tokenizer.json": '{\n  "a": 1,\n  b\n}',
    "preprocessor_config.json": '{"a":',
    "generation_config.json": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
  });
  await assert.rejects(readModelFiles(folder), (error: Error) => {
    assert.ok(error instanceof CheckpointError);
    assert.equal(error.problems.length, 4);
    assert.match(error.message, /config.json: expected the model's configuration, found no such file/);
    assert.match(error.message, /tokenizer.json: expected JSON, at line 3, column 3 found/);
    assert.match(error.message, /preprocessor_config.json: expected JSON, at line 1, column 6 found/);
    assert.match(error.message, /generation_config.json: .*Git LFS pointer/);
    return true;
  });
  writeFileSync(join(folder, "config.json"), "{}");
  for (const name of ["tokenizer.json", "preprocessor_config.json", "generation_config.json"])
    rmSync(join(folder, name));
  await assert.rejects(readModelFiles(folder), ConfigError);
});

test("shards are found through their index", async (t) => {
  const weights = await openWeights(await shardedFolder(t));
  assert.deepEqual([...weights.tensors.keys()], ["a", "b"]);
  assert.deepEqual(await weights.read("b"), one(2));
  await weights.close();
});

test("index and shards must agree; all disagreements are named", async (t) => {
  const folder = await shardedFolder(t);
  const index = (map: unknown) =>
    writeFileSync(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: map }));
  const refused = (problem: RegExp) =>
    assert.rejects(openWeights(folder), (error: Error) => {
      assert.ok(error instanceof CheckpointError, error.stack);
      assert.match(error.message, problem);
      return true;
    });
  index({ a: "s1.safetensors", b: "s2.safetensors", c: "s3.safetensors", d: "s4.safetensors" });
  await refused(/s3.safetensors: there is no such file.*s4.safetensors: there is no such file/);
  index({ a: "s1.safetensors", b: "s1.safetensors", c: "s2.safetensors" });
  await refused(/s1.*lacks "b".*s2.*holds "b", which the index places in s1.*s2.*lacks "c"/);
  index({ a: "s1.safetensors", c: "s2.safetensors" });
  await refused(/holds "b", which the index places in no shard/);
  index({ a: "../s1.safetensors", b: 7 });
  await refused(/"a": expected the name of a safetensors file.*"b": expected .*found 7/);
  index(null);
  await refused(/weight_map: expected an object, found null/);
});

test("names of newer transformers are read as the older ones, and two names for one weight are refused", async (t) => {
  const folder = temporaryFolder(t);
  const stored = [
    "model.visual.merger.ln_q.weight",
    "model.language_model.layers.0.mlp.up_proj.weight",
    "lm_head.weight",
  ];
  const path = join(folder, "model.safetensors");
  await writeSafetensors(path, new Map(stored.map((name, i) => [name, one(i)])));
  const weights = await openWeights(folder);
  assert.deepEqual(
    new Set(weights.tensors.keys()),
    new Set(["visual.merger.ln_q.weight", "model.layers.0.mlp.up_proj.weight", "lm_head.weight"]),
  );
  assert.deepEqual(await weights.read("model.layers.0.mlp.up_proj.weight"), one(1));
  await weights.close();
  await writeSafetensors(
    path,
    new Map([
      ["visual.x", one(0)],
      ["model.visual.x", one(0)],
    ]),
  );
  await assert.rejects(openWeights(folder), /"visual.x": is there twice/);
});

test("a folder without safetensors says what it has instead", async (t) => {
  const refused = (files: Record<string, unknown>, problem: RegExp) =>
    assert.rejects(openWeights(folderWith(t, files)), (error: Error) => {
      assert.ok(error instanceof CheckpointError, error.stack);
      assert.match(error.message, problem);
      return true;
    });
  await refused({}, /found nothing/);
  await refused({ "config.json": {} }, /found \["config.json"\]/);
  await refused({ "pytorch_model-00001-of-00002.bin": "x" }, /pickle.*safe_serialization/);
  await refused({ "adapter_model.safetensors": "x" }, /found an adapter/);
  await refused({ "model.safetensors": "version https://git-lfs.github.com/spec/v1\n" }, /git lfs pull/);
  await assert.rejects(openWeights(join(temporaryFolder(t), "absent")), CheckpointError);
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "config.json"));
  await assert.rejects(readModelFiles(folder), /config.json: cannot be read/);
});

const golden = fileURLToPath(new URL("../../../../shared/golden/", import.meta.url));
test("the golden checkpoints open whole", {
  skip: !existsSync(golden) && "../shared is absent",
}, async () => {
  for (const [name, count] of [
    ["echovlm-tiny", 127],
    ["echovlm-tiny-bf16", 96],
    ["qwen2-vl-tiny", 69],
    ["qwen2_5-vl-tiny", 81],
  ] as const) {
    const checkpoint = await openCheckpoint(join(golden, name));
    assert.equal(checkpoint.tensors.size, count, name);
    assert.match(JSON.stringify(checkpoint.chatTemplate), /<\|im_start\|>/);
    const preprocessor = JSON.parse(readFileSync(join(golden, name, "preprocessor_config.json"), "utf8"));
    assert.deepEqual(checkpoint.preprocessor, preprocessor);
    await checkpoint.close();
  }
});
