/** @file Guesses change how many passes an answer takes, and nothing of the answer. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { LoadedModel } from "../src/generate/load_model.ts";
import { Speculation } from "../src/generate/speculation.ts";
import {
  type Answer,
  type GenerateOptions,
  loadModel,
  shippedModel,
  taskPrompt,
  userMessage,
} from "../src/index.ts";
import { tasks } from "../src/tasks/prompts.ts";
import { assertClose } from "./close.ts";
import { ownGolden, sharedGolden } from "./golden_case.ts";
import { ask, assertSameAnswer, collect, type Messages, picture, reply, sampled } from "./model_fixture.ts";
import { pick } from "./prng.ts";
import { openEngine, randomConfig, randomRow, weightsOf } from "./random_model.ts";

const sum = (answers: readonly Answer[], of: "passes" | "newTokens"): number =>
  answers.reduce((total, { usage }) => total + usage[of], 0);

const none = { lookup: { most: 0 } } as const;

for (const [name, family, slidingWindow] of [
  ["a", "echovlm", null],
  ["b", "echovlm", 3],
  ["c", "qwen2.5-vl", null],
  ["d", "qwen2-vl", null],
] as const)
  test(`whatever is guessed, the logits are those of one token after another: ${family} ${name}`, async (t) => {
    const config = randomConfig(name, family);
    const engine = await openEngine(
      { ...config, decoder: { ...config.decoder, slidingWindow } },
      weightsOf(config, name),
    );
    t.after(() => engine.dispose());
    const row = await randomRow(engine, "prompt", [5, { kind: "image", cells: [2, 3] }, 4]);
    const tokens = Array.from({ length: 40 }, (_, n) => pick(`${name} token ${n}`, 0, 20));
    const [alone, guessed] = [engine.openCache(1), engine.openCache(1)];
    await engine.prefill(alone, [row]);
    await engine.prefill(guessed, [row]);
    const speculation = new Speculation(engine, guessed);
    for (const [n, token] of tokens.entries()) {
      // Some tokens as they come, then wrong ones.
      const right = pick(`${name} right ${n}`, 0, 4);
      const wrong = pick(`${name} wrong ${n}`, 0, 3);
      const guess = [...tokens.slice(n + 1, n + 1 + right), ...Array<number>(wrong).fill(20)];
      const logits = await speculation.after(token, () => guess);
      assertClose(logits, (await engine.step(alone, [token])).data, `token ${n}`, 2e-5);
    }
    assert.ok(speculation.passes < 30, `${speculation.passes} passes for 40 tokens`);
    await Promise.all([alone, guessed].map((cache) => engine.closeCache(cache)));
  });

const settings: Readonly<Record<string, GenerateOptions>> = {
  greedy: { maxNewTokens: 40, temperature: 0, logprobs: 3 },
  sampled: { ...sampled, maxNewTokens: 40 },
  "sampled, filtered and penalised": {
    ...{ maxNewTokens: 40, logprobs: 3, seed: 5 },
    ...{ temperature: 0.8, topK: 20, topP: 0.9, repetitionPenalty: 1.2 },
  },
};

/** The answer with one word in three changed: guesses from it are right, then wrong. */
const halfRight = (text: string): string =>
  text
    .split(" ")
    .map((word, n) => (n % 3 === 2 ? "liver" : word))
    .join(" ");

async function sameWithAndWithout(model: LoadedModel, messages: Messages): Promise<void> {
  for (const [name, options] of Object.entries(settings)) {
    const alone = await model.generate(messages, { ...options, ...none });
    assert.equal(alone.usage.passes, alone.tokens.length - 1, name);
    const texts = [alone.text, halfRight(alone.text)].filter((text) => text !== "");
    for (const lookup of [{}, { most: 64 }, ...texts.map((text) => ({ texts: [text] }))])
      assertSameAnswer(await model.generate(messages, { ...options, lookup }), alone);
  }
}

const goldens = ["echovlm-tiny", "echovlm-tiny-bf16", "qwen2-vl-tiny", "qwen2_5-vl-tiny"];
const folders = [
  ["echovlm-tiny of the repository", new URL("echovlm-tiny", ownGolden)],
  ...goldens.map((name) => [name, new URL(name, sharedGolden)] as const),
] as const;
const questions: readonly Messages[] = [
  [ask("Describe.", picture("nodule"))],
  [ask("A A A A"), reply("A B A B A B"), ask("A B")],
];

for (const [name, folder] of folders)
  test(`answers of ${name} with and without guesses`, {
    skip: existsSync(folder) ? false : "not on this machine",
  }, async (t) => {
    const model = await loadModel(fileURLToPath(folder), { threads: 1 });
    t.after(() => model.close());
    for (const messages of questions) await sameWithAndWithout(model, messages);
  });

