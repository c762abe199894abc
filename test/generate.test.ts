/** @file Laws of generation that cross its files, with the small golden model. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Answer, loadModel, preparePrompt, RequestError, scoreToken } from "../src/index.ts";
import {
  ask,
  assertSameAnswer,
  collect,
  fixtureFolder,
  furthest,
  type Messages,
  picture,
  reply,
  sampled,
  watch,
} from "./model_fixture.ts";

const model = await loadModel(fixtureFolder, { threads: 1 });
after(() => model.close());
const context = model.engine.config.decoder.maxPositions;

const various: readonly Messages[] = [
  [ask("What is seen?", picture("nodule"))],
  [ask("结节是良性的吗？")],
  [
    { role: "system", content: "You write reports." },
    ask("Compare.", picture("liver"), picture("kidney")),
    reply("Both are normal."),
    ask("再看一遍。", picture("nodule")),
  ],
  [ask("A")],
];

test("streaming gives what not streaming gives, piece by piece", async () => {
  for (const options of [sampled, { maxNewTokens: 10 }]) {
    const whole = await model.generate(various[0]!, options);
    const { pieces, answer } = await collect(model.stream(various[0]!, options));
    assert.deepEqual({ ...answer, provenance: 0 }, { ...whole, provenance: 0 });
    assert.equal(pieces.map(({ text }) => text).join(""), whole.text);
    assert.deepEqual(
      pieces.map(({ id }) => id),
      whole.tokens,
    );
    if (whole.logprobs)
      assert.deepEqual(
        pieces.map(({ report }) => report),
        whole.logprobs,
      );
  }
});

test("a piece is there before the next token is computed", async () => {
  const { engine } = model;
  const { step } = engine;
  let steps = 0;
  engine.step = (...args) => {
    steps += 1;
    return step.apply(engine, args);
  };
  for await (const _ of model.stream(various[0]!, sampled)) if (steps === 2) break;
  engine.step = step;
  assert.equal(steps, 2);
});

test("the same seed gives the same answer, however it is asked for; another seed another", async () => {
  const messages = various[0]!;
  const wanted = await model.generate(messages, sampled);
  assert.deepEqual(await model.generate(messages, sampled), wanted);
  const conversation = model.openConversation();
  const { answer } = await collect(conversation.stream(messages, sampled));
  await conversation.close();
  assert.deepEqual(answer, wanted);
  const [only, beside] = await model.generateBatch([messages, various[1]!], sampled);
  assertSameAnswer(only!, wanted);
  assertSameAnswer(beside!, await model.generate(various[1]!, sampled));
  const other = await model.generate(messages, { ...sampled, seed: 12 });
  assert.notDeepEqual(other.tokens, wanted.tokens);
});

test("without a seed the answer says which one was taken, and it gives the answer again", async () => {
  const { seed: _, ...free } = sampled;
  const first = await model.generate(various[1]!, free);
  const { seed } = first.provenance.settings;
  assert.deepEqual(await model.generate(various[1]!, { ...free, seed }), first);
  assert.notEqual((await model.generate(various[1]!, free)).provenance.settings.seed, seed);
});

test("answers of a batch are the answers alone: any lengths, pictures or none, greedy or sampled", async () => {
  for (const options of [sampled, { ...sampled, temperature: 0 }, { ...sampled, repetitionPenalty: 1.5 }]) {
    const together = await model.generateBatch(various, options);
    for (const [n, messages] of various.entries())
      assertSameAnswer(together[n]!, await model.generate(messages, options));
  }
});

test("rows that have ended leave the others alone", async () => {
  const options = { ...sampled, maxNewTokens: 24 };
  const alone = await Promise.all(various.map((messages) => model.generate(messages, options)));
  // A letter that some answers have early and others late or never.
  const letters = [...new Set(alone.flatMap(({ text }) => [...text]))];
  const ends = (letter: string) => alone.map(({ text }) => text.indexOf(letter));
  const stop = letters.find((letter) => new Set(ends(letter)).size >= 3)!;
  const together = await model.generateBatch(various, { ...options, stop: [stop] });
  assert.ok(new Set(together.map(({ tokens }) => tokens.length)).size >= 3, "rows end at different steps");
  for (const [n, messages] of various.entries())
    assertSameAnswer(together[n]!, await model.generate(messages, { ...options, stop: [stop] }));
});

test("a picture that several rows show is looked at once", async () => {
  const { counts, restore } = watch(model);
  await model.generateBatch([various[0]!, various[0]!, various[2]!], { maxNewTokens: 1 });
  restore();
  assert.deepEqual(counts, { sees: 3, openCaches: 0 });
});

test("a batch with one bad request answers none", async () => {
  await assert.rejects(model.generateBatch([]), RequestError);
  await assert.rejects(model.generateBatch([various[1]!, [ask("")]]), RequestError);
  await assert.rejects(model.generateBatch([various[1]!, [ask("?", "nowhere.png")]]), /nowhere\.png/);
});

test("requests at the same time do not disturb each other", async () => {
  const alone: Answer[] = [];
  for (const messages of various) alone.push(await model.generate(messages, sampled));
  const together = await Promise.all(various.map((messages) => model.generate(messages, sampled)));
  together.forEach((answer, n) => {
    assertSameAnswer(answer, alone[n]!);
  });
});

test("a stop text ends the answer where the text without it has it", async () => {
  const { text } = await model.generate(various[0]!, { maxNewTokens: 20 });
  const stop = text.slice(6, 9);
  const cut = await model.generate(various[0]!, { maxNewTokens: 20, stop: ["not in the text", stop] });
  assert.equal(cut.text, text.slice(0, text.indexOf(stop)));
  assert.equal(cut.finishReason, "stop");
});

test("log-probabilities come when asked for, and are those of the logits", async () => {
  const messages = various[0]!;
  assert.ok(!("logprobs" in (await model.generate(messages, { maxNewTokens: 2 }))));
  const { logprobs, tokens } = await model.generate(messages, { maxNewTokens: 5, logprobs: 4 });
  assert.deepEqual(
    logprobs!.map(({ id }) => id),
    tokens,
  );
  for (const { id, logprob, top } of logprobs!) {
    assert.equal(top.length, 4);
    assert.deepEqual(top[0], { id, logprob }, "greedy takes the likeliest");
    top.slice(1).forEach((next, n) => {
      assert.ok(next.logprob <= top[n]!.logprob);
    });
  }
  const prompt = await preparePrompt(messages, model.processor, model.engine.config);
  const [item] = prompt.media;
  const visual = await model.engine.see(item!.media.pixelValues, item!.media.grid);
  const cache = model.engine.openCache(1);
  const logits = await model.engine.prefill(cache, [{ ...prompt, visual }]);
  await model.engine.closeCache(cache);
  const { id, ...first } = logprobs![0]!;
  assert.deepEqual(first, scoreToken(logits.data, id, 4));
});

const lengthOf = async (messages: Messages) =>
  (await preparePrompt(messages, model.processor, model.engine.config)).ids.length;
const bare = (await lengthOf([ask(" is")])) - 1;
/** A conversation whose prompt has exactly this many tokens. */
const ofLength = (tokens: number): Messages => [ask(" is".repeat(tokens - bare))];

