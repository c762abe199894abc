import assert from "node:assert/strict";
import { test } from "node:test";
import { ownGolden, readJson, readProcessor } from "../../test/golden_case.ts";
import { CheckpointError, RequestError } from "../errors.ts";
import { createTokenizer } from "./tokenizer.ts";

const folder = new URL("echovlm-tiny/", ownGolden);
const { tokenizer, tokens } = readProcessor(folder);
const tokenizerJson = readJson(new URL("tokenizer.json", folder));

test("special tokens in a text become their ids and nothing is added", () => {
  const ids = tokenizer.encode("<|im_start|>a<|image_pad|>");
  assert.deepEqual([ids[0], ids.at(-1), ids.length], [499, 510, 3]);
  assert.deepEqual(tokenizer.encode(""), []);
});

test("decode is the inverse of encode up to NFC, spaces included", () => {
  // A clean-up of spaces, the library's default, would turn " ," into ",".
  for (const text of ["甲状腺 5 mm , n't . <|im_end|>\n", "cafe\u0301 😀"])
    assert.equal(tokenizer.decode(tokenizer.encode(text), { skipSpecial: false }), text.normalize("NFC"));
});

test("decode leaves special tokens out when asked, and accepts what has no text", () => {
  const ids = tokenizer.encode("a<|im_end|>b");
  assert.equal(tokenizer.decode(ids, { skipSpecial: true }), "ab");
  assert.equal(tokenizer.decode([], { skipSpecial: true }), "");
  // Embedding tables are longer than the vocabulary; such ids may be generated and have no text.
  assert.equal(tokenizer.decode([100_000, ...ids], { skipSpecial: true }), "ab");
  assert.throws(() => tokenizer.decode([0.5], { skipSpecial: true }), RequestError);
});

test("pieces are bytes for ordinary tokens and text for added ones", () => {
  const [id] = tokenizer.encode("é");
  assert.deepEqual(tokenizer.pieceOf(id!), {
    kind: "bytes",
    bytes: [...new TextEncoder().encode("é")].slice(0, 1),
  });
  assert.deepEqual(tokenizer.pieceOf(500), { kind: "added", text: "<|im_end|>", special: true });
  assert.equal(tokenizer.pieceOf(100_000), null);
  assert.equal(tokenizer.idOf("<|im_end|>"), 500);
  assert.equal(tokenizer.idOf("<|none|>"), null);
});

test("vision tokens at other ids than config.json says are refused, all at once", () => {
  assert.throws(
    () => createTokenizer(tokenizerJson, undefined, { ...tokens, image: 7, visionEnd: 8 }),
    (error) =>
      error instanceof CheckpointError &&
      error.problems.length === 2 &&
      /expected <\|image_pad\|> to have id 7 as in config\.json, got 510/.test(error.message),
  );
  const without = { ...tokenizerJson, added_tokens: tokenizerJson.added_tokens.slice(0, -1) };
  assert.throws(() => createTokenizer(without, undefined, tokens), /<\|video_pad\|> .* got no such token/);
});

test("a file that is no byte-level BPE tokenizer is refused", () => {
  for (const file of [
    null,
    {},
    { ...tokenizerJson, model: { type: "Unigram" } },
    { ...tokenizerJson, model: { ...tokenizerJson.model, vocab: { a: "b" } } },
    { ...tokenizerJson, decoder: { type: "Metaspace" } },
    { ...tokenizerJson, added_tokens: undefined },
    { ...tokenizerJson, pre_tokenizer: { type: "Nonsense" } },
  ])
    assert.throws(() => createTokenizer(file, undefined, tokens), CheckpointError);
});
