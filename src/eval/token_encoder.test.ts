import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { answered, recordsOf, someFacts } from "../../test/evaluation_fixture.ts";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { CheckpointError } from "../errors.ts";
import { add, cast, constant, gather, input, mul, rearrange, sum } from "../graph/value.ts";
import { lower } from "../onnx/lower.ts";
import { encodeModel } from "../onnx/model.ts";
import { createRandom } from "../tensor/random.ts";
import { float32 } from "../tensor/tensor.ts";
import { withSimilarity } from "./evaluations/similarity.ts";
import { evaluationsNamed } from "./evaluations.ts";
import { bertScoreOf } from "./metrics/bert_score.ts";
import { scoresOf } from "./score_run.ts";
import { loadTokenEncoder } from "./token_encoder.ts";

const vocabulary = [
  "[PAD]",
  "[UNK]",
  "[CLS]",
  "[SEP]",
  "a",
  "cyst",
  "nodule",
  "##s",
  "liver",
  "结",
  "节",
  "。",
];
const width = 5;
const random = createRandom(3);
const table = Array.from({ length: vocabulary.length }, () =>
  Array.from({ length: width }, () => random() - 0.5),
);
const share = 0.3;

/** Every token's own vector, and a share of the sum of all: an encoder whose vectors depend on their context. */
function encoderBytes(hasTypes: boolean, name = "last_hidden_state"): Uint8Array {
  const ids = (input_: string) => input(input_, "int64", ["B", "S"]);
  const own = gather(constant(float32([vocabulary.length, width], table.flat())), ids("input_ids"));
  const mask = rearrange(cast(ids("attention_mask"), "float32"), "b s -> b s 1");
  const context = mul(sum(mul(own, mask), 1), constant(share));
  const hidden = add(own, context);
  const types = gather(constant(float32([2, width], new Array(2 * width).fill(0))), ids("token_type_ids"));
  const outputs = { [name]: hasTypes ? add(hidden, types) : hidden };
  return encodeModel(lower(outputs, { kernels: "plain", storage: "float32" }), () =>
    assert.fail("no weights"),
  );
}

const special = (id: number) => ({
  id,
  content: vocabulary[id],
  ...{ single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
});
const template = (content: string) => ({ SpecialToken: { id: content, type_id: 0 } });
const tokenizerJson = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [0, 1, 2, 3].map(special),
  normalizer: {
    type: "BertNormalizer",
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: {
    type: "TemplateProcessing",
    single: [template("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, template("[SEP]")],
    pair: [],
    special_tokens: Object.fromEntries(
      [2, 3].map((id) => [vocabulary[id], { id: vocabulary[id], ids: [id], tokens: [vocabulary[id]] }]),
    ),
  },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
  },
};

function encoderFolder(t: TestContext, { model = encoderBytes(false), most = 1e30 } = {}): string {
  const folder = join(temporaryFolder(t), "encoder");
  mkdirSync(folder);
  writeFileSync(join(folder, "model.onnx"), model);
  writeFileSync(join(folder, "tokenizer.json"), JSON.stringify(tokenizerJson));
  writeFileSync(join(folder, "tokenizer_config.json"), JSON.stringify({ model_max_length: most }));
  return folder;
}

async function opened(t: TestContext, folder: string) {
  const encoder = await loadTokenEncoder(folder);
  t.after(() => encoder.close());
  return encoder;
}

/** The definition, one number after another; the tokens are given. */
function slowScore(answer: readonly string[], reference: readonly string[]) {
  const vectors = (tokens: readonly string[]) => {
    const rows = ["[CLS]", ...tokens, "[SEP]"].map((token) => table[vocabulary.indexOf(token)]!);
    const total = Array.from({ length: width }, (_, i) => rows.reduce((all, row) => all + row[i]!, 0));
    return rows.slice(1, -1).map((row) => row.map((value, i) => value + share * total[i]!));
  };
  const product = (a: readonly number[], b: readonly number[]) =>
    a.reduce((all, value, i) => all + value * b[i]!, 0);
  const cosine = (a: readonly number[], b: readonly number[]) =>
    product(a, b) / Math.sqrt(product(a, a) * product(b, b));
  const mean = (values: readonly number[]) => values.reduce((all, value) => all + value, 0) / values.length;
  const [own, theirs] = [vectors(answer), vectors(reference)];
  const precision = mean(own.map((a) => Math.max(...theirs.map((b) => cosine(a, b)))));
  const recall = mean(theirs.map((b) => Math.max(...own.map((a) => cosine(a, b)))));
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall) };
}

