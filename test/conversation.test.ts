/** @file A conversation gives the answers of fresh ones, with less work. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import {
  type Answer,
  type Conversation,
  type GenerateOptions,
  loadModel,
  RequestError,
} from "../src/index.ts";
import { sharedGolden } from "./golden_case.ts";
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

const answerIn = async (
  conversation: Conversation,
  messages: Messages,
  options: GenerateOptions = sampled,
): Promise<Answer> => (await collect(conversation.stream(messages, options))).answer;

/** Ask in the conversation and in a fresh one; the answers must be the same. @returns the conversation's */
async function sameAsFresh(
  conversation: Conversation,
  messages: Messages,
  options: GenerateOptions = sampled,
): Promise<Answer> {
  const answer = await answerIn(conversation, messages, options);
  assertSameAnswer(answer, await model.generate(messages, options));
  return answer;
}

const first: Messages = [ask("Describe.", picture("nodule"))];

test("a follow-up gives the fresh answer, runs only what is new, and looks at no picture twice", async () => {
  const conversation = model.openConversation();
  const { answer, usage } = { ...(await answerIn(conversation, first)), answer: undefined };
  assert.equal(answer, undefined);
  assert.equal(usage.cachedTokens, 0);
  const messages = [...first, reply("An oval nodule."), ask("Is it benign?")];
  const watched = watch(model);
  const second = await answerIn(conversation, messages);
  assert.equal(watched.counts.sees, 0);
  watched.restore();
  assert.equal(second.usage.cachedTokens, usage.promptTokens, "all of the prompt before");
  assertSameAnswer(second, await model.generate(messages, sampled));
  const third = [...messages, reply(second.text), ask("Compare.", picture("kidney"), picture("nodule"))];
  const again = watch(model);
  const last = await answerIn(conversation, third);
  assert.equal(again.counts.sees, 1, "the new picture only");
  again.restore();
  assert.ok(last.usage.cachedTokens >= second.usage.promptTokens);
  assertSameAnswer(last, await model.generate(third, sampled));
  await conversation.close();
});

test("an answer that the next turn repeats is in the cache but for its last token", async () => {
  const conversation = model.openConversation();
  const text: Messages = [ask("A")];
  // The answer must come back as the tokens that were chosen; look for a seed where it does.
  for (let seed = 0; seed < 40; seed++) {
    const options = { ...sampled, seed, maxNewTokens: 4 };
    const answer = await answerIn(conversation, text, options);
    const ids = model.processor.tokenizer.encode(answer.text);
    if (answer.tokens.join() !== ids.join()) continue;
    const messages = [...text, reply(answer.text), ask("B")];
    const { usage } = await sameAsFresh(conversation, messages, options);
    assert.equal(usage.cachedTokens, answer.usage.promptTokens + ids.length - 1);
    await conversation.close();
    return;
  }
  assert.fail("no seed gave an answer that encodes to its own tokens");
});

test("the same question again is answered the same, from the cache but for its last token", async () => {
  const conversation = model.openConversation();
  const { usage } = await answerIn(conversation, first);
  const again = await sameAsFresh(conversation, first);
  assert.equal(again.usage.cachedTokens, usage.promptTokens - 1);
  await conversation.close();
});

test("an edited history gets the answer to what it says now", async () => {
  const conversation = model.openConversation();
  const turns = (question: string, answer: string, next: string): Messages => [
    ask(question, picture("liver")),
    reply(answer),
    ask(next, picture("nodule")),
  ];
  await answerIn(conversation, turns("Describe.", "Normal.", "And this?"));
  await sameAsFresh(conversation, turns("Describe.", "Fatty.", "And this?"));
  await sameAsFresh(conversation, turns("Beschreibe.", "Fatty.", "And this?"));
  await sameAsFresh(conversation, [ask("Describe."), reply("Normal."), ask("And this?", picture("liver"))]);
  await sameAsFresh(conversation, [{ role: "system", content: "Be brief." }, ...turns("A", "B", "C")]);
  await sameAsFresh(conversation, [ask("A")]);
  await conversation.close();
});

