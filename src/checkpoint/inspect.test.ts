import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { tinyDense, tinyEchoVlm } from "../../test/tiny_config.ts";
import { parameterShapes } from "../model/parameters.ts";
import { parseConfig } from "../model/parse_config.ts";
import { float32, type Tensor, tensor } from "../tensor/tensor.ts";
import { describeCheckpoint, inspectFolder } from "./inspect.ts";
import { writeSafetensors } from "./safetensors.ts";

test("the released model has the published parameter counts, from its configuration alone", () => {
  const config = parseConfig(
    {
      model_type: "qwen2_vl",
      hidden_size: 3584,
      intermediate_size: 18944,
      num_hidden_layers: 28,
      num_attention_heads: 28,
      num_key_value_heads: 4,
      moe_intermediate_size: 1408,
      shared_expert_intermediate_size: 5632,
      num_experts_per_tok: 2,
      rope_scaling: { type: "mrope", mrope_section: [16, 24, 24] },
    },
    "released",
  );
  const description = describeCheckpoint(config, parameterShapes(config), null);
  assert.equal(description.parameters, 11_683_172_920);
  assert.equal(description.activeParameters, 10_835_399_224);
  assert.equal(description.stored, null);
  assert.deepEqual(Object.fromEntries(description.parts.map(({ part, parameters }) => [part, parameters])), {
    "patch merger": 44_575_744,
    "vision tower": 675_759_104 - 44_575_744,
    embeddings: 544_997_376,
    head: 544_997_376,
    attention: 822_212_608,
    "routed experts": 1_695_547_392,
    "shared experts": 1_695_547_392,
    routers: 401_408,
    "shared expert gates": 100_352,
    coefficients: 200_760,
    "dense MLP": 5_703_204_864,
    norms: 204_288,
  });
  assert.equal(
    description.parts.reduce((sum, { tensors }) => sum + tensors, 0),
    1262,
  );
});

test("a dense model is wholly active and has no sparse parts", () => {
  const config = parseConfig(tinyDense, "dense");
  const { parameters, activeParameters, parts } = describeCheckpoint(config, parameterShapes(config), null);
  assert.equal(activeParameters, parameters);
  assert.ok(parts.every(({ part }) => !/expert|router|coefficient|other/.test(part)));
});

test("a folder is described with and without weights, and what does not fit is part of it", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "config.json"), JSON.stringify(tinyEchoVlm));
  const bare = await inspectFolder(folder);
  assert.equal(bare.stored, null);
  await writeSafetensors(
    join(folder, "model.safetensors"),
    new Map<string, Tensor>([
      ["model.norm.weight", float32([8], new Float32Array(8))],
      ["lm_head.weight", tensor("bfloat16", [1], Uint16Array.of(0))],
      ["extra", tensor("bfloat16", [2], Uint16Array.of(0, 0))],
    ]),
  );
  const { stored, parts, activeParameters, parameters } = await inspectFolder(folder);
  assert.deepEqual(parts, bare.parts);
  assert.equal(parameters - activeParameters, 2 * 2 * (3 * 4 * 8));
  assert.equal(stored?.tensors, 3);
  assert.deepEqual(
    stored.sizeBytes,
    new Map([
      ["float32", 32],
      ["bfloat16", 6],
    ]),
  );
  assert.deepEqual(stored.comparison.unused, ["extra"]);
  assert.deepEqual(stored.comparison.misshapen, ["lm_head.weight: expected [16, 8], found [1]"]);
  assert.ok(stored.comparison.missing.includes("model.embed_tokens.weight"));
});
