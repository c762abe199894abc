import assert from "node:assert/strict";
import { test } from "node:test";
import { randomConfig } from "../../test/random_model.ts";
import { createRandom } from "../tensor/random.ts";
import { elementCount, float32 } from "../tensor/tensor.ts";
import { type DenseMlp, type SparseStart, sparseStart, spreadNeurons } from "./sparse_start.ts";

const random = randomConfig("sparse", "echovlm");
const config = { ...random, decoder: { ...random.decoder, mlpDim: 12 } };

/** A dense MLP whose weights tell layer and neuron. */
const dense: DenseMlp = async (layer, projection) =>
  projection === "down_proj"
    ? float32(
        [2, 12],
        Array.from({ length: 24 }, (_, i) => 100 * layer + (i % 12)),
      )
    : float32(
        [12, 2],
        Array.from({ length: 24 }, (_, i) => 100 * layer + Math.floor(i / 2)),
      );
const started = async (name: string, shape: readonly number[], start: SparseStart, seed = 1) => [
  ...(await sparseStart(name, shape, config, { start, denseShare: 0.8, seed }, dense)).data,
];
const path = "model.layers.1.moe";
/** The neurons that one copied expert has, by each of its weights. */
const neurons = async (expert: string, count: number, seed = 1) => {
  const gate = await started(`${path}.${expert}.gate_proj.weight`, [count, 2], "copy", seed);
  const up = await started(`${path}.${expert}.up_proj.weight`, [count, 2], "copy", seed);
  const down = await started(`${path}.${expert}.down_proj.weight`, [2, count], "copy", seed);
  const unscaled = down.slice(0, count).map((v) => Math.round(v / Math.sqrt(12 / count)));
  return [gate.filter((_, i) => i % 2 === 0), up.filter((_, i) => i % 2 === 1), unscaled].map((all) =>
    all.map((neuron) => neuron - 100),
  );
};

test("neurons are spread evenly over all, one from each stretch", () => {
  for (const [all, count] of [
    [12, 4],
    [13, 5],
    [7, 7],
    [5, 1],
  ] as const) {
    const chosen = spreadNeurons(all, count, createRandom(3));
    chosen.forEach((neuron, index) => {
      assert.ok(neuron >= Math.floor((index * all) / count));
      assert.ok(neuron < Math.floor(((index + 1) * all) / count));
    });
  }
});

test("a copied expert has the same neurons in its three weights, and another one has others", async () => {
  const [gate, up, down] = await neurons("experts.0", 4);
  assert.deepEqual(up, gate);
  assert.deepEqual(down, gate);
  const all = await Promise.all(
    ["experts.0", "experts.1", "shared_expert"].map(async (expert) => (await neurons(expert, 4))[0]!.join()),
  );
  assert.equal(new Set(all).size, 3);
  assert.notDeepEqual((await neurons("experts.0", 4, 2))[0], gate);
  assert.deepEqual((await neurons("experts.0", 12))[0], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test("a zero start has no output, and otherwise is the random one", async () => {
  const zero = (name: string, shape: readonly number[]) => started(name, shape, "zero");
  assert.deepEqual(await zero(`${path}.experts.0.down_proj.weight`, [2, 3]), Array(6).fill(0));
  assert.deepEqual(await zero(`${path}.shared_expert.down_proj.weight`, [2, 3]), Array(6).fill(0));
  for (const name of ["experts.0.up_proj", "gate", "shared_expert_gate"]) {
    const values = await zero(`${path}.${name}.weight`, [3, 2]);
    assert.deepEqual(values, await started(`${path}.${name}.weight`, [3, 2], "random"));
    assert.ok(values.every((value) => value !== 0));
  }
});

test("the mixing coefficient gives every token the dense share", async () => {
  for (const start of ["copy", "zero", "random"] as const) {
    const [sparse = 0, denseBias = 0] = await started("model.layers.0.coefficient.bias", [2], start);
    assert.ok(Math.abs(Math.exp(denseBias) / (Math.exp(sparse) + Math.exp(denseBias)) - 0.8) < 1e-6);
    const weight = await started("model.layers.0.coefficient.weight", [2, 5], start);
    assert.deepEqual(weight, Array(elementCount([2, 5])).fill(0));
  }
});
