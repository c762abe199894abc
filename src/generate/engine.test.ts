import assert from "node:assert/strict";
import { test } from "node:test";
import { openCheckpoint } from "../checkpoint/hf_folder.ts";
import type { ModelConfig } from "../model/config.ts";
import type { Program } from "../runtime/program.ts";
import { Engine } from "./engine.ts";
import { shippedModel } from "./shipped_model.ts";

/** A program whose runs do not end. */
const endless = (): Program => {
  let states = 0;
  return {
    openState: (batch: number) => ({ id: states++, batch, length: 0, capacity: 0 }),
    run: () => new Promise(() => {}),
  } as unknown as Program;
};

/** Whether guesses pay while this many passes are due. */
function pays(config: ModelConfig, company: number): boolean {
  const engine = new Engine(config, { vision: endless(), decoder: endless() });
  for (let n = 0; n < company; n++) void engine.step(engine.openCache(1), [1]);
  return engine.guessesPay;
}

test("guesses pay alone, and in company as long as all rows are little arithmetic", async (t) => {
  const checkpoint = await openCheckpoint(shippedModel);
  t.after(() => checkpoint.close());
  const small = checkpoint.config;
  const large = { ...small, decoder: { ...small.decoder, mlpDim: 100 * small.decoder.mlpDim } };
  assert.deepEqual(
    [0, 1, 4, 16].map((company) => pays(small, company)),
    [true, true, true, false],
  );
  assert.deepEqual(
    [0, 1, 2].map((company) => pays(large, company)),
    [true, true, false],
  );
});
