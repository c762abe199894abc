/** @file The model that ships, on the pictures that ship. */

import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { type LoadedModel, loadModel } from "../src/generate/load_model.ts";
import { shippedModel } from "../src/generate/shipped_model.ts";
import { parameterShapes } from "../src/model/parameters.ts";
import { taskPrompt, userMessage } from "../src/tasks/prompts.ts";
import type { Language } from "../src/tasks/regions.ts";
import { createRandom } from "../src/tensor/random.ts";
import { elementCount } from "../src/tensor/tensor.ts";
import { echovlm } from "./cli_process.ts";

const samples = fileURLToPath(new URL("../../samples/", import.meta.url));
const pictures = readdirSync(samples).filter((name) => /\.(jpe?g|png)$/.test(name));

test("it is the full architecture at 8 to 20 million parameters, in at most 25 MB", async (t) => {
  const bytes = readdirSync(shippedModel).reduce(
    (sum, name) => sum + statSync(join(shippedModel, name)).size,
    0,
  );
  assert.ok(bytes <= 25e6, `${bytes} bytes`);
  const checkpoint = await openCheckpoint(shippedModel);
  t.after(() => checkpoint.close());
  const { config } = checkpoint;
  const count = [...parameterShapes(config).values()].reduce((sum, shape) => sum + elementCount(shape), 0);
  assert.ok(count >= 8e6 && count <= 20e6, `${count} parameters`);
  assert.deepEqual(
    [config.family, config.moe?.experts, config.moe?.topK, config.moe!.sharedDim > 0],
    ["echovlm", 4, 2, true],
  );
});

const shapes: Readonly<Record<Language, RegExp>> = {
  zh: /^超声所见：\p{Script=Han}[^\n]+\n超声提示：[^\n]*\p{Script=Han}/u,
  en: /^Findings: [A-Z][^\n\p{Script=Han}]+\nImpression: [^\n\p{Script=Han}]+$/u,
};

describe("a report", () => {
  let model: LoadedModel;
  before(async () => {
    model = await loadModel(shippedModel);
  });
  after(() => model.close());
  const report = async (language: Language, picture: string | Uint8Array) =>
    (await model.generate([userMessage(taskPrompt("report", 1, language), [picture])])).text;

  for (const picture of pictures)
    for (const language of ["zh", "en"] as const)
      test(`of ${picture}, in ${language}, has findings and an impression`, async () => {
        assert.match(await report(language, join(samples, picture)), shapes[language]);
      });

  test("of noise claims no lesion", async () => {
    const random = createRandom(1);
    const [width, height] = [300, 220];
    const raw = { width, height, channels: 3 } as const;
    const noise = Uint8Array.from({ length: width * height * 3 }, () => random() * 256);
    const png = await sharp(noise, { raw }).png().toBuffer();
    assert.match(await report("en", png), /not an ultrasound image|blank/);
    assert.match(await report("zh", png), /非超声|空白/);
  });
});

test("a command without a model uses it, and says so in its provenance", async () => {
  const { code, stdout, stderr } = await echovlm(["report", "--json", join(samples, pictures[0]!)], {
    env: { ECHOVLM_MODEL: "" },
  });
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).provenance.model.name, "echovlm-nano");
});