test("another picture of the same size in the same place is another picture", async () => {
  const negative = await sharp(picture("nodule")).negate().png().toBuffer();
  const conversation = model.openConversation();
  const one = await answerIn(conversation, first);
  const other = await sameAsFresh(conversation, [ask("Describe.", negative)]);
  assert.equal(other.usage.promptTokens, one.usage.promptTokens, "equal sizes");
  assert.ok(furthest(one, other) > 1e-3, "the model tells them apart");
  const watched = watch(model);
  const back = await answerIn(conversation, [ask("Describe.", negative, picture("nodule"))]);
  assert.equal(watched.counts.sees, 0, "both have been seen");
  watched.restore();
  assertSameAnswer(back, await model.generate([ask("Describe.", negative, picture("nodule"))], sampled));
  await sameAsFresh(conversation, [ask("Describe.", picture("nodule"), negative)]);
  await conversation.close();
});

test("the same picture under another pixel budget is seen again", async () => {
  const conversation = model.openConversation();
  const messages: Messages = [ask("Describe.", picture("big"))];
  const small = await answerIn(conversation, messages, { ...sampled, pixels: { maxPixels: 8000 } });
  const large = await sameAsFresh(conversation, messages, { ...sampled, pixels: { maxPixels: 16000 } });
  assert.ok(large.usage.promptTokens > small.usage.promptTokens);
  await conversation.close();
});

test("conversations interleaved step by step do not disturb each other", async () => {
  const all: Messages[] = [first, [ask("A")], [ask("Compare.", picture("liver"), picture("nodule"))]];
  const conversations = all.map(() => model.openConversation());
  for (const round of [1, 2]) {
    const alone: Answer[] = [];
    for (const messages of all) alone.push(await model.generate(messages, sampled));
    const streams = all.map((messages, n) => conversations[n]!.stream(messages, sampled));
    const answers: (Answer | undefined)[] = all.map(() => undefined);
    while (answers.includes(undefined))
      for (const [n, stream] of streams.entries()) {
        if (answers[n]) continue;
        const { done, value } = await stream.next();
        if (done) answers[n] = value;
      }
    for (const [n, answer] of answers.entries()) assertSameAnswer(answer!, alone[n]!);
    if (round === 1) for (const [n, messages] of all.entries()) all[n] = [...messages, reply("b"), ask("c")];
  }
  await Promise.all(conversations.map((conversation) => conversation.close()));
});

test("after an abort, at whatever point, the conversation goes on and answers right", async () => {
  const { engine } = model;
  const { see, prefill, step } = engine;
  const points = {
    see: (stop: () => void) => {
      engine.see = (...args) => {
        stop();
        return see.apply(engine, args);
      };
    },
    prefill: (stop: () => void) => {
      engine.prefill = (...args) => {
        const running = prefill.apply(engine, args);
        stop(); // while the pass is under way
        return running;
      };
    },
    step: (stop: () => void) => {
      let steps = 0;
      engine.step = (...args) => {
        if (++steps === 3) stop();
        return step.apply(engine, args);
      };
    },
  };
  for (const [name, arm] of Object.entries(points)) {
    const conversation = model.openConversation();
    await answerIn(conversation, first);
    const next: Messages = [...first, reply("Yes."), ask("And here?", picture("kidney"))];
    const controller = new AbortController();
    const reason = new Error(`stopped in ${name}`);
    arm(() => controller.abort(reason));
    await assert.rejects(
      answerIn(conversation, next, { ...sampled, signal: controller.signal }),
      (error) => error === reason,
      name,
    );
    Object.assign(engine, { see, prefill, step });
    await sameAsFresh(conversation, next);
    await sameAsFresh(conversation, first);
    await conversation.close();
  }
});

test("a signal aborted beforehand rejects before any work, picture files included", async () => {
  const conversation = model.openConversation();
  const signal = AbortSignal.abort(new Error("too late"));
  const nowhere: Messages = [ask("?", "nowhere.png")];
  await assert.rejects(answerIn(conversation, nowhere, { signal }), /^Error: too late$/);
  await sameAsFresh(conversation, first);
  await conversation.close();
});

test("leaving the loop early leaves a conversation that goes on", async () => {
  const conversation = model.openConversation();
  let left = 0;
  for await (const _ of conversation.stream(first, sampled)) if (++left === 4) break;
  const next: Messages = [...first, reply("Yes."), ask("Sure?")];
  const { usage } = await sameAsFresh(conversation, next);
  assert.ok(usage.cachedTokens > 0);
  await conversation.close();
});

