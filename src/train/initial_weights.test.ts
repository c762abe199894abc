import assert from "node:assert/strict";
import { test } from "node:test";
import { randomConfig } from "../../test/random_model.ts";
import { initialWeight } from "./initial_weights.ts";
import { cosineFilters } from "./patch_filters.ts";

const random = randomConfig("initial", "echovlm");
const config = {
  ...random,
  decoder: { ...random.decoder, layers: 8 },
  vision: { ...random.vision, depth: 2 },
};
const dataOf = (name: string, shape: readonly number[], seed = 1) =>
  initialWeight(name, shape, config, seed).data;
const spread = (values: Float32Array) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
const largest = (values: Float32Array) => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** Standard deviation of a normal distribution that is cut at two of its own. */
const cut = 0.8796;

for (const [name, shape, bound] of [
  ["model.layers.0.self_attn.q_proj.weight", [64, 100], 1 / 10],
  ["model.layers.3.mlp.gate_proj.weight", [64, 100], 1 / 10],
  ["visual.merger.mlp.2.weight", [64, 100], 1 / 10],
  ["model.layers.0.self_attn.o_proj.weight", [64, 100], 1 / 40],
  ["model.layers.0.mlp.down_proj.weight", [64, 100], 1 / 40],
  ["model.layers.0.moe.experts.3.down_proj.weight", [64, 100], 1 / 40],
  ["model.layers.0.moe.shared_expert.down_proj.weight", [64, 100], 1 / 40],
  ["visual.blocks.1.attn.proj.weight", [64, 100], 1 / 20],
  ["visual.blocks.1.mlp.fc2.weight", [64, 100], 1 / 20],
  ["model.embed_tokens.weight", [64, 100], 0.02],
  ["model.layers.0.moe.gate.weight", [64, 100], 0.02],
  ["model.layers.0.moe.shared_expert_gate.weight", [64, 100], 0.02],
] as const)
  test(`${name} is normal with ${bound}, cut at twice that`, () => {
    const values = dataOf(name, shape);
    assert.equal(values.length, 6400);
    assert.ok(Math.abs(spread(values) / (cut * bound) - 1) < 0.04, `${spread(values)}`);
    assert.ok(largest(values) <= Math.fround(2 * bound) && largest(values) > 1.9 * bound);
    assert.ok(Math.abs(values.reduce((a, b) => a + b)) / 6400 < 0.05 * bound);
  });

test("norms are 1, biases 0, and both paths count alike", () => {
  for (const name of ["model.norm.weight", "visual.blocks.0.norm1.weight", "visual.merger.ln_q.weight"])
    assert.deepEqual(dataOf(name, [3]), Float32Array.of(1, 1, 1));
  for (const name of ["visual.blocks.0.norm1.bias", "model.layers.0.coefficient.bias"])
    assert.deepEqual(dataOf(name, [2]), Float32Array.of(0, 0));
  assert.deepEqual(dataOf("model.layers.0.coefficient.weight", [2, 2]), Float32Array.of(0, 0, 0, 0));
});

test("values follow from seed and name alone", () => {
  const [one, other] = ["model.layers.0.mlp.up_proj.weight", "model.layers.1.mlp.up_proj.weight"] as const;
  assert.deepEqual(dataOf(one, [5, 4]), dataOf(one, [5, 4]));
  assert.notDeepEqual(dataOf(one, [5, 4]), dataOf(other, [5, 4]));
  assert.notDeepEqual(dataOf(one, [5, 4]), dataOf(one, [5, 4], 2));
});

test("filters of patches are cosines, and random ones beyond as many as a patch has pixels", () => {
  const values = dataOf("visual.patch_embed.proj.weight", [20, 3, 2, 4, 4]);
  assert.deepEqual(values.subarray(0, 16 * 96), cosineFilters([16, 3, 2, 4, 4]));
  const rest = spread(values.subarray(16 * 96));
  assert.ok(Math.abs(rest * Math.sqrt(96) - cut) < 0.1, `${rest}`);
});
