import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import { type Pieces, readAhead, wholeAnswer } from "./pieces.ts";

const answer = { text: "abc" } as Answer;
/** Three pieces and an answer; what happens is kept. */
async function* writing(log: string[], fails = false): Pieces {
  try {
    for (const [id, text] of [..."abc"].entries()) {
      await setImmediate();
      log.push(text);
      yield { text, id };
    }
    if (fails) throw new Error("no more");
    return answer;
  } finally {
    log.push("end");
  }
}

test("pieces are written before anyone reads, and read as they were written", async () => {
  const log: string[] = [];
  const ahead = readAhead(writing(log));
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  assert.deepEqual(log, ["a", "b", "c", "end"]);
  const texts: string[] = [];
  for (;;) {
    const { done, value } = await ahead.next();
    if (done) {
      assert.equal(value, answer);
      break;
    }
    texts.push(value.text);
  }
  assert.deepEqual(texts, ["a", "b", "c"]);
});

test("a reader as fast as the writer gets all, too", async () => {
  assert.equal(await wholeAnswer(readAhead(writing([]))), answer);
  assert.equal(await wholeAnswer(writing([])), answer);
});

test("an error comes behind the pieces written before it, and is nobody's if nobody reads", async () => {
  const ahead = readAhead(writing([], true));
  readAhead(writing([], true));
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  const texts: string[] = [];
  await assert.rejects(async () => {
    for await (const { text } of ahead) texts.push(text);
  }, /no more/);
  assert.deepEqual(texts, ["a", "b", "c"]);
});

test("a reader who leaves ends the writing", async () => {
  const log: string[] = [];
  for await (const _ of readAhead(writing(log))) break;
  assert.equal(log.at(-1), "end");
  assert.ok(!log.includes("c"), `${log}`);
});