test("an answer ends with the length asked for, or with the context", async () => {
  const short = await model.generate(various[1]!, { maxNewTokens: 3 });
  assert.deepEqual([short.tokens.length, short.finishReason], [3, "length"]);
  assert.deepEqual(short.usage, {
    promptTokens: await lengthOf(various[1]!),
    cachedTokens: 0,
    newTokens: 3,
    passes: 2,
  });
  for (const room of [1, 4]) {
    const { usage, finishReason } = await model.generate(ofLength(context - room), {
      ...sampled,
      lookup: { most: 0 },
    });
    assert.deepEqual(
      { usage, finishReason },
      {
        usage: { promptTokens: context - room, cachedTokens: 0, newTokens: room, passes: room - 1 },
        finishReason: "length",
      },
    );
  }
});

test("a prompt that fills the context is refused with both numbers", async () => {
  const refused = (error: unknown) =>
    error instanceof RequestError && /at most 512 tokens of context, got 513/.test(error.message);
  await assert.rejects(model.generate(ofLength(context)), refused);
  await assert.rejects(model.generateBatch([ofLength(context), various[1]!]), refused);
});

test("pictures that alone exceed the context are refused before their patches are made", async () => {
  const pixels = { minPixels: 1e12, maxPixels: 1e12 }; // patches of 12 terabytes
  const refused = (error: unknown) =>
    error instanceof RequestError && /at most 512 tokens of context, got \d{10}/.test(error.message);
  await assert.rejects(model.generate([ask("?", picture("nodule"))], { pixels }), refused);
  const frames = Array<string>(1200).fill(picture("nodule"));
  const video = { role: "user", content: [{ type: "video", frames }] } as const;
  await assert.rejects(model.generate([video]), /at most 512 tokens of context, got \d+/);
});

