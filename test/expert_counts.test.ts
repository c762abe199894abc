/** @file Counts of chosen experts against the router's definition, on each sequence by itself. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Engine } from "../src/generate/engine.ts";
import { joined, type PromptRow } from "../src/generate/prompt_row.ts";
import { input } from "../src/graph/value.ts";
import { loadModel, preparePrompt } from "../src/index.ts";
import { routing } from "../src/nn/loss.ts";
import { float32 } from "../src/tensor/tensor.ts";
import { interpret } from "./interpreter.ts";
import { ask, fixtureFolder, type Messages, picture, reply, sampled } from "./model_fixture.ts";
import { longConfig, openEngine, randomConfig, randomRow, weightsOf } from "./random_model.ts";

const model = await loadModel(fixtureFolder, { threads: 1 });
after(() => model.close());

const various: readonly Messages[] = [
  [ask("What is seen?", picture("nodule"))],
  [ask("结节是良性的吗？")],
  [ask("Compare.", picture("liver")), reply("Normal."), ask("再看一遍。", picture("nodule"))],
  [ask("A")],
];

/** The load that training tells of one sequence, computed by the interpreter from the router's logits of one pass. */
async function countsByDefinition(engine: Engine, row: PromptRow): Promise<number[][]> {
  const { experts, topK } = engine.config.moe ?? assert.fail("no experts");
  const cache = engine.openCache(1);
  const { router } = await engine.forward(cache, [row], { logits: "last", router: true });
  await engine.closeCache(cache);
  const tokens = row.ids.length;
  const names = router.map((_, layer) => `router.${layer}`);
  const { load } = interpret(
    {
      ...routing(
        names.map((name) => input(name, "float32", ["T", experts])),
        input("attended", "float32", ["T"]),
        topK,
      ),
    },
    {
      ...Object.fromEntries(names.map((name, layer) => [name, router[layer]!])),
      attended: float32([tokens], Array<number>(tokens).fill(1)),
    },
  );
  return names.map((_, layer) =>
    [...load!.data.slice(layer * experts, (layer + 1) * experts)].map((share) =>
      Math.round(Number(share) * topK * tokens),
    ),
  );
}

/** Prompt and answer as one row, all tokens but the last, which no pass reads. */
async function rowRead(messages: Messages, tokens: readonly number[]): Promise<PromptRow> {
  const { engine, processor } = model;
  const prompt = await preparePrompt(messages, processor, engine.config);
  const seen: Float32Array[] = [];
  for (const { media } of prompt.media) seen.push(await engine.see(media.pixelValues, media.grid));
  const written = tokens.slice(0, -1);
  const next = Math.max(...prompt.positions.axes.flat()) + 1;
  const [t, h, w] = prompt.positions.axes.map((axis) => [...axis, ...written.map((_, n) => next + n)]) as [
    number[],
    number[],
    number[],
  ];
  return { ids: [...prompt.ids, ...written], positions: { axes: [t, h, w] }, visual: joined(seen) };
}

test("of conversations answered together, each counts top-k choices of its own tokens, those of the definition", async () => {
  const { topK } = model.engine.config.moe ?? assert.fail("no experts");
  const options = { ...sampled, stop: ["e"] };
  const answers = await model.generateBatch(various, { ...options, countsExperts: true });
  assert.ok(new Set(answers.map(({ tokens }) => tokens.length)).size > 1, "rows end at different times");
  for (const [n, { expertCounts, tokens, usage }] of answers.entries()) {
    const positions = usage.promptTokens + usage.newTokens - 1;
    for (const counts of expertCounts ?? assert.fail("no counts"))
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        topK * positions,
      );
    assert.deepEqual(
      expertCounts,
      await countsByDefinition(model.engine, await rowRead(various[n]!, tokens)),
    );
  }
});

test("counting changes no bit of the answers, and without it nothing is told", async () => {
  const plain = await model.generateBatch(various, sampled);
  assert.ok(plain.every((answer) => !("expertCounts" in answer)));
  const counted = await model.generateBatch(various, { ...sampled, countsExperts: true });
  assert.deepEqual(
    counted.map(({ expertCounts: _, ...answer }) => answer),
    plain,
  );
});

test("a prompt of several chunks, padded on its left, counts its own tokens", async (t) => {
  const plain = longConfig();
  const config = { ...plain, moe: { ...(plain.moe ?? assert.fail("no experts")), experts: 5, topK: 2 } };
  const engine = await openEngine(config, weightsOf(config));
  t.after(() => engine.dispose());
  const long = await randomRow(engine, "long", [300, { kind: "image", cells: [2, 3] }, 250]);
  const short = await randomRow(engine, "short", [30]);
  const padding = long.ids.length - short.ids.length;
  assert.ok(long.ids.length > 512);
  const [temporal, height, width] = short.positions.axes.map((axis) => [
    ...Array<number>(padding).fill(1),
    ...axis,
  ]) as [number[], number[], number[]];
  const padded: PromptRow = {
    ids: [...Array<number>(padding).fill(0), ...short.ids],
    positions: { axes: [temporal, height, width] },
    attended: long.ids.map((_, s) => s >= padding),
  };
  const cache = engine.openCache(2, { countsExperts: true });
  await engine.prefill(cache, [long, padded]);
  await engine.step(cache, [undefined, undefined]);
  assert.deepEqual(cache.expertCounts, [
    await countsByDefinition(engine, long),
    await countsByDefinition(engine, short),
  ]);
  await engine.closeCache(cache);
});

test("a dense model counts nothing", async (t) => {
  const config = randomConfig("dense counts", "qwen2-vl");
  const engine = await openEngine(config, weightsOf(config));
  t.after(() => engine.dispose());
  const cache = engine.openCache(1, { countsExperts: true });
  await engine.prefill(cache, [await randomRow(engine, "text", [5])]);
  assert.equal(cache.expertCounts, undefined);
  await engine.closeCache(cache);
});
