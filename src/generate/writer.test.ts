import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TextTokenizer } from "../processor/tokenizer.ts";
import type { Settings } from "./settings.ts";
import { Writer } from "./writer.ts";

const settings: Settings = {
  maxNewTokens: 1000,
  temperature: 0,
  topK: null,
  topP: 1,
  repetitionPenalty: 1,
  calculator: false,
  seed: 0,
  stop: [],
  pixels: {},
};

/** A tokenizer whose n-th token is the n-th of `pieces`, then one special token that ends the answer. */
function tokenizerOf(pieces: readonly (readonly number[])[]): TextTokenizer {
  const unused = () => assert.fail("the writer streams");
  return {
    encode: unused,
    decode: unused,
    idOf: unused,
    largestId: pieces.length,
    specialTokens: ["<|im_end|>"],
    pieceOf(id) {
      const bytes = pieces[id];
      return bytes ? { kind: "bytes", bytes } : { kind: "added", text: "<|im_end|>", special: true };
    },
  };
}

interface Setup {
  readonly stop?: readonly string[];
  readonly maxNewTokens?: number;
  readonly room?: number;
  readonly logprobs?: number;
}

/** Write the pieces in order, then the end token; stop when the writer does. */
function write(pieces: readonly (string | readonly number[])[], setup: Setup = {}) {
  const { stop = [], maxNewTokens = 1000, room = 1000, logprobs } = setup;
  const bytes = pieces.map((piece) =>
    typeof piece === "string" ? [...new TextEncoder().encode(piece)] : piece,
  );
  const end = pieces.length;
  const writer = new Writer(
    tokenizerOf(bytes),
    [],
    { ...settings, stop, maxNewTokens },
    { endTokens: [end], logprobs, room },
  );
  const texts: string[] = [];
  for (let id = 0; id <= end && !writer.finish; id++) {
    const logits = new Float32Array(end + 1).fill(-9);
    logits[id] = 9;
    texts.push(writer.take(logits).text);
  }
  assert.equal(texts.join(""), writer.text, "the pieces joined are the answer");
  return { texts, text: writer.text, finish: writer.finish, ids: writer.ids, reports: writer.reports };
}

test("without stop texts every piece goes out at once", () => {
  const { texts, finish } = write(["The ", "left ", "lobe"]);
  assert.deepEqual(texts, ["The ", "left ", "lobe", ""]);
  assert.equal(finish, "end");
});

test("the end token is among the ids and not in the text", () => {
  const { text, ids, finish } = write(["a", "b"]);
  assert.deepEqual([text, ids, finish], ["ab", [0, 1, 2], "end"]);
});

test("a character over several tokens comes whole; one cut off by the end becomes a mark", () => {
  const [a, b, c] = new TextEncoder().encode("甲");
  assert.deepEqual(write([[a!], [b!], [c!, 0x41]]).texts, ["", "", "甲A", ""]);
  assert.deepEqual(write([[a!], [b!]]).texts, ["", "", "\uFFFD"]);
  assert.deepEqual(write(["x", [a!]], { maxNewTokens: 2 }).texts, ["x", "\uFFFD"]);
});

test("a stop text ends the answer before it, in one token or over several", () => {
  assert.deepEqual(write(["one END two"], { stop: ["END"] }), {
    texts: ["one "],
    text: "one ",
    finish: "stop",
    ids: [0],
    reports: [],
  });
  const spread = write(["one E", "N", "D two", "three"], { stop: ["END"] });
  assert.deepEqual(spread.texts, ["one ", "", ""]);
  assert.equal(spread.finish, "stop");
});

test("what only begins like a stop text is held, then let go", () => {
  assert.deepEqual(write(["aE", "N", "dz"], { stop: ["END"] }).texts, ["a", "", "ENdz", ""]);
  assert.deepEqual(write(["aE", "EN", "D"], { stop: ["END"] }).texts, ["a", "E", ""]);
  assert.deepEqual(write(["aE", "N"], { stop: ["END"] }).texts, ["a", "", "EN"], "the end lets it go");
  assert.deepEqual(write(["aE", "N"], { stop: ["END"], maxNewTokens: 2 }).texts, ["a", "EN"]);
});

test("a stop text in the very last token counts as one, not as the length", () => {
  assert.equal(write(["a", "END"], { stop: ["END"], maxNewTokens: 2 }).finish, "stop");
  assert.equal(write(["a", "END"], { stop: ["END"], maxNewTokens: 2 }).text, "a");
});