test("a short row of a batch has its own room in the context, whatever its mates need", async () => {
  const options = { ...sampled, maxNewTokens: 40 };
  const conversations = [ofLength(context - 3), various[1]!];
  const together = await model.generateBatch(conversations, options);
  assert.deepEqual(
    together.map(({ tokens }) => tokens.length),
    [3, 40],
  );
  for (const [n, messages] of conversations.entries())
    assertSameAnswer(together[n]!, await model.generate(messages, options));
});

test("a system prompt reaches the model", async () => {
  const plain = await model.generate(various[1]!, sampled);
  const led = await model.generate([{ role: "system", content: "Answer briefly." }, ...various[1]!], sampled);
  assert.match(led.provenance.prompt, /<\|im_start\|>system\nAnswer briefly\.<\|im_end\|>/);
  assert.ok(furthest(plain, led) > 1e-3);
});

/** A user turn with a video. */
const video = (...names: Parameters<typeof picture>[0][]): Messages => [
  {
    role: "user",
    content: [
      { type: "video", frames: names.map(picture) },
      { type: "text", text: "Describe." },
    ],
  },
];

test("a video of one frame twice is the picture; other frames are other videos", async () => {
  const still = await model.generate([ask("Describe.", picture("nodule"))], sampled);
  const twice = await model.generate(video("nodule", "nodule"), sampled);
  assert.deepEqual(twice.tokens, still.tokens);
  assert.ok(furthest(twice, still) < 1e-4);
  const four = await model.generate(video("nodule", "nodule", "nodule", "nodule"), sampled);
  const perFrame = still.usage.promptTokens - (await lengthOf([ask("Describe.")])) - 2;
  assert.equal(four.usage.promptTokens, still.usage.promptTokens + perFrame);
  assert.equal(four.provenance.images.length, 4);
});

test("aborting: before, while a picture is looked at, in the middle; the reason comes back, nothing stays open", async () => {
  for (const run of [
    (signal: AbortSignal) => model.generate(various[2]!, { ...sampled, signal }),
    (signal: AbortSignal) => model.generateBatch([various[2]!, various[1]!], { ...sampled, signal }),
  ]) {
    const before = new AbortController();
    before.abort(new Error("before"));
    await assert.rejects(run(before.signal), /^Error: before$/);

    const seeing = new AbortController();
    const watched = watch(model, () => seeing.abort(new Error("while seeing")));
    await assert.rejects(run(seeing.signal), /^Error: while seeing$/);
    assert.deepEqual(watched.counts, { sees: 1, openCaches: 0 });
    watched.restore();

    const later = new AbortController();
    const { engine } = model;
    const { step } = engine;
    let steps = 0;
    engine.step = (...args) => {
      if (++steps === 3) later.abort();
      return step.apply(engine, args);
    };
    const counting = watch(model);
    await assert.rejects(run(later.signal), { name: "AbortError" });
    assert.deepEqual([steps, counting.counts.openCaches], [3, 0]);
    counting.restore();
    engine.step = step;
  }
  assertSameAnswer(
    await model.generate(various[0]!, sampled),
    (await model.generateBatch([various[0]!], sampled))[0]!,
  );
});

test("a stream that is left early closes its cache", async () => {
  const { counts, restore } = watch(model);
  for await (const _ of model.stream(various[0]!, sampled)) break;
  assert.deepEqual(counts, { sees: 1, openCaches: 0 });
  await assert.rejects(model.generate([ask("?", "nowhere.png")]), RequestError);
  assert.equal(counts.openCaches, 0);
  restore();
});
