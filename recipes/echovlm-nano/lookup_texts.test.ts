import assert from "node:assert/strict";
import { test } from "node:test";
import { openCheckpoint } from "../../src/checkpoint/hf_folder.ts";
import { openProcessor } from "../../src/generate/load_model.ts";
import { shippedModel } from "../../src/generate/shipped_model.ts";
import { typicalTexts } from "./lookup_texts.ts";

test("what is said most comes last, and what others say already is left out; all has room", async (t) => {
  const checkpoint = await openCheckpoint(shippedModel);
  t.after(() => checkpoint.close());
  const { tokenizer } = openProcessor(checkpoint);
  const often = "Breast ultrasound shows an oval nodule in the left breast.";
  const seldom = "A fetal head lies in the upper left of the picture.";
  const answers = [...Array<string>(9).fill(often), seldom, seldom, "Breast ultrasound shows an oval nodule"];
  assert.deepEqual(typicalTexts(answers, tokenizer), [seldom, often]);
  assert.deepEqual(typicalTexts([], tokenizer), []);
  const many = Array.from({ length: 2000 }, (_, n) => `${n} ${(n * 7919) % 2003} ${often} ${n * n}`);
  const chosen = typicalTexts(many, tokenizer);
  assert.equal(new Set(chosen).size, chosen.length);
  assert.ok(chosen.length > 9 && Buffer.byteLength(JSON.stringify(chosen)) < 60_000, `${chosen.length}`);
});
