/** @file Requests that share runs of the model are answered as if each were alone. */

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { cacheAccumulators, Engine } from "../src/generate/engine.ts";
import {
  type Answer,
  decoderGraph,
  type GenerateOptions,
  type LoadedModel,
  loadModel,
  type Program,
  shippedModel,
  taskPrompt,
  userMessage,
  visionGraph,
} from "../src/index.ts";
import { assertClose } from "./close.ts";
import { compile } from "./execute.ts";
import {
  ask,
  assertSameAnswer,
  collect,
  fixtureFolder,
  type Messages,
  picture,
  reply,
  sampled,
} from "./model_fixture.ts";
import { pick } from "./prng.ts";
import { type Part, randomConfig, randomRow, weightsOf } from "./random_model.ts";

/** The program, with the number of states in each run that had any. */
function counting(program: Program): { program: Program; sizes: number[] } {
  const sizes: number[] = [];
  const run: Program["run"] = (feeds, fetch, grow) => {
    if (grow) sizes.push(grow.length);
    return program.run(feeds, fetch, grow);
  };
  return { sizes, program: Object.assign(Object.create(program), { run }) as Program };
}

const prompts: readonly (readonly Part[])[] = [
  [5, { kind: "image", cells: [2, 3] }, 4],
  [1],
  [{ kind: "image", cells: [3, 1] }, 2],
  [30],
  [254],
  [9, { kind: "video", cells: [1, 2] }, 3],
];

for (const [name, family, slidingWindow] of [
  ["a", "echovlm", null],
  ["b", "echovlm", 3],
  ["c", "qwen2.5-vl", null],
  ["d", "qwen2-vl", null],
] as const)
  test(`requests that come and go at any time have the logits they have alone: ${family} ${name}`, async (t) => {
    const random = randomConfig(name, family);
    const config = { ...random, decoder: { ...random.decoder, slidingWindow } };
    const weights = weightsOf(config, name);
    const options = { kernels: "fused", storage: "float32" } as const;
    const [vision, decoder] = await Promise.all([
      compile(visionGraph(config.vision).outputs, weights, options),
      compile(decoderGraph(config).outputs, weights, options, cacheAccumulators(config)),
    ]);
    const counted = counting(decoder);
    const engine = new Engine(config, { vision, decoder: counted.program });
    t.after(() => engine.dispose());
    const rows = await Promise.all(prompts.map((parts, n) => randomRow(engine, `prompt ${n}`, parts)));
    const tokens = rows.map((_, n) =>
      Array.from({ length: 6 + 3 * n }, (_, s) => pick(`${name} token ${n} ${s}`, 0, 20)),
    );
    /** @param pause turns of the event loop before each step */
    async function request(n: number, pause: (step: number) => number): Promise<Float32Array[]> {
      const wait = async (step: number) => {
        for (let turn = pause(step); turn > 0; turn--) await setImmediate();
      };
      await wait(-1);
      const cache = engine.openCache(1);
      const all = [(await engine.prefill(cache, [rows[n]!])).data];
      for (const [s, token] of tokens[n]!.entries()) {
        await wait(s);
        // Now and then several tokens at once, as a guess has them.
        const guessed = s % 4 === 3 ? [token, 1, 2].slice(0, 1 + (s % 3)) : [token];
        const [length, next] = [cache.state.length + 1, cache.next[0]! + 1];
        const { data } = await engine.verify(cache, guessed);
        engine.truncate(cache, length, [next]);
        all.push(data.slice(0, config.decoder.vocabSize));
      }
      await engine.closeCache(cache);
      return all;
    }
    const alone: Float32Array[][] = [];
    for (const n of rows.keys()) alone.push(await request(n, () => 0));
    assert.ok(counted.sizes.every((size) => size === 1));
    for (const round of [0, 1, 2]) {
      counted.sizes.length = 0;
      const together = await Promise.all(
        rows.map((_, n) => request(n, (s) => (round === 0 ? 0 : pick(`${name} ${round} ${n} ${s}`, -9, 3)))),
      );
      assert.ok(
        counted.sizes.some((size) => size >= 3),
        `runs of ${counted.sizes}`,
      );
      together.forEach((all, n) => {
        all.forEach((logits, s) => {
          assertClose(logits, alone[n]![s]!, `round ${round}, request ${n}, step ${s}`, 2e-5);
        });
      });
    }
  });

const sample = (name: string) => fileURLToPath(new URL(`../../samples/${name}.jpg`, import.meta.url));
const conversations: Readonly<Record<string, readonly Messages[]>> = {
  [fixtureFolder]: [
    [ask("What is seen?", picture("nodule"))],
    [ask("结节是良性的吗？")],
    [
      ask("Compare.", picture("liver"), picture("kidney")),
      reply("Normal."),
      ask("再看一遍。", picture("nodule")),
    ],
    [ask("A")],
    [ask(" is".repeat(300))],
  ],
  [shippedModel]: (["en", "zh"] as const).flatMap((language) =>
    ["carotid", "liver", "breast-benign"].map(
      (name): Messages => [userMessage(taskPrompt("report", 1, language), [sample(name)])],
    ),
  ),
};

for (const [folder, requests] of Object.entries(conversations))
  describe(`answers of ${folder.replace(/.*\//, "")}`, async () => {
    const model: LoadedModel = await loadModel(folder, { threads: 1 });
    after(() => model.close());
    for (const [name, options] of [
      ["greedy", { temperature: 0, maxNewTokens: 40, logprobs: 1 }],
      ["sampled", { ...sampled, maxNewTokens: 24 }],
    ] satisfies [string, GenerateOptions][])
      test(`${name}: at the same time, and as one another's readers pause, stop or fail`, async () => {
        const alone: Answer[] = [];
        for (const messages of requests) alone.push(await model.generate(messages, options));
        const together = await Promise.all(requests.map((messages) => model.generate(messages, options)));
        together.forEach((answer, n) => {
          assertSameAnswer(answer, alone[n]!);
        });
        const slow = async (messages: Messages, n: number) => {
          for (let turn = 0; turn < 4 * n; turn++) await setImmediate();
          return model.generate(messages, options);
        };
        const aborted = async () => {
          const controller = new AbortController();
          let pieces = 0;
          for await (const _ of model.stream(requests[0]!, { ...options, signal: controller.signal }))
            if (++pieces === 5) controller.abort(new Error("enough"));
        };
        const leaver = async () => {
          let pieces = 0;
          for await (const _ of model.stream(requests[0]!, options)) if (++pieces === 3) break;
        };
        const [late] = await Promise.all([
          Promise.all(requests.map(slow)),
          leaver(),
          leaver(),
          assert.rejects(aborted(), /enough/),
        ]);
        late.forEach((answer, n) => {
          assertSameAnswer(answer, alone[n]!);
        });
        const closed = model.openConversation();
        const pieces = closed.stream(requests[0]!, options);
        await pieces.next();
        const [, answer] = await Promise.all([
          Promise.all([closed.close(), assert.rejects(collect(pieces))]),
          model.generate(requests[1]!, options),
        ]);
        assertSameAnswer(answer, alone[1]!);
      });
  });
