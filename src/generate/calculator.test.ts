import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TextTokenizer } from "../processor/tokenizer.ts";
import { Calculator, mmText } from "./calculator.ts";
import type { Settings } from "./settings.ts";
import { Writer } from "./writer.ts";

/** One token a character, its code. */
const tokenizer = {
  encode: (text: string) => [...text].map((character) => character.codePointAt(0)!),
  pieceOf: (id: number) => ({
    kind: "bytes",
    bytes: [...new TextEncoder().encode(String.fromCodePoint(id))],
  }),
} as unknown as TextTokenizer;

/** What comes behind `text`, read in pieces that end at `cuts`. */
function due(text: string, cuts: readonly number[] = []): string {
  const calculator = new Calculator(tokenizer);
  let at = 0;
  for (const cut of [...cuts, text.length].sort((a, b) => a - b)) {
    calculator.read(text.slice(at, cut));
    at = cut;
  }
  let out = "";
  for (let id = calculator.next(); id !== undefined; id = calculator.next()) {
    out += String.fromCodePoint(id);
    calculator.read(String.fromCodePoint(id));
  }
  return out;
}

test("a product that is written out gets its result, read off as lengths are", () => {
  assert.equal(due("about 1.17 × 83 ="), " 97");
  assert.equal(due("about 1.17 × 83 = "), "97");
  assert.equal(due("头围约0.886 × 119.2 ="), " 106");
  assert.equal(due("0.0544 × 61.1 ="), " 3.3");
  assert.equal(due("2 × 2 = 4 mm; 3 × 5 ="), " 15");
});

test("nothing else is computed", () => {
  for (const text of [
    "",
    "=",
    "12 × 8 mm",
    "1.17 x 83 =",
    "a × 83 =",
    "1.17 × =",
    "1.17 × 83=",
    "1.17 × 83 = 9",
    "1.2.3 × 4 =",
    "1e3 × 4 5 =",
    "1234567890 × 2 =",
  ])
    assert.equal(due(text), "", text);
});

test("however the text comes in pieces, the result is the product's", () => {
  const factor = fc.integer({ min: 0, max: 99_999 }).map((n) => n / 100);
  fc.assert(
    fc.property(factor, factor, fc.array(fc.integer({ min: 0, max: 40 })), (one, other, cuts) => {
      const text = `the length is about ${one} × ${other} =`;
      assert.equal(
        due(
          text,
          cuts.filter((cut) => cut < text.length),
        ),
        ` ${mmText(one * other)}`,
      );
    }),
  );
});

const settings: Settings = {
  ...{ maxNewTokens: 99, temperature: 0, topK: null, topP: 1, repetitionPenalty: 1 },
  ...{ seed: 0, stop: [], pixels: {} },
  calculator: true,
};

/** An answer of a model that wants to write `wanted`, whatever it has written. */
function written(wanted: string, calculator: boolean): Writer {
  const options = { endTokens: [0], logprobs: 1, room: 99 };
  const writer = new Writer(tokenizer, [], { ...settings, calculator }, options);
  for (const character of [...wanted, "\0"]) {
    const logits = new Float32Array(0x100);
    logits[character.codePointAt(0)!] = 9;
    writer.take(logits);
  }
  return writer;
}

test("an answer takes the result in place of the model's own and goes on; what the model gave it is reported", () => {
  const own = "1.5 × 80 = 999 mm.";
  assert.equal(written(own, false).text, own);
  const writer = written(own, true);
  assert.equal(writer.text, "1.5 × 80 = 120 mm.");
  assert.deepEqual([writer.finish, writer.ids.length], ["end", own.length + 1]);
  const [first] = writer.reports.slice(own.indexOf("999"));
  assert.equal(first!.id, "1".codePointAt(0));
  assert.equal(first!.top[0]!.id, "9".codePointAt(0));
  assert.ok(first!.logprob < first!.top[0]!.logprob);
});
