/** @file Keys and values kept in 8 bits: what the rounding is, and that everything else stays as it was. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Engine } from "../src/generate/engine.ts";
import type { PromptRow } from "../src/generate/prompt_row.ts";
import { input } from "../src/graph/value.ts";
import { type Answer, loadModel, shippedModel, taskPrompt, userMessage } from "../src/index.ts";
import { cacheRows } from "../src/nn/cache_rows.ts";
import { distance } from "./close.ts";
import { execute, lowerings } from "./execute.ts";
import type { Messages } from "./model_fixture.ts";
import { noise } from "./prng.ts";
import { openEngine, randomConfig, randomRow, weightsOf } from "./random_model.ts";

for (const kernels of lowerings)
  test(`a row is kept within half a step of its largest number's 127th, ${kernels}`, async () => {
    const [rows, size] = [6, 9];
    const x = noise("rows", [1, 2, rows / 2, size], 3);
    x.data.fill(0, 0, size); // zeros stay zeros
    x.data.fill(-2, size, 2 * size); // equal numbers stay equal, to the last digits
    const { keep, read } = cacheRows.int8;
    const kept = keep(input("x", "float32", x.shape));
    const [values, scale] = kept;
    const outputs = { values: values!, scale: scale!, back: read(kept) };
    const { back, ...stored } = await execute(outputs, { x }, new Map(), { kernels, storage: "float32" });
    assert.equal(stored.values!.dtype, "uint8");
    for (let row = 0; row < rows; row++) {
      const of = ({ data }: { data: ArrayLike<number | bigint> }) =>
        Array.from({ length: size }, (_, n) => Number(data[row * size + n]));
      const [wanted, got] = [of(x), of(back!)];
      const step = Math.max(...wanted.map(Math.abs)) / 127;
      assert.ok(Math.abs(Number(stored.scale!.data[row]) - step) <= 1e-6 * step + 1e-29);
      for (const [n, value] of wanted.entries())
        assert.ok(Math.abs(got[n]! - value) <= step / 2 + 1e-6, `row ${row}: ${got[n]} for ${value}`);
    }
  });

/** Logits behind the last token, with the tokens given in parts of so many. */
async function inParts(engine: Engine, row: PromptRow, size: number): Promise<Float32Array> {
  const cache = engine.openCache(1);
  let logits = new Float32Array();
  for (let start = 0; start < row.ids.length; start += size) {
    const part = <T>(values: readonly T[]): T[] => values.slice(start, start + size);
    const [t, h, w] = row.positions.axes.map(part) as [number[], number[], number[]];
    const piece = { ids: part(row.ids), positions: { axes: [t, h, w] as [number[], number[], number[]] } };
    logits = (await engine.prefill(cache, [piece])).data.slice();
  }
  await engine.closeCache(cache);
  return logits;
}

test("tokens are attended to as they are kept: together, in parts or one by one gives the same", async (t) => {
  const distances: number[] = [];
  const roundings: number[] = [];
  for (const name of ["a", "b", "c"] as const) {
    const config = randomConfig(name, "echovlm");
    const weights = weightsOf(config, name);
    const [exact, rounded] = await Promise.all([
      openEngine(config, weights),
      openEngine(config, weights, { cache: "int8" }),
    ]);
    t.after(() => Promise.all([exact.dispose(), rounded.dispose()]));
    for (const prompt of ["x", "y", "z"]) {
      const row = await randomRow(exact, `${name} ${prompt}`, [14]);
      const whole = await inParts(rounded, row, 99);
      roundings.push(distance(whole, await inParts(exact, row, 99)));
      for (const size of [1, 3, 5]) distances.push(distance(whole, await inParts(rounded, row, size)));
    }
  }
  // Rounding in the last digits may now and then move a number to the next of 255 steps.
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
  assert.ok(median(distances) < 2e-5, `apart by ${distances}`);
  assert.ok(median(roundings) > 1e-4, `8 bits are seen in the logits: ${roundings}`);
  assert.ok(Math.max(...roundings) < 0.1, `but not much: ${roundings}`);
});

test("the shipped model: guesses, forks and company change no answer; the provenance says int8", async (t) => {
  const model = await loadModel(shippedModel, { threads: 1, cache: "int8" });
  t.after(() => model.close());
  assert.equal(model.identity.cache, "int8");
  const sample = fileURLToPath(new URL("../../samples/carotid.jpg", import.meta.url));
  const requests = (["report", "diagnose"] as const).map(
    (task): Messages => [userMessage(taskPrompt(task, 1, "en"), [sample])],
  );
  const options = { temperature: 0, logprobs: 0 } as const;
  const alone: Answer[] = [];
  for (const messages of requests)
    alone.push(await model.generate(messages, { ...options, lookup: { most: 0 } }));
  const together = await Promise.all(requests.map((messages) => model.generate(messages, options)));
  const conversation = model.openConversation();
  await conversation.read(requests[0]!);
  const fork = await conversation.fork();
  const told = { ...options, lookup: { texts: alone.map(({ text }) => text) } };
  for (const [n, messages] of requests.entries()) {
    const texts = [together[n]!, await model.generate(messages, told)];
    for await (const _ of fork.stream(messages, options)) break;
    for (const { tokens } of texts) assert.deepEqual(tokens, alone[n]!.tokens);
  }
  await Promise.all([conversation.close(), fork.close()]);
});
