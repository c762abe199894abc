import assert from "node:assert/strict";
import { test } from "node:test";
import type { Engine } from "../src/generate/engine.ts";
import type { PromptRow } from "../src/generate/prompt_row.ts";
import { parseConfig } from "../src/model/parse_config.ts";
import { type MediaGrid, positionIds, type RowPositions } from "../src/model/positions.ts";
import { float32 } from "../src/tensor/tensor.ts";
import { assertClose } from "./close.ts";
import { lowerings } from "./execute.ts";
import { ownGolden, readJson } from "./golden_case.ts";
import { fnv1a, signed, uniform, weight } from "./prng.ts";
import { openEngine, weightsOf } from "./random_model.ts";

/** What the reference computed on a model whose weights follow from their names. @see golden/ORIGIN.md */
const golden = readJson(new URL("tiny_model.json", ownGolden));
const config = parseConfig({ model_type: "qwen2_vl", num_experts: 4, ...golden.config }, "tiny_model.json");
const { vocabSize } = config.decoder;
const tolerance = 5e-5;

test("weights follow from their names as in the reference", () => {
  const check = golden.prng_check;
  assert.equal(fnv1a(check.name), check.fnv1a);
  assert.deepEqual(uniform(check.name, 4), check.u01);
  assertClose(weight(check.name, [32]).data.subarray(0, 4), check.weight, check.name, 1e-7);
  assertClose(weight("lm_head.weight", [160, 32]).data.subarray(0, 4), check.lm_head_0_4, "lm_head", 1e-7);
});

/** Pixels named as in the reference. */
const pixels = (name: string, rows: number) =>
  float32(
    [rows, 1176],
    signed(name, rows * 1176).map((v) => 1.5 * Math.fround(v)),
  );

/** A prompt with its pictures seen. */
async function rowOf(
  engine: Engine,
  ids: number[],
  media: readonly (MediaGrid & { name: string })[] = [],
  attended?: boolean[],
): Promise<PromptRow & { positions: RowPositions }> {
  const parts: number[] = [];
  for (const { name, grid } of media)
    parts.push(...(await engine.see(pixels(name, grid.t * grid.h * grid.w), grid)));
  return {
    ids,
    positions: positionIds(ids, media, config, attended),
    ...(media.length > 0 && { visual: Float32Array.from(parts) }),
    ...(attended && { attended }),
  };
}

const image = (name: string, [t, h, w]: number[]) =>
  ({ kind: "image", grid: { t: t!, h: h!, w: w! }, name }) as const;

/** Every visual token's first eight numbers. */
const heads = (visual: Float32Array): number[] =>
  Array.from({ length: visual.length / 32 }, (_, n) => [...visual.subarray(32 * n, 32 * n + 8)]).flat();

for (const kernels of lowerings)
  test(`the tiny model gives the reference's numbers, ${kernels}`, async (t) => {
    const engine = await openEngine(config, weightsOf(config), { kernels });
    t.after(() => engine.dispose());
    const pass = (rows: PromptRow[], logits: "all" | "last") =>
      engine.forward(engine.openCache(rows.length), rows, { logits, router: true });

    await t.test("A: text", async () => {
      const expected = golden.A_text;
      const row = await rowOf(engine, expected.input_ids[0]);
      assert.equal(row.positions.delta, expected.rope_deltas[0][0]);
      const { logits, router } = await pass([row], "all");
      assert.deepEqual([1, ...logits.shape], expected.logits_shape);
      assertClose(logits.data.subarray(7 * vocabSize), expected.logits_last, "last logits", tolerance);
      for (const [s, first] of expected.logits_first8_per_pos.entries())
        assertClose(logits.data.subarray(s * vocabSize, s * vocabSize + 8), first, `logits ${s}`, tolerance);
      assert.equal(router.length, expected.router_logits.length);
      for (const [i, { data }] of router.entries())
        assertClose(data, expected.router_logits[i], `router ${i}`, tolerance);
    });

    await t.test("B: two pictures", async () => {
      const expected = golden.B_two_images;
      const media = [image("img0", expected.image_grid_thw[0]), image("img1", expected.image_grid_thw[1])];
      const row = await rowOf(engine, expected.input_ids[0], media);
      assert.deepEqual(row.positions, { axes: expected.position_ids, delta: expected.rope_delta[0][0] });
      assertClose(heads(row.visual!), expected.vision_out.flat(), "visual tokens", tolerance);
      const { logits } = await pass([row], "last");
      assertClose(logits.data, expected.logits_last, "logits", tolerance);
    });

    await t.test("C: a picture and a text padded on its left", async () => {
      const expected = golden.C_left_pad_batch;
      const rows = await Promise.all(
        expected.input_ids.map((ids: number[], b: number) => {
          const attended = expected.attention_mask[b].map((one: number) => one === 1);
          return rowOf(engine, ids, b === 0 ? [image("img0", [1, 4, 4])] : [], attended);
        }),
      );
      rows.forEach(({ positions }, b) => {
        assert.deepEqual(positions, { axes: expected.position_ids[b], delta: expected.rope_deltas[b][0] });
      });
      assert.deepEqual(rows[1].positions.axes, golden.C_text_only_left_pad.position_ids[0]);
      assert.equal(rows[1].positions.delta, golden.C_text_only_left_pad.rope_deltas[0][0]);
      const { logits } = await pass(rows, "last");
      expected.logits_last.forEach((wanted: number[], b: number) => {
        assertClose(logits.data.subarray(b * vocabSize, b * vocabSize + 16), wanted, `row ${b}`, tolerance);
      });
    });

    await t.test("D: a video", async () => {
      const expected = golden.D_video;
      const [frames, h, w] = expected.video_grid_thw[0];
      const film = { kind: "video", grid: { t: frames, h, w }, name: "vid0" } as const;
      const row = await rowOf(engine, expected.input_ids[0], [film]);
      assert.deepEqual(row.positions, { axes: expected.position_ids, delta: expected.rope_delta[0][0] });
      assertClose(heads(row.visual!), expected.vision_out.flat(), "visual tokens", tolerance);
      const { logits } = await pass([row], "last");
      assertClose(logits.data.subarray(0, 16), expected.logits_last, "logits", tolerance);
    });

    await t.test("E: greedy decoding from a cache", async () => {
      const expected = golden.E_greedy_cached;
      const row = await rowOf(engine, expected.prompt, [image("img0", expected.grid[0])]);
      const cache = engine.openCache(1);
      let { data } = await engine.prefill(cache, [row]);
      const chosen: number[] = [];
      for (const first of expected.logits_first6_per_step) {
        assertClose(data.subarray(0, 6), first, `step ${chosen.length}`, tolerance);
        chosen.push(data.indexOf(Math.max(...data)));
        data = (await engine.step(cache, [chosen.at(-1)])).data;
      }
      assert.deepEqual(chosen, expected.new_tokens);
      await engine.closeCache(cache);
    });
  });
