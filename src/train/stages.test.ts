import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parameterShapes } from "../model/parameters.ts";
import { parseConfig } from "../model/parse_config.ts";
import { stages } from "./stages.ts";

const path = fileURLToPath(new URL("../../../test/fixtures/released-config/config.json", import.meta.url));
const released = parseConfig(JSON.parse(readFileSync(path, "utf8")), path);
const shapes = [...parameterShapes(released)];
const count = (chosen: (name: string) => boolean) =>
  shapes
    .filter(([name]) => chosen(name))
    .reduce((sum, [, shape]) => sum + shape.reduce((n, d) => n * d, 1), 0);

test("stage 1 trains the paper's 3.39 billion parameters, with the merger's MLP as many as the released code", () => {
  assert.equal(count(stages.stage1.trainable), 3_391_797_304);
  assert.equal(count(stages["stage1-merger"].trainable), 3_436_370_488);
  assert.equal(count(stages.full.trainable), 11_683_172_920);
});

test("stage 2 adapts 128 vision, 2 projector and 112 attention layers: 10,440,704 parameters at rank 8", () => {
  const adapted = shapes.flatMap(([name, shape]) => {
    const path = name.replace(/\.weight$/, "");
    return name.endsWith(".weight") && shape.length === 2 && stages.stage2.adapts(path)
      ? [{ path, shape }]
      : [];
  });
  const of = (prefix: string) => adapted.filter(({ path }) => path.startsWith(prefix)).length;
  assert.deepEqual([of("visual.blocks"), of("visual.merger"), of("model.layers")], [128, 2, 112]);
  assert.equal(
    adapted.reduce((sum, { shape }) => sum + 8 * (shape[0]! + shape[1]!), 0),
    10_440_704,
  );
  assert.ok(adapted.every(({ path }) => !stages.stage2.trainable(path)));
});

test("dense LoRA adapts every linear layer of the decoder and trains nothing whole", () => {
  const layers = new Set(
    shapes.flatMap(([name]) => {
      const path = name.replace(/\.weight$/, "");
      return name.startsWith("model.layers") && stages["dense-lora"].adapts(path) ? [path] : [];
    }),
  );
  assert.equal(layers.size, 28 * 7);
  assert.equal(count(stages["dense-lora"].trainable), 0);
});
