import assert from "node:assert/strict";
import { test } from "node:test";
import type { Engine } from "../src/generate/engine.ts";
import { joined } from "../src/generate/prompt_row.ts";
import { gradient } from "../src/graph/gradient.ts";
import type { Family, ModelConfig } from "../src/model/config.ts";
import { type MediaGrid, positionIds, tokenCount } from "../src/model/positions.ts";
import { Scope } from "../src/nn/scope.ts";
import { float32 } from "../src/tensor/tensor.ts";
import { batchFeeds, type Picture, type TrainingRow } from "../src/train/batch.ts";
import { objective } from "../src/train/objective.ts";
import { assertClose } from "./close.ts";
import { execute, lowerings } from "./execute.ts";
import { uniform } from "./prng.ts";
import { openEngine, randomConfig, randomPixels, weightsOf } from "./random_model.ts";

/** A number of text tokens, or a medium of so many frames, merge cells high and wide. */
type Part = number | readonly [kind: MediaGrid["kind"], t: number, high: number, wide: number];

const prompts: readonly (readonly Part[])[] = [
  [3, ["image", 1, 2, 3], 2, ["video", 3, 1, 2], 4],
  [2, ["video", 2, 3, 3], 3],
  [6],
];

/** A row of random text and noise, padded to `length`; every text token behind the first is a label. */
function trainingRow({ config }: Engine, name: string, parts: readonly Part[], length: number): TrainingRow {
  const { vision, tokens } = config;
  const ids: number[] = [];
  const pictures: Picture[] = [];
  for (const [n, part] of parts.entries()) {
    if (typeof part === "number") {
      ids.push(...uniform(`${name} text ${n}`, part).map((u) => Math.floor(u * tokens.visionEnd)));
      continue;
    }
    const [kind, t, high, wide] = part;
    const grid = { t, h: high * vision.mergeSize, w: wide * vision.mergeSize };
    const pixelValues = randomPixels(`${name} pixels ${n}`, vision, grid).data;
    pictures.push({ kind, grid, pixelValues, ...(kind === "video" && { secondsPerPatch: 0.75 }) });
    ids.push(...Array<number>(tokenCount(grid, vision.mergeSize)).fill(tokens[kind]));
  }
  const padding = Array<number>(length - ids.length).fill(0);
  return {
    ids: [...ids, ...padding],
    labels: [...ids.map((id) => (id < tokens.visionEnd ? id : -100)), ...padding.map(() => -100)],
    attended: [...ids.map(() => true), ...padding.map(() => false)],
    pictures,
  };
}

/** Cross entropy of a row's labels under the engine's logits. */
async function inferred(engine: Engine, { ids, labels, attended, pictures }: TrainingRow): Promise<number> {
  const { vocabSize } = engine.config.decoder;
  const seen: Float32Array[] = [];
  for (const { pixelValues, grid } of pictures) {
    const patches = grid.t * grid.h * grid.w;
    seen.push(await engine.see(float32([patches, pixelValues.length / patches], pixelValues), grid));
  }
  const media = pictures.map((picture): MediaGrid => ({ kind: "image", ...picture }));
  const positions = positionIds(ids, media, engine.config, attended);
  const cache = engine.openCache(1);
  const row = { ids, attended, positions, ...(seen.length > 0 && { visual: joined(seen) }) };
  const { logits } = await engine.forward(cache, [row], { logits: "all" });
  await engine.closeCache(cache);
  return labels.slice(1).reduce((sum, label, s) => {
    if (label < 0) return sum;
    const scores = Array.from(logits.data.subarray(s * vocabSize, (s + 1) * vocabSize));
    return sum + Math.log(scores.reduce((all, x) => all + Math.exp(x), 0)) - scores[label]!;
  }, 0);
}

/** With windows, a block that has them and one that has not. */
function modelOf(family: Family): ModelConfig {
  const config = randomConfig(`batch ${family}`, family);
  const { vision } = config;
  const window = vision.window && { ...vision.window, fullBlocks: [1] };
  return { ...config, vision: { ...vision, depth: 2, window } };
}

for (const family of ["echovlm", "qwen2-vl", "qwen2.5-vl"] satisfies Family[])
  test(`${family}: pictures and videos in one batch are learnt as they are inferred`, async (t) => {
    const config = modelOf(family);
    const weights = weightsOf(config);
    const engine = await openEngine(config, weights);
    t.after(() => engine.dispose());
    const scope = new Scope();
    const { crossEntropy } = objective(scope, config);
    const loss = async (rows: readonly TrainingRow[], kernels: (typeof lowerings)[number], at = weights) => {
      const { attended, ...feeds } = batchFeeds(rows, config); // padding counts in the load balance only
      assert.equal(attended !== undefined, config.moe !== null);
      const results = await execute({ crossEntropy }, feeds, at, { kernels, storage: "float32" });
      return Number(results.crossEntropy!.data[0]);
    };
    const rows = prompts.map((parts, n) => trainingRow(engine, `row ${n}`, parts, 40));
    const expected = await Promise.all(rows.map((row) => inferred(engine, row)));
    for (const kernels of lowerings) {
      const total = expected.reduce((sum, one) => sum + one, 0);
      assertClose([await loss(rows, kernels)], [total], `${kernels}, all rows`);
      for (const [n, row] of rows.entries())
        assertClose([await loss([row], kernels)], [expected[n]!], `${kernels}, row ${n}`);
    }

    const name = "visual.patch_embed.proj.weight";
    const { shape, data } = weights.get(name)!;
    const { attended: _, ...feeds } = batchFeeds(rows, config);
    const { slope } = await execute(
      { slope: gradient(crossEntropy, [scope.parameters.get(name)!])[0]! },
      feeds,
      weights,
      { kernels: "fused", storage: "float32" },
    );
    const slopes = slope!.data as Float32Array;
    const norm = Math.hypot(...slopes);
    const moved = (by: number) => {
      const value = float32(
        shape,
        data.map((x, i) => x + (by * slopes[i]!) / norm),
      );
      return loss(rows, "plain", new Map([...weights, [name, value]]));
    };
    const far = 0.01;
    const ratio = ((await moved(far)) - (await moved(-far))) / (2 * far * norm);
    assert.ok(Math.abs(ratio - 1) < 0.02, `${ratio} times the gradient of what is seen`);
  });