describe("the shipped model", async () => {
  const model = await loadModel(shippedModel, { threads: 1 });
  after(() => model.close());
  const sample = (name: string) => fileURLToPath(new URL(`../../samples/${name}.jpg`, import.meta.url));

  test("reports with and without guesses, in both languages", async () => {
    for (const [language, name] of [
      ["en", "carotid"],
      ["zh", "liver"],
    ] as const)
      await sameWithAndWithout(model, [userMessage(taskPrompt("report", 1, language), [sample(name)])]);
  });

  const untold = new LoadedModel({ ...model, lookupTokens: [] });
  const report: Messages = [userMessage(taskPrompt("report", 1, "en"), [sample("carotid")])];
  const greedy: GenerateOptions = { temperature: 0, logprobs: 0 };

  test("a text that is the answer makes it at most half as many passes", async () => {
    const alone = await model.generate(report, { ...greedy, ...none });
    const told = await untold.generate(report, { ...greedy, lookup: { texts: [alone.text] } });
    assertSameAnswer(told, alone);
    assert.ok(told.usage.passes <= alone.usage.passes / 2, `${told.usage.passes} of ${alone.usage.passes}`);
  });

  test("an earlier answer of the conversation is guessed from; a fresh one knows nothing of it", async () => {
    const conversation = untold.openConversation();
    const first = await collect(conversation.stream(report, greedy));
    const again = await collect(conversation.stream(report, greedy));
    await conversation.close();
    assertSameAnswer(again.answer, first.answer);
    assert.ok(again.answer.usage.passes <= first.answer.usage.passes / 2);
    const fresh = await untold.generate(report, greedy);
    assert.equal(fresh.usage.passes, first.answer.usage.passes);
  });

  test("the texts in its folder halve the passes of answers to everything that a study asks", async () => {
    const passes = { told: 0, untold: 0 };
    for (const task of tasks)
      for (const name of ["liver", "breast-benign"]) {
        const asked = [userMessage(taskPrompt(task, 1, "en"), [sample(name)])];
        const [told, plain] = [await model.generate(asked, greedy), await untold.generate(asked, greedy)];
        assertSameAnswer(told, plain);
        passes.told += told.usage.passes;
        passes.untold += plain.usage.passes;
      }
    assert.ok(passes.told <= passes.untold / 2, `${passes.told} of ${passes.untold}`);
  });

  test("requests that share runs are guessed for as well, and none of their answers changes", async () => {
    const requests = ["carotid", "liver", "breast-benign"].map((name) => [
      userMessage(taskPrompt("report", 1, "zh"), [sample(name)]),
    ]);
    const together = await Promise.all(requests.map((asked) => model.generate(asked, greedy)));
    for (const [n, asked] of requests.entries())
      assertSameAnswer(together[n]!, await model.generate(asked, { ...greedy, ...none }));
    const [passes, tokens] = [sum(together, "passes"), sum(together, "newTokens")];
    assert.ok(passes <= tokens / 2, `${passes} passes for ${tokens} tokens`);
  });

  test("pieces, stop texts, lengths and endings are the same at every place", async () => {
    const alone = await collect(model.stream(report, { ...greedy, ...none }));
    const lookup = { texts: [alone.answer.text] };
    const told = await collect(model.stream(report, { ...greedy, lookup }));
    const plain = ({ pieces }: typeof told) => pieces.map(({ text, id }) => ({ text, id }));
    assert.deepEqual(plain(told), plain(alone));
    for (const start of [0, 9, 40, 77]) {
      const stop = [alone.answer.text.slice(start, start + 4)];
      assertSameAnswer(
        await model.generate(report, { ...greedy, stop, lookup }),
        await model.generate(report, { ...greedy, stop, ...none }),
      );
    }
    for (let maxNewTokens = 1; maxNewTokens < 14; maxNewTokens++)
      assertSameAnswer(
        await model.generate(report, { ...greedy, maxNewTokens, lookup }),
        await model.generate(report, { ...greedy, maxNewTokens, ...none }),
      );
  });

  test("after an abort or a reader who leaves, at any piece, the conversation answers as a fresh one", async () => {
    const wanted = await model.generate(report, { ...greedy, ...none });
    const lookup = { texts: [wanted.text] };
    const next: Messages = [...report, reply(wanted.text), ask("Which vessel is it?")];
    const expected = await model.generate(next, { ...greedy, ...none });
    for (const count of [1, 2, 3, 5, 8]) {
      const conversation = model.openConversation();
      const [controller, reason] = [new AbortController(), new Error("enough")];
      let pieces = 0;
      const stopped = async () => {
        for await (const _ of conversation.stream(report, { ...greedy, lookup, signal: controller.signal }))
          if (++pieces === count) controller.abort(reason);
      };
      await assert.rejects(stopped(), (error) => error === reason);
      assert.equal(pieces, count, "the abort is seen before the next piece");
      for await (const _ of conversation.stream(report, { ...greedy, lookup }))
        if (++pieces === 2 * count) break;
      assertSameAnswer((await collect(conversation.stream(next, greedy))).answer, expected);
      await conversation.close();
    }
  });
});
