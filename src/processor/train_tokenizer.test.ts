import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError } from "../errors.ts";
import { byteCharacters } from "./byte_alphabet.ts";
import { learnMerges } from "./learn_merges.ts";
import { createTokenizer } from "./tokenizer.ts";
import { createWordCounter, minVocabSize, specialTokens, trainTokenizer } from "./train_tokenizer.ts";

const limits = { vocabSize: 10_000, minFrequency: 2, maxTokenBytes: 16 };
const joined = (counts: Record<string, number>, change: Partial<typeof limits> = {}) =>
  learnMerges(new Map(Object.entries(counts)), { ...limits, ...change }).merges.map((pair) => pair.join("+"));

test("the most frequent pair is joined first, then the most frequent of what has become of the words", () => {
  // b+c comes 9 times, a+b 8 times, of which 5 are left once bc is one token; x+y comes 4 times.
  assert.deepEqual(joined({ abc: 5, ab: 3, bc: 4, xy: 4 }), ["b+c", "a+bc", "x+y", "a+b"]);
  assert.deepEqual(joined({ abc: 5, ab: 3, bc: 4, xy: 4 }, { vocabSize: 258 }), ["b+c", "a+bc"]);
});

test("of equally frequent pairs the one of the smaller ids is joined first", () => {
  assert.deepEqual(joined({ yz: 3, ab: 3, xz: 3, xy: 3 }), ["a+b", "x+y", "x+z", "y+z"]);
});

test("pairs that are seen too seldom, or would be too long, are not joined", () => {
  assert.deepEqual(joined({ ab: 2, cd: 1 }), ["a+b"]);
  assert.deepEqual(joined({ abcdefgh: 9 }, { maxTokenBytes: 4 }), [
    "a+b",
    "c+d",
    "e+f",
    "g+h",
    "ab+cd",
    "ef+gh",
  ]);
});

/** A tokenizer of the texts, by way of its files. */
function trained(texts: readonly string[], vocabSize: number) {
  const counter = createWordCounter();
  for (const text of texts) counter.add(text);
  const { tokenizer, tokenizerConfig } = trainTokenizer(counter.counts, vocabSize);
  const json = JSON.parse(JSON.stringify(tokenizer)) as {
    added_tokens: { id: number; content: string }[];
    model: { vocab: Record<string, number>; merges: [string, string][] };
  };
  const id = (token: string) => json.added_tokens.find(({ content }) => content === token)?.id ?? -1;
  const made = createTokenizer(json, tokenizerConfig, {
    image: id("<|image_pad|>"),
    video: id("<|video_pad|>"),
    visionStart: id("<|vision_start|>"),
    visionEnd: id("<|vision_end|>"),
  });
  return { json, made };
}

const sentences = [
  "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>甲状腺左侧叶见低回声结节，大小约12×8mm。<|im_end|>",
  "<|im_start|>assistant\nThe left lobe shows a hypoechoic nodule, 12 mm by 8 mm.<|im_end|>",
];

test("every text and every byte comes back, whatever the tokenizer was trained on", () => {
  const { made } = trained([...sentences, ...sentences], 400);
  const back = (text: string) => made.decode(made.encode(text), { skipSpecial: false });
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const known = new TextDecoder().decode(new TextEncoder().encode(text)).normalize("NFC");
      assert.equal(back(known), known);
    }),
  );
  const bytes = byteCharacters.map((character) => made.pieceOf(made.idOf(character)!));
  assert.deepEqual(
    bytes,
    Array.from({ length: 256 }, (_, byte) => ({ kind: "bytes", bytes: [byte] })),
  );
});

test("what is frequent becomes one token, and the vocabulary ends with the special ones", () => {
  const { json, made } = trained([...sentences, ...sentences, ...sentences], 340);
  const { vocab, merges } = json.model;
  assert.equal(Object.keys(vocab).length, 340 - specialTokens.length);
  assert.equal(merges.length, 340 - specialTokens.length - 256);
  assert.deepEqual(
    json.added_tokens.map(({ id, content }) => [id, content]),
    specialTokens.map((token, index) => [340 - specialTokens.length + index, token]),
  );
  assert.equal(made.encode("nodule").length, 2);
  assert.equal(made.encode("结节").length < 6, true);
  for (const token of Object.keys(vocab)) assert.ok(token.length <= 16, token);
});

test("digits stand alone", () => {
  const { made } = trained(Array(50).fill("1212 1212"), 400);
  assert.equal(made.encode("1212").length, 4);
});

test("special tokens are never learned from, nor split", () => {
  const { json, made } = trained(Array(50).fill("<|im_start|>im_start|im_start<|im_end|>"), 300);
  assert.ok(!Object.keys(json.model.vocab).some((token) => token.includes("<|")));
  for (const token of specialTokens) assert.deepEqual(made.encode(token), [made.idOf(token)]);
  const alone = trained(Array(50).fill("<|im_start|><|im_end|>"), 300);
  assert.deepEqual(alone.json.model.merges, []);
});

test("the same texts in another order give the same files, and little text a smaller vocabulary", () => {
  const files = (texts: readonly string[]) => JSON.stringify(trained(texts, 600).json);
  const texts = [...sentences, ...sentences];
  assert.equal(files(texts), files(texts.toReversed()));
  assert.ok(Object.keys(trained(texts, 5000).json.model.vocab).length < 1000);
});

test("a vocabulary without room for every byte is refused", () => {
  assert.throws(() => trainTokenizer(new Map(), minVocabSize - 1), ConfigError);
});
