import assert from "node:assert/strict";
import { test } from "node:test";
import { bitWidths, blockSizes } from "../graph/packed.ts";
import { jsonFields } from "./json_fields.ts";
import {
  alwaysKept,
  isKept,
  parseQuantisation,
  type Quantisation,
  quantisationField,
  quantisationPlan,
} from "./quantisation.ts";

const parsed = (field: unknown): { result: Quantisation | undefined; problems: string[] } => {
  const problems: string[] = [];
  const root = jsonFields({ quantization_config: field }, "", problems);
  return { result: parseQuantisation(root, "config.json", problems), problems };
};

test("what is written is read", () => {
  for (const bits of bitWidths)
    for (const block of blockSizes) {
      const quantisation = { bits, block, kept: [...alwaysKept, "visual"] };
      const { result, problems } = parsed(quantisationField(quantisation));
      assert.deepEqual([result, problems], [quantisation, []]);
    }
  assert.equal(parsed(undefined).result, undefined);
  assert.equal(parsed(null).result, undefined);
});

test("every wrong field is named", () => {
  const { problems } = parsed({
    quant_method: "echovlm",
    format_version: "1",
    bits: 5,
    block_size: 16,
    modules_to_not_convert: "visual",
  });
  for (const field of ["format_version", "bits", "block_size", "modules_to_not_convert"])
    assert.ok(
      problems.some((problem) => problem.startsWith(`quantization_config.${field}: expected `)),
      problems.join("\n"),
    );
});

test("a part is a whole name between dots", () => {
  assert.ok(isKept("model.layers.3.moe.gate", ["moe.gate"]));
  assert.ok(!isKept("model.layers.3.moe.experts.0.gate_proj", ["moe.gate"]));
  assert.ok(isKept("visual.blocks.0.attn.qkv", ["visual"]));
  assert.ok(isKept("model.layers.1.mlp.up_proj", ["layers.1"]));
  assert.ok(!isKept("model.layers.11.mlp.up_proj", ["layers.1"]));
});

test("a float model has no plan, and a kept part none in a quantised one", () => {
  assert.equal(quantisationPlan({}), undefined);
  const plan = quantisationPlan({ quantisation: { bits: 4, block: 64, kept: ["lm_head"] } });
  assert.equal(plan?.("lm_head"), undefined);
  assert.equal(plan?.("model.embed_tokens")?.block, 64);
});