test("a bad request leaves the conversation as it was", async () => {
  const conversation = model.openConversation();
  await answerIn(conversation, first);
  await assert.rejects(answerIn(conversation, [ask("?", "nowhere.png")]), RequestError);
  await assert.rejects(answerIn(conversation, [ask(" is".repeat(600))]), /tokens of context/);
  await assert.rejects(answerIn(conversation, first, { temperature: -1 }), /temperature/);
  const next: Messages = [...first, reply("Yes."), ask("Sure?")];
  const { usage } = await sameAsFresh(conversation, next);
  assert.ok(usage.cachedTokens > 0);
  await conversation.close();
});

test("a fork goes on from what was said, and neither disturbs the other", async () => {
  const conversation = model.openConversation();
  await answerIn(conversation, first);
  const fork = await conversation.fork();
  const questions = ["Is it benign?", "Where is it?"].map(
    (text): Messages => [...first, reply("Yes."), ask(text)],
  );
  const watched = watch(model);
  const answers = await Promise.all([answerIn(conversation, questions[0]!), answerIn(fork, questions[1]!)]);
  assert.equal(watched.counts.sees, 0, "pictures are known to both");
  watched.restore();
  for (const [n, answer] of answers.entries()) {
    assert.ok(answer.usage.cachedTokens > 0);
    assertSameAnswer(answer, await model.generate(questions[n]!, sampled));
  }
  await conversation.close();
  await sameAsFresh(fork, first);
  await fork.close();
  await assert.rejects(conversation.fork(), /got a closed one/);
});

test("what was read is answered at once, and to read it twice changes nothing", async () => {
  const conversation = model.openConversation();
  await conversation.read(first);
  await conversation.read(first);
  const watched = watch(model);
  const { usage } = await answerIn(conversation, first);
  watched.restore();
  assert.equal(watched.counts.sees, 0);
  assert.equal(usage.cachedTokens, usage.promptTokens - 1);
  await sameAsFresh(conversation, first);
  await conversation.close();
});

test("while an answer is written a second request is refused, and the first goes on", async () => {
  const conversation = model.openConversation();
  const running = conversation.stream(first, sampled);
  const { value } = await running.next();
  await assert.rejects(answerIn(conversation, [ask("A")]), /one answer at a time/);
  await assert.rejects(conversation.fork(), /one answer at a time/);
  const { pieces, answer } = await collect(running);
  assert.deepEqual(
    [value, ...pieces].map((piece) => "id" in piece && piece.id),
    answer.tokens,
  );
  assertSameAnswer(answer, await model.generate(first, sampled));
  await conversation.close();
});

test("a closed conversation answers no more, not even what it had begun; closing again is fine", async () => {
  const conversation = model.openConversation();
  const running = conversation.stream(first, sampled);
  await running.next();
  await conversation.close();
  await conversation.close();
  await assert.rejects(
    collect(running),
    (error) => error instanceof RequestError && /got a closed one/.test(error.message),
  );
  await assert.rejects(answerIn(conversation, first), RequestError);
});

test("an answer that filled the context can be followed by a shorter conversation", async () => {
  const conversation = model.openConversation();
  const long: Messages = [ask(" is".repeat(430))];
  const { usage, finishReason } = await answerIn(conversation, long, { ...sampled, maxNewTokens: 400 });
  assert.equal(finishReason, "length");
  assert.equal(usage.promptTokens + usage.newTokens, model.engine.config.decoder.maxPositions);
  await sameAsFresh(conversation, [ask(" is".repeat(400))]);
  await sameAsFresh(conversation, first);
  await conversation.close();
});

const timed = fileURLToPath(new URL("qwen2_5-vl-tiny", sharedGolden));
const skip = existsSync(timed) ? false : "qwen2_5-vl-tiny is not on this machine";

test("a video shown again at another rate is answered at that rate", { skip }, async () => {
  const other = await loadModel(timed, { threads: 1 });
  try {
    const frames = ["nodule", "nodule", "nodule", "nodule"].map(() => picture("nodule"));
    const at = (fps: number): Messages => [
      {
        role: "user",
        content: [
          { type: "video", frames, fps },
          { type: "text", text: "Describe." },
        ],
      },
    ];
    const conversation = other.openConversation();
    const slow = await answerIn(conversation, at(0.25));
    const fast = await answerIn(conversation, at(8));
    await conversation.close();
    assert.ok(furthest(slow, fast) > 1e-3, "the rate matters to this model");
    assertSameAnswer(fast, await other.generate(at(8), sampled));
  } finally {
    await other.close();
  }
});
