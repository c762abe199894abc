/** @file Prompts and patches equal the reference's for every case of every golden checkpoint. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { encodePrompt } from "../src/processor/prompt.ts";
import { createTextStream } from "../src/processor/text_stream.ts";
import {
  type GoldenCase,
  ownGolden,
  readJson,
  readMessages,
  readNumbers,
  readProcessor,
  sharedGolden,
} from "./golden_case.ts";

const folders = [
  new URL("echovlm-tiny/", ownGolden),
  ...["echovlm-tiny", "echovlm-tiny-bf16", "qwen2-vl-tiny", "qwen2_5-vl-tiny"].map(
    (name) => new URL(`${name}/`, sharedGolden),
  ),
];

for (const folder of folders) {
  const name = folder.pathname.split("/").slice(-4, -1).join("/");
  const skip = existsSync(folder) ? false : `${name} is not on this machine`;

  test(`prompts and patches equal the reference's: ${name}`, { skip }, async (t) => {
    const processor = readProcessor(folder);
    const expected = readNumbers(new URL("expected.safetensors", folder));
    const { cases } = readJson(new URL("expected.json", folder)) as { cases: GoldenCase[] };
    assert.ok(cases.length > 0);
    for (const golden of cases)
      await t.test(golden.name, async () => {
        const prompt = encodePrompt(await readMessages(folder, golden), processor, {
          addGenerationPrompt: true,
          budget: {
            ...(golden.min_pixels === undefined ? {} : { minPixels: golden.min_pixels }),
            ...(golden.max_pixels === undefined ? {} : { maxPixels: golden.max_pixels }),
          },
        });
        assert.deepEqual(prompt.ids, expected(`${golden.name}/input_ids`).data);
        assert.equal(prompt.media.length, golden.images.length);
        if (golden.images.length === 0) return;
        assert.deepEqual(
          prompt.media.flatMap(({ grid: { t, h, w } }) => [t, h, w]),
          expected(`${golden.name}/image_grid_thw`).data,
        );
        const values = Float32Array.from(prompt.media.flatMap(({ pixelValues }) => [...pixelValues.data]));
        assert.deepEqual(values, expected(`${golden.name}/pixel_values`).data);
      });
  });

  test(`generated ids become the reference's text: ${name}`, { skip }, () => {
    const { tokenizer } = readProcessor(folder);
    const expected = readNumbers(new URL("expected.safetensors", folder));
    const { cases } = readJson(new URL("expected.json", folder)) as { cases: GoldenCase[] };
    for (const golden of cases) {
      const ids = Array.from(expected(`${golden.name}/greedy_ids`).data);
      assert.equal(tokenizer.decode(ids, { skipSpecial: true }), golden.greedy_text);
      const stream = createTextStream(tokenizer, { skipSpecial: true });
      assert.equal(ids.map((id) => stream.push(id)).join("") + stream.end(), golden.greedy_text);
    }
  });
}
