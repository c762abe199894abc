import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseRecipe, readRecipe, recipeFields } from "./recipe.ts";

const needed = "model: m\nstage: full\nsteps: 1\n";

test("a recipe's values that cannot be meant are refused, and so are aliases that name nothing or multiply", () => {
  const refusedAs = (text: string, message: RegExp) =>
    assert.throws(() => parseRecipe(text, "r.yaml"), { name: "ConfigError", message });
  const data = "data: {train: [a]}\n";
  refusedAs(`${needed}${data}frozen: *nobody\n`, /^r\.yaml: expected YAML: Unresolved alias .*: nobody$/);
  const ten = (item: string) => `[${Array(10).fill(item).join(", ")}]`;
  refusedAs(`a: &a ${ten("x")}\nb: &b ${ten("*a")}\nc: ${ten("*b")}\n`, /^r\.yaml: expected YAML: .*alias/);
  for (const beta of ["beta1", "beta2"] as const) {
    refusedAs(`${needed}${data}optimiser: {${beta}: 1}`, new RegExp(`optimiser\\.${beta}: .*<1`));
    assert.equal(parseRecipe(`${needed}${data}optimiser: {${beta}: 0}`, "r.yaml").optimiser[beta], 0);
  }
  refusedAs(
    `${needed}data: {train: [a], minPixels: 100, maxPixels: 50}`,
    /^r\.yaml: data\.minPixels: expected at most data\.maxPixels, 50, got 100$/,
  );
});

test("a recipe's every field is documented, and its own text is checked in full", () => {
  for (const { path, about } of recipeFields()) assert.ok(about.length > 20, path);
  const wrong = "model: base\nstage: third\nsteps: 0\ndata: {train: []}\noptimiser: {rate: -1, speed: 2}\n";
  assert.throws(() => parseRecipe(wrong, "r.yaml"), {
    name: "ConfigError",
    message: /stage: .*steps: .*data\.train: .*optimiser\.rate: .*optimiser.*speed/s,
  });
  assert.throws(() => parseRecipe("a: [", "r.yaml"), /r\.yaml: expected YAML/);
  assert.throws(() => parseRecipe("a: 1\na: 2", "r.yaml"), /r\.yaml: expected YAML/);
  const { model, data } = parseRecipe(
    "model: m\nstage: full\nsteps: 1\ndata: {train: [/a, b]}",
    "dir/r.yaml",
  );
  assert.deepEqual([model, data.train], ["dir/m", ["/a", "dir/b"]]);
});

const recipes = fileURLToPath(new URL("../../../recipes/", import.meta.url));

test("the paper's two stages are valid recipes with its settings, and the second goes on from the first", async () => {
  const [first, second] = [
    await readRecipe(join(recipes, "paper/stage1.yaml")),
    await readRecipe(join(recipes, "paper/stage2.yaml")),
  ];
  assert.deepEqual([first.stage, first.optimiser.rate], ["stage1", 1e-3]);
  assert.deepEqual([second.stage, second.optimiser.rate], ["stage2", 2e-5]);
  assert.deepEqual(second.lora, { rank: 8, alpha: 16, dropout: 0.05 });
  assert.equal(second.model, join(recipes, "../runs/paper/stage1/last"));
  for (const { optimiser, balance, batch, data, recompute } of [first, second]) {
    assert.deepEqual([optimiser.warmup, optimiser.floor, optimiser.weightDecay], [0.03, 0, 0]);
    assert.deepEqual([balance, batch.accumulate, data.maxPixels, recompute], [0.001, 8, 392 * 392, true]);
  }
});
