import assert from "node:assert/strict";
import { test } from "node:test";
import { randomConfig } from "../../test/random_model.ts";
import type { ModelCard } from "../checkpoint/model_card.ts";
import { sparseCard } from "./init_card.ts";
import { parseRecipe } from "./recipe.ts";
import { mergedCard, trainedCard } from "./trained_card.ts";

const config = randomConfig("card", "echovlm");
const recipe = (fields: string) =>
  parseRecipe(`model: m\nsteps: 9\ndata: {train: [a]}\n${fields}\n`, "recipe.yaml");
const run = { records: 5, hasLora: false };
const titles = ({ sections }: ModelCard) => sections.map(({ title }) => title);
const textOf = ({ sections }: ModelCard, title: string) =>
  sections.find((one) => one.title === title)?.text ?? "";

/** A model that somebody has named and measured. */
const named: ModelCard = {
  metadata: {
    license: "mit",
    language: ["zh"],
    base_model: "older",
    "model-index": [{ name: "sono", results: [] }],
  },
  title: "sono",
  summary: "A good model.",
  sections: ["Use", "Quality", "Limits", "Data", "Model", "Start", "Training", "Recipe"].map((title) => ({
    title,
    text: `${title} of sono.`,
  })),
};

test("a trained model does not inherit its base's name, quality and limits, but where it comes from", () => {
  const base = { card: named, config, path: "models/folder" };
  const card = trainedCard(base, recipe("stage: full"), run, { step: 3, validationLoss: 0.5 });
  assert.deepEqual(card.metadata, { license: "mit", language: ["zh"], base_model: "sono" });
  assert.equal(card.title, "sono, trained further");
  assert.deepEqual(titles(card), ["Use", "Model", "Data", "Start", "Training", "Training 2"]);
  assert.equal(textOf(card, "Training"), "Training of sono.");
  assert.match(textOf(card, "Training 2"), /^\| base \| sono \|$/m);
  assert.match(textOf(card, "Training 2"), /^\| steps \| 3 of 9 \|$/m);
  assert.match(textOf(card, "Model"), /^\| parameters \| [\d,]+, /m, "of the model itself");
  assert.doesNotMatch(textOf(card, "Training 2"), /frozen|low-rank/);
});

test("a base without a card is called as its folder", () => {
  const card = { metadata: {}, title: "", summary: "", sections: [] };
  const { title, metadata } = trainedCard({ card, config, path: "a/Dense-2B" }, recipe("stage: full"), run, {
    step: 1,
  });
  assert.deepEqual([title, metadata.base_model], ["Dense-2B, trained further", "Dense-2B"]);
});

test("both stages of a dense model with experts are on the card, and how its experts began", () => {
  const start = sparseCard(
    config,
    { name: "Dense-2B", license: "mit" },
    { start: "copy", denseShare: 0.9, seed: 4 },
  );
  const first = trainedCard({ card: start, config, path: "base" }, recipe("stage: stage1"), run, { step: 9 });
  const stage2 = recipe("stage: stage2\nfrozen: [visual., model.layers.0.]");
  const second = trainedCard(
    { card: first, config, path: "best" },
    stage2,
    { ...run, hasLora: true },
    {
      step: 9,
    },
  );
  assert.deepEqual([second.title, second.metadata.base_model], ["Dense-2B with experts", "Dense-2B"]);
  assert.deepEqual(titles(second), ["Use", "Model", "Start", "Training", "Training 2"]);
  assert.match(
    textOf(second, "Start"),
    /^\| start \| experts and shared expert hold neurons of the dense MLP/m,
  );
  assert.match(textOf(second, "Training"), /^\| stage \| stage1 \|$/m);
  assert.doesNotMatch(textOf(second, "Training"), /low-rank/);
  assert.match(
    textOf(second, "Training 2"),
    /^\| stage \| stage2 \|\n\| frozen \| visual\., model\.layers\.0\. \|$/m,
  );
  assert.match(textOf(second, "Training 2"), /^\| low-rank updates \| rank 8,/m);
});

test("a merged model has the runs of its base and of its adapter, each once", () => {
  const base = { card: named, config, path: "models/folder" };
  const adapter = trainedCard(base, recipe("stage: stage2"), { ...run, hasLora: true }, { step: 9 });
  const own = { title: "Training", text: "Training of the adapter." };
  const quality = { title: "Quality", text: "Of the adapter." };
  const merged = mergedCard(base, { ...adapter, sections: [...adapter.sections, own, quality] });
  assert.deepEqual([merged.title, merged.metadata.base_model], ["sono, with an adapter", "sono"]);
  assert.deepEqual(titles(merged), ["Use", "Model", "Data", "Start", "Training", "Training 2", "Training 3"]);
  assert.equal(textOf(merged, "Training"), "Training of sono.");
  assert.match(textOf(merged, "Training 2"), /stage2/);
  assert.equal(textOf(merged, "Training 3"), own.text);
});