const pairs: readonly (readonly [text: string, tokens: readonly string[]])[] = [
  ["A cyst.", ["a", "cyst", "[UNK]"]],
  ["liver cysts", ["liver", "cyst", "##s"]],
  ["a nodule a nodule", ["a", "nodule", "a", "nodule"]],
  ["肝结节。", ["[UNK]", "结", "节", "。"]],
];

for (const hasTypes of [false, true])
  test(`an encoder ${hasTypes ? "with" : "without"} token types: BERTScore is that of the definition`, async (t) => {
    const encoder = await opened(t, encoderFolder(t, { model: encoderBytes(hasTypes) }));
    for (const [answer, answerTokens] of pairs)
      for (const [reference, referenceTokens] of pairs) {
        const score = bertScoreOf(await encoder.encode(answer), await encoder.encode(reference));
        const wanted = slowScore(answerTokens, referenceTokens);
        for (const part of ["precision", "recall", "f1"] as const)
          assert.ok(
            Math.abs(score[part] - wanted[part]) < 1e-5,
            `${part} of ${answer} by ${reference}: expected ${wanted[part]}, got ${score[part]}`,
          );
      }
    const nothing = bertScoreOf(await encoder.encode(""), await encoder.encode("a cyst"));
    assert.deepEqual(nothing, { precision: 0, recall: 0, f1: 0 });
  });

test("a text is cut off at the longest input, and the signature says of which file and how long", async (t) => {
  const folder = encoderFolder(t, { most: 5 });
  const encoder = await opened(t, folder);
  assert.deepEqual(await encoder.encode("a cyst a liver nodule"), await encoder.encode("a cyst a"));
  const sha256 = createHash("sha256")
    .update(readFileSync(join(folder, "model.onnx")))
    .digest("hex");
  assert.deepEqual(encoder.signature, { encoder: sha256, layer: "last", most: 5 });
});

test("reports are scored by the encoder in both languages, diagnoses of classes as before", async (t) => {
  const encoder = await opened(t, encoderFolder(t));
  const [report = assert.fail(), region = assert.fail()] = withSimilarity(
    evaluationsNamed(["report", "region"]),
    encoder,
  );
  assert.equal(region.prepare, undefined);
  const records = recordsOf(someFacts.slice(0, 8), "pictures");
  const scored = async (answer: (expected: string) => string) => {
    const exchanges = await answered(report, records, ({ expected }) => answer(expected));
    await report.prepare?.(exchanges, new AbortController().signal);
    const part = { evaluation: report, model: "m", condition: "pictures" as const, exchanges };
    const { scores } = scoresOf([part], { count: 2, seed: 1 });
    return scores.filter(({ metric, region }) => /^BERTScore/.test(metric) && region === "all");
  };
  const right = await scored((expected) => expected);
  assert.deepEqual(
    [...new Set(right.map(({ metric }) => metric))].sort(),
    ["F1", "precision", "recall"].flatMap((part) => [`BERTScore ${part} (en)`, `BERTScore ${part} (zh)`]),
  );
  for (const { value, signature } of right) {
    assert.ok(Math.abs(value! - 1) < 1e-5);
    assert.match(signature, /\|encoder:[0-9a-f]{64}\|layer:last\|special:no\|idf:no\|rescale:no\|/);
  }
  for (const { value } of await scored(() => "liver")) assert.ok(value! < 0.999);
  for (const { value, unread, questions } of await scored(() => ""))
    assert.deepEqual([value, unread], [0, questions]);
});

test("a folder that holds no such encoder is refused, naming the file", async (t) => {
  const empty = temporaryFolder(t);
  await assert.rejects(loadTokenEncoder(empty), /tokenizer\.json: expected a tokenizer, found none/);
  writeFileSync(join(empty, "tokenizer.json"), JSON.stringify(tokenizerJson));
  await assert.rejects(loadTokenEncoder(empty), /expected a folder with model\.onnx, found no such file/);
  for (const model of [new Uint8Array([1, 2, 3]), encoderBytes(false, "pooled")])
    await assert.rejects(loadTokenEncoder(encoderFolder(t, { model })), (error: Error) => {
      assert.ok(error instanceof CheckpointError);
      return /model\.onnx: expected a text encoder with .* and last_hidden_state, got/.test(error.message);
    });
});
