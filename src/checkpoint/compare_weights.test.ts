import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { tinyDense, tinyEchoVlm } from "../../test/tiny_config.ts";
import { weightShapes } from "../../test/weight_shapes.ts";
import { CheckpointError } from "../errors.ts";
import { parseConfig } from "../model/parse_config.ts";
import { elementCount, float32, int64, type Tensor } from "../tensor/tensor.ts";
import { checkWeights, type WeightShapes } from "./compare_weights.ts";
import { openCheckpoint } from "./hf_folder.ts";
import { SafetensorsFile, writeSafetensors } from "./safetensors.ts";

const sparse = weightShapes(parseConfig(tinyEchoVlm, "tiny"));
const dense = weightShapes(parseConfig(tinyDense, "tiny"));
const tied = new Map([...dense].filter(([name]) => name !== "lm_head.weight"));

const zeros = (shapes: WeightShapes): Map<string, Tensor> =>
  new Map([...shapes].map(([name, shape]) => [name, float32(shape, new Float32Array(elementCount(shape)))]));

/** The error of checking stored tensors, or null. */
async function check(
  t: TestContext,
  expected: WeightShapes,
  stored: ReadonlyMap<string, Tensor>,
): Promise<CheckpointError | null> {
  const path = join(temporaryFolder(t), "x.safetensors");
  await writeSafetensors(path, stored);
  const file = await SafetensorsFile.open(path);
  try {
    await checkWeights(expected, file);
    return null;
  } catch (error) {
    assert.ok(error instanceof CheckpointError, String(error));
    return error;
  } finally {
    await file.close();
  }
}

test("exactly the expected weights are accepted, and old rotary tables beside them", async (t) => {
  assert.equal(await check(t, sparse, zeros(sparse)), null);
  const stored = zeros(dense);
  stored.set("model.layers.0.self_attn.rotary_emb.inv_freq", float32([2], [1, 1]));
  stored.set("visual.rotary_pos_emb.inv_freq", float32([2], [1, 1]));
  assert.equal(await check(t, dense, stored), null);
});

test("missing, unused and misshapen tensors are reported together, each by name", async (t) => {
  const stored = zeros(dense);
  stored.delete("model.norm.weight");
  stored.set("model.extra", float32([1], [0]));
  stored.set("visual.merger.ln_q.bias", float32([9], new Float32Array(9)));
  stored.set("visual.merger.ln_q.weight", int64([8], [1, 1, 1, 1, 1, 1, 1, 1]));
  const error = await check(t, dense, stored);
  assert.deepEqual(error?.problems, [
    "model.norm.weight: is missing",
    "model.extra: has no place in the model",
    "visual.merger.ln_q.weight: expected floating-point values, found int64",
    "visual.merger.ln_q.bias: expected [8], found [9]",
  ]);
  for (const name of ["model.norm.weight", "model.extra", "ln_q.weight", "ln_q.bias"])
    assert.ok(error.message.includes(name), error.message);
});

test("a long list becomes a paragraph, and stays whole in the problems", async (t) => {
  const error = await check(t, sparse, new Map());
  assert.equal(error?.problems.length, sparse.size);
  assert.match(error.message, new RegExp(`${sparse.size} of ${sparse.size} weights are missing`));
  assert.match(error.message, /visual\.blocks\.\*\.norm1\.weight \(2\)/);
  assert.ok(error.message.length < 700, error.message);
});

test("experts are never dropped for a dense model, nor a dense model taken for one with experts", async (t) => {
  const dropped = await check(t, dense, zeros(sparse));
  assert.match(dropped?.message ?? "", /no place in the model: .*moe\.experts\.\*.*EchoVLM's experts/);
  const absent = await check(t, sparse, zeros(dense));
  assert.match(absent?.message ?? "", /are missing: .*weights of a dense model/);
  const headless = await check(t, dense, zeros(tied));
  assert.match(headless?.message ?? "", /lm_head.weight .*tie_word_embeddings/);
});

test("a tied head stored a second time must hold the same values", async (t) => {
  const stored = zeros(tied);
  stored.set("lm_head.weight", stored.get("model.embed_tokens.weight")!);
  assert.equal(await check(t, tied, stored), null);
  const other = new Float32Array(16 * 8);
  other[127] = 1;
  stored.set("lm_head.weight", float32([16, 8], other));
  assert.match(
    (await check(t, tied, stored))?.message ?? "",
    /ties it to model.embed_tokens.weight, but other/,
  );
  stored.set("lm_head.weight", float32([8, 8], new Float32Array(64)));
  assert.match((await check(t, tied, stored))?.message ?? "", /other values/);
});

const golden = fileURLToPath(new URL("../../../../shared/golden/", import.meta.url));
test("the golden checkpoints hold the published weights", {
  skip: !existsSync(golden) && "../shared is absent",
}, async () => {
  for (const name of ["echovlm-tiny", "echovlm-tiny-bf16", "qwen2-vl-tiny"]) {
    const checkpoint = await openCheckpoint(join(golden, name));
    await checkWeights(weightShapes(checkpoint.config), checkpoint);
    await checkpoint.close();
  }
});