test("the length ends the answer: the request's, or the room in the context", () => {
  assert.deepEqual(write(["a", "b", "c"], { maxNewTokens: 2 }).finish, "length");
  assert.deepEqual(write(["a", "b", "c"], { maxNewTokens: 2 }).text, "ab");
  assert.deepEqual(write(["a", "b", "c"], { room: 1 }).text, "a");
  assert.equal(write(["a"], { maxNewTokens: 2 }).finish, "end", "the end token in the last place is an end");
});

/** The answer by definition: the text up to the stop text that is complete first. */
function cut(text: string, stop: readonly string[]): string {
  for (let end = 1; end <= text.length; end++) {
    const starts = stop.filter((s) => text.slice(0, end).endsWith(s)).map((s) => end - s.length);
    if (starts.length > 0) return text.slice(0, Math.min(...starts));
  }
  return text;
}

test("where tokens begin and end changes nothing: overlapping stop texts, any split, characters in parts", () => {
  const word = fc
    .array(fc.constantFrom("a", "b", "甲", "状", "😀"), { maxLength: 12 })
    .map((list) => list.join(""));
  const stop = fc.array(
    fc
      .array(fc.constantFrom("a", "b", "甲", "😀"), { minLength: 1, maxLength: 3 })
      .map((list) => list.join("")),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(word, stop, fc.infiniteStream(fc.integer({ min: 1, max: 7 })), (text, stops, sizes) => {
      let bytes = [...new TextEncoder().encode(text)];
      const pieces: number[][] = [];
      for (const size of sizes) {
        if (bytes.length === 0) break;
        pieces.push(bytes.slice(0, size));
        bytes = bytes.slice(size);
      }
      const wanted = cut(text, stops);
      const written = write(pieces, { stop: stops });
      assert.equal(written.text, wanted);
      assert.equal(written.finish, wanted === text ? "end" : "stop");
    }),
    { numRuns: 2000 },
  );
});

test("log-probabilities: one report per token, the end token's too; none unless asked for", () => {
  const { reports, ids } = write(["a", "b"], { logprobs: 2 });
  assert.deepEqual(
    reports.map(({ id }) => id),
    ids,
  );
  for (const { id, logprob, top } of reports) {
    assert.equal(top.length, 2);
    assert.deepEqual(top[0], { id, logprob });
  }
  assert.deepEqual(
    write(["a"], { logprobs: 0 }).reports.map(({ top }) => top),
    [[], []],
  );
  assert.deepEqual(write(["a"]).reports, []);
});

test("the repetition penalty counts the prompt and what was written", () => {
  const writer = new Writer(
    tokenizerOf([[65], [66], [67]]),
    [0],
    { ...settings, repetitionPenalty: 2 },
    { endTokens: [], logprobs: undefined, room: 9 },
  );
  const logits = Float32Array.of(5, 4, 3);
  assert.deepEqual(
    [1, 2, 3].map(() => writer.take(logits).id),
    [1, 2, 0],
  );
});

test("equal seeds choose equal tokens, other seeds others", () => {
  const ids = (seed: number) => {
    const writer = new Writer(
      tokenizerOf([[65], [66], [67], [68]]),
      [],
      { ...settings, temperature: 1, seed },
      { endTokens: [], logprobs: undefined, room: 99 },
    );
    for (let n = 0; n < 30; n++) writer.take(new Float32Array(4));
    return writer.ids;
  };
  assert.deepEqual(ids(3), ids(3));
  assert.notDeepEqual(ids(3), ids(4));
});

test("a guess fits the room that is left, and ends before an end token", () => {
  const earlier = [[0, 1, 2, 3, 4, 5, 9, 0, 1]];
  const guess = (options: { room: number; endTokens: readonly number[] }, most = 99) => {
    const writer = new Writer(
      tokenizerOf([[65], [66], [67], [68]]),
      [0, 1],
      { ...settings, maxNewTokens: 8 },
      { ...options, logprobs: undefined, earlier },
    );
    writer.take(Float32Array.of(0, 0, 9, 0)); // 0 1 2 again: three agree
    return writer.guess(most);
  };
  assert.deepEqual(guess({ room: 99, endTokens: [] }), [3, 4, 5, 9, 0, 1]);
  assert.deepEqual(guess({ room: 99, endTokens: [9] }), [3, 4, 5]);
  assert.deepEqual(guess({ room: 4, endTokens: [] }), [3, 4], "the token behind the guess is the fourth");
  assert.deepEqual(guess({ room: 2, endTokens: [] }), []);
  assert.deepEqual(guess({ room: 99, endTokens: [] }, 1), [3]);
});
