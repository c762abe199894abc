import assert from "node:assert/strict";
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { CheckpointError } from "../errors.ts";
import { finishJournal, type JournalEntry, openJournal } from "./journal.ts";

const entry = (id: string, text: string): JournalEntry => ({
  asked: `hash of ${id}`,
  given: { id, text, finish: "stop", tokens: [{ text, logprob: -0.5, top: [{ text: "x", logprob: -2 }] }] },
});
const failure: JournalEntry = {
  asked: "",
  given: { id: "c", text: "", finish: "failed", problem: "no file" },
};
const counted: JournalEntry = {
  asked: "hash of d",
  given: {
    id: "d",
    text: "",
    finish: "length",
    expertCounts: [
      [3, 1],
      [0, 4],
    ],
  },
};
const lines = [entry("a", "甲状腺\u2028结节\n"), entry("b", ""), failure, counted];

test("what was appended is read again; of an id the last", async (t) => {
  const path = join(temporaryFolder(t), "answers.jsonl");
  const first = await openJournal(path);
  await first.append(lines.slice(0, 2));
  await first.append([failure, entry("a", "again")]);
  await first.close();
  const second = await openJournal(path);
  assert.deepEqual([...second.entries.values()], [entry("a", "again"), lines[1], failure]);
  await second.close();
});

test("cut off at any byte, a journal keeps its whole lines and goes on behind them", async (t) => {
  const path = join(temporaryFolder(t), "answers.jsonl");
  await finishJournal(path, lines);
  const whole = readFileSync(path);
  for (let bytes = 0; bytes <= whole.length; bytes++) {
    writeFileSync(path, whole);
    truncateSync(path, bytes);
    const journal = await openJournal(path);
    const kept = whole.subarray(0, bytes).filter((byte) => byte === 0x0a).length;
    assert.deepEqual([...journal.entries.values()], lines.slice(0, kept));
    await journal.append(lines.slice(kept));
    await journal.close();
    assert.deepEqual(readFileSync(path), whole);
  }
});

test("a damaged line in the middle is refused by its number", async (t) => {
  const path = join(temporaryFolder(t), "answers.jsonl");
  for (const damaged of ["{]", "[]", '{"id": "a", "text": "no hash", "finish": "stop"}']) {
    await finishJournal(path, lines);
    appendFileSync(path, `${damaged}\n`);
    await assert.rejects(openJournal(path), (error: Error) => {
      assert.ok(error instanceof CheckpointError);
      assert.match(
        error.message,
        /answers\.jsonl: line 5: expected an answer as JSON \(move the damaged journal/,
      );
      return true;
    });
  }
});
