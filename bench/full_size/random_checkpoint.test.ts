import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadWeight } from "../../src/checkpoint/load_weight.ts";
import { inspectFolder, openCheckpoint } from "../../src/index.ts";
import { parameterShapes } from "../../src/model/parameters.ts";
import { parseConfig } from "../../src/model/parse_config.ts";
import { elementCount } from "../../src/tensor/tensor.ts";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { valuesOf, writeRandomCheckpoint } from "./random_checkpoint.ts";
import { configOf, releasedSize } from "./released.ts";

const donor = fileURLToPath(new URL("../../../test/golden/echovlm-tiny", import.meta.url));
const tokens = { image_token_id: 0, video_token_id: 1, vision_start_token_id: 2, vision_end_token_id: 3 };

test("at the released size it is the model of 11.7 billion parameters", () => {
  const shapes = parameterShapes(parseConfig({ ...configOf(releasedSize), ...tokens }, "config.json"));
  const parameters = [...shapes.values()].reduce((sum, shape) => sum + elementCount(shape), 0);
  assert.ok(Math.abs(parameters / 1e9 - 11.7) < 0.05, String(parameters));
});

test("a small one has its weights, with the deviations asked for, and the same from the same seed", async (t) => {
  const size = { layers: 1, width: 256, blocks: 1 };
  const folders = ["a", "b"].map((name) => join(temporaryFolder(t), name));
  for (const folder of folders) await writeRandomCheckpoint(folder, size, { donor, seed: 5 });
  const { stored } = await inspectFolder(folders[0]!);
  assert.deepEqual([...stored!.sizeBytes.keys()], ["bfloat16"]);
  assert.ok(readdirSync(folders[0]!).includes("tokenizer.json"));
  const [first, second] = [await openCheckpoint(folders[0]!), await openCheckpoint(folders[1]!)];
  t.after(() => Promise.all([first.close(), second.close()]));
  for (const name of ["lm_head.weight", "model.layers.0.mlp.down_proj.weight", "model.norm.weight"]) {
    const { data, shape } = await loadWeight(first, name, "float32");
    const again = await loadWeight(second, name, "float32");
    assert.ok(Buffer.from(data.buffer).equals(Buffer.from(again.data.buffer)), name); // millions of values
    const values = valuesOf(name, shape, size);
    const rms = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
    const expected = "std" in values ? values.std : values.constant;
    assert.ok(Math.abs(rms / expected - 1) < 0.02, `${name}: ${rms}, expected ${expected}`);
  }
});
