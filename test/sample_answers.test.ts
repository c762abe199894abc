import assert from "node:assert/strict";
import { test } from "node:test";
import { loadModel } from "../src/generate/load_model.ts";
import { userMessage } from "../src/tasks/prompts.ts";
import { sampleAnswers } from "../src/train/sample_answers.ts";
import { picture, tiny } from "./cli_process.ts";

test("sample answers see pictures of the size that training sees", async (t) => {
  const question = "What is shown?";
  const record = {
    id: "a",
    messages: [
      { role: "user" as const, content: `<image>${question}` },
      { role: "assistant" as const, content: "The liver." },
    ],
    images: [picture],
  };
  const model = await loadModel(tiny, { threads: 1 });
  t.after(() => model.close());
  const limits = { maxNewTokens: 12, temperature: 0 };
  const sampled: string[] = [];
  for (const maxPixels of [3136, 50176]) {
    const pixels = { minPixels: maxPixels, maxPixels };
    const { signal } = new AbortController();
    const options = { folder: tiny, count: 1, maxNewTokens: 12, pixels, threads: 1, signal };
    const records = [{ record, place: { file: "a.jsonl", row: 1 }, length: 1, region: "liver" }];
    for await (const { answer } of sampleAnswers(options, records)) sampled.push(answer);
    const { text } = await model.generate([userMessage(question, [picture])], { ...limits, pixels });
    assert.equal(sampled.at(-1), text);
  }
  assert.notEqual(sampled[0], sampled[1], "the size shows in the answer");
});
