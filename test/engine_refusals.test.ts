import assert from "node:assert/strict";
import { test } from "node:test";
import { RequestError } from "../src/errors.ts";
import type { Cache } from "../src/generate/engine.ts";
import type { PromptRow } from "../src/generate/prompt_row.ts";
import { longConfig, openEngine, randomPixels, randomRow, weightsOf } from "./random_model.ts";

test("the engine refuses what it cannot run, and its cache stays as it was", async (t) => {
  const config = longConfig();
  const { hiddenDim } = config.decoder;
  const engine = await openEngine(config, weightsOf(config));
  t.after(() => engine.dispose());
  const text = await randomRow(engine, "text", [4]);
  const picture = await randomRow(engine, "picture", [{ kind: "image", cells: [1, 2] }]);
  const long = await randomRow(engine, "too long", [641]);
  const more = { ...picture, visual: new Float32Array(3 * hiddenDim) };
  const less = { ...picture, visual: new Float32Array(hiddenDim) };
  const empty: PromptRow = { ids: [], positions: { axes: [[], [], []] } };
  const length = "expected 2 rows of equal length";
  const visual = "prompt: row 0: expected as many visual tokens as places for them";
  const refused: readonly [what: string, batch: number, rows: PromptRow[], message: string][] = [
    ["more rows than the cache has", 1, [text, text], "batch: expected 1 rows of equal length, got 4,4"],
    ["the longer row first", 2, [long, text], `batch: ${length}, got 641,4`],
    ["the shorter row first", 2, [text, long], `batch: ${length}, got 4,641`],
    ["no tokens", 1, [empty], "batch: expected 1 rows of equal length, got 0"],
    [
      "a context longer than the model's",
      1,
      [long],
      "prompt: expected at most 640 tokens of context, got 641",
    ],
    ["more visual tokens than places", 1, [more], `${visual}, got 3 for 2`],
    ["fewer visual tokens than places", 1, [less], `${visual}, got 1 for 2`],
    [
      "a token beyond the vocabulary",
      1,
      [{ ...text, ids: [1, 2, 3, 9999] }],
      "prompt: row 0: expected token ids",
    ],
    ["a negative token", 1, [{ ...text, ids: [1, -1, 3, 4] }], "prompt: row 0: expected token ids"],
    ["too few padding marks", 1, [{ ...text, attended: [true] }], "prompt: row 0: expected 4 positions"],
    ["another row's visual tokens", 2, [more, less], `${visual}, got 3 for 2`],
  ];
  for (const [what, batch, rows, message] of refused)
    for (const way of ["prefill", "forward"] as const)
      await t.test(`${what}, ${way}`, async () => {
        const cache: Cache = engine.openCache(batch);
        const call =
          way === "prefill" ? engine.prefill(cache, rows) : engine.forward(cache, rows, { logits: "last" });
        await assert.rejects(call, (error: unknown) => {
          assert.ok(error instanceof RequestError, String(error));
          assert.equal(error.message.slice(0, message.length), message);
          return true;
        });
        assert.equal(cache.state.length, 0);
        await engine.closeCache(cache);
      });

  await t.test("a request that was called off before it began", async () => {
    const cache = engine.openCache(1);
    await assert.rejects(engine.prefill(cache, [text], AbortSignal.abort()), { name: "AbortError" });
    assert.equal(cache.state.length, 0);
  });

  await t.test("pixels that do not fill their grid", async () => {
    const pixels = randomPixels("pixels", config.vision, { t: 1, h: 2, w: 2 });
    const { mergeSize } = config.vision;
    await assert.rejects(engine.see(pixels, { t: 1, h: 4 * mergeSize, w: mergeSize }), {
      name: "ShapeError",
    });
  });
});
