import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, test } from "node:test";
import { openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { readCard } from "../src/checkpoint/model_card.ts";
import { adapterOf, writeAdapter } from "../src/checkpoint/write_adapter.ts";
import { loadModel } from "../src/generate/load_model.ts";
import { parameterShapes } from "../src/model/parameters.ts";
import type { Tensor } from "../src/tensor/tensor.ts";
import { stages } from "../src/train/stages.ts";
import { echovlm, refusal, says } from "./cli_process.ts";
import { ask, assertSameAnswer, fixtureFolder, furthest, picture, sampled } from "./model_fixture.ts";
import { noise } from "./prng.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const messages = [ask("What is it?", picture("nodule"))];
const plainModel = await loadModel(fixtureFolder, { threads: 1 });
after(() => plainModel.close());
const plain = await plainModel.generate(messages, sampled);

test("base with a written adapter answers as the merged checkpoint does", async (t) => {
  const [adapter, out] = [join(temporaryFolder(t), "adapter"), join(temporaryFolder(t), "merged")];
  const checkpoint = await openCheckpoint(fixtureFolder);
  await checkpoint.close();
  const shapes = parameterShapes(checkpoint.config);
  const { adapts, trainable } = stages.stage2;
  const trained: Record<string, Tensor> = {};
  for (const [name, shape] of shapes) {
    const path = name.replace(/\.weight$/, "");
    if (trainable(name)) trained[name] = noise(name, shape, 0.5);
    else if (name !== path && adapts(path)) {
      trained[`${path}.lora_A.weight`] = noise(`${name} a`, [2, shape[1]!], 0.3);
      trained[`${path}.lora_B.weight`] = noise(`${name} b`, [shape[0]!, 2], 0.3);
    }
  }
  const changes = adapterOf(trained, () => 2);
  const files = { "README.md": "# Adapter\n\n## Quality\n\nGood.\n\n## Training\n\nLong.\n" };
  await writeAdapter(adapter, changes, shapes, { baseModel: null, dropout: 0, files });

  const { code, stdout, stderr } = await echovlm([
    ...["merge", "--base", fixtureFolder, "--adapter", adapter, "--out", out, "--max-shard-size", "0.0005"],
  ]);
  assert.equal(code, 0, stderr);
  assert.equal(
    stdout,
    `${out}: ${changes.updates.size} weights updated and ${changes.replacements.size} replaced, stored as float32\n`,
  );
  const card = await readCard(out);
  assert.equal(card.metadata.base_model, basename(fixtureFolder));
  assert.deepEqual(
    card.sections.map(({ title }) => title),
    ["Use", "Model", "Training"],
  );
  const answers = [];
  for (const [folder, more] of [
    [fixtureFolder, { adapter }],
    [out, {}],
  ] as const) {
    const model = await loadModel(folder, { threads: 1, ...more });
    answers.push(await model.generate(messages, sampled));
    await model.close();
  }
  assertSameAnswer(answers[1]!, answers[0]!);
  assert.ok(furthest(answers[1]!, plain) > 1e-3, "the adapter changes the answer");
});

test("merge refuses a folder that is there, a wrong size, and an adapter that does not fit", async (t) => {
  const folder = temporaryFolder(t);
  const merge = ["merge", "--base", fixtureFolder, "--adapter", folder, "--out"];
  says(await refusal([...merge, folder]), "--out", /expected another folder than that of/);
  const taken = temporaryFolder(t);
  writeFileSync(join(taken, "notes.txt"), "");
  says(await refusal([...merge, taken]), taken, /expected no such folder yet, found one/);
  const out = join(folder, "out");
  says(await refusal([...merge, out, "--max-shard-size", "0"]), "--max-shard-size", /expected a positive/);
  says(await refusal([...merge, out]), join(folder, "adapter_config.json"), /there is no such file/);
});
