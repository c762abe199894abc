/** @file Wrong checkpoints end with exit code 2 and one paragraph: where, what was expected, what was found. */

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { readTensor, writeSafetensors } from "../src/checkpoint/safetensors.ts";
import { InputError } from "../src/errors.ts";
import { type LoadOptions, loadModel } from "../src/generate/load_model.ts";
import { userMessage } from "../src/tasks/prompts.ts";
import type { Tensor } from "../src/tensor/tensor.ts";
import { type Changes, changedCheckpoint, picture, refusal, says, tiny } from "./cli_process.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const shard = "model-00002-of-00002.safetensors";
const read = (name: string) => readFileSync(join(tiny, name));
const json = (name: string) => JSON.parse(read(name).toString());

const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";

function corrupted(): Uint8Array {
  const bytes = Buffer.from(read(shard));
  bytes[20] = 0;
  return bytes;
}

function withNaN(): Uint8Array {
  const bytes = Buffer.from(read(shard));
  bytes.writeFloatLE(Number.NaN, bytes.length - 4);
  return bytes;
}

function withoutVision(): string {
  const tokenizer = json("tokenizer.json");
  const isVision = ({ content }: { content: string }) => /image_pad|video_pad|vision/.test(content);
  return JSON.stringify({
    ...tokenizer,
    added_tokens: tokenizer.added_tokens.filter((token: { content: string }) => !isVision(token)),
  });
}

/** The tokenizer with one token more. */
function withToken(id: number): string {
  const tokenizer = json("tokenizer.json");
  const added = { ...tokenizer.added_tokens[0], id, content: "<extra>" };
  return JSON.stringify({ ...tokenizer, added_tokens: [...tokenizer.added_tokens, added] });
}

/** What is said when the folder is loaded and asked about a picture; the command prints the same. */
async function refusalOf(folder: string, options: LoadOptions = {}): Promise<string> {
  try {
    const model = await loadModel(folder, options);
    await model.generate([userMessage("hello", [picture])], { maxNewTokens: 1 }).finally(() => model.close());
  } catch (error) {
    assert.ok(error instanceof InputError, String(error));
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  assert.fail("it was accepted");
}

describe("checkpoints", { concurrency: 2 }, () => {
  const config = json("config.json");
  const cases: readonly [what: string, changes: Changes, file: string, message: RegExp][] = [
    ["missing shard", { remove: [shard] }, shard, /there is no such file/],
    [
      "truncated shard",
      { write: { [shard]: read(shard).subarray(0, -100) } },
      shard,
      /expected \d+ bytes in the file, found \d+: it is cut off/,
    ],
    ["shard cut in its header", { write: { [shard]: read(shard).subarray(0, 500) } }, shard, /header/],
    ["empty shard", { write: { [shard]: "" } }, shard, /expected .* found/],
    ["corrupt header", { write: { [shard]: corrupted() } }, shard, /header: expected JSON, found/],
    [
      "NaN weights",
      { write: { [shard]: withNaN() } },
      shard,
      /expected numbers, found 1 infinite or NaN values among/,
    ],
    [
      "Git LFS pointer",
      { write: { [shard]: pointer } },
      shard,
      /expected the file itself, found a Git LFS pointer.*git lfs pull/,
    ],
    ["no configuration", { remove: ["config.json"] }, "config.json", /expected .* found no such file/],
    [
      "broken JSON",
      { write: { "config.json": '{"vocab_size": 512,' } },
      "config.json",
      /expected JSON, at line 1, column \d+/,
    ],
    [
      "wrong values, all named",
      { merge: { "config.json": { hidden_size: "64", num_key_value_heads: 3, num_experts_per_tok: 9 } } },
      "config.json",
      /hidden_size: expected an integer .* found "64".*num_key_value_heads.* found 3.*num_experts_per_tok: .* found 9/,
    ],
    [
      "another model",
      { merge: { "config.json": { model_type: "llama" } } },
      "config.json",
      /model_type: expected "qwen2_vl" .* found "llama"/,
    ],
    [
      "no tokenizer",
      { remove: ["tokenizer.json"] },
      "tokenizer.json",
      /expected a tokenizer, found no such file/,
    ],
    [
      "a tokenizer without the vision tokens",
      { write: { "tokenizer.json": withoutVision() } },
      "tokenizer.json",
      /expected <\|image_pad\|> to have id 510 .* no such token/,
    ],
    [
      "a tokenizer of another kind",
      { merge: { "tokenizer.json": { model: { type: "WordPiece" } } } },
      "tokenizer.json",
      /model\.type: .*BPE/,
    ],
    [
      "a tokenizer with more ids than the embedding table",
      { write: { "tokenizer.json": withToken(99_999) } },
      "tokenizer.json",
      /expected ids below the vocab_size of config\.json, 512, found 99999/,
    ],
    [
      "other patches",
      { merge: { "preprocessor_config.json": { patch_size: 16 } } },
      "preprocessor_config.json",
      /patch_size: expected 14 as in config.json, found 16/,
    ],
    [
      "other patches, and no preprocessor file",
      {
        merge: { "config.json": { vision_config: { ...config.vision_config, spatial_merge_size: 1 } } },
        remove: ["preprocessor_config.json"],
      },
      "preprocessor_config.json",
      /merge_size: expected 1 as in config.json, found 2 \(there is no such file/,
    ],
    [
      "wrong sampling defaults",
      { merge: { "generation_config.json": { do_sample: true, temperature: "hot" } } },
      "generation_config.json",
      /temperature: expected .*hot/,
    ],
    [
      "texts to look guesses up in that are no list",
      { write: { "lookup_texts.json": '{"texts": []}' } },
      "lookup_texts.json",
      /expected a list of texts, found/,
    ],
    [
      "texts to look guesses up in of which two are none",
      { write: { "lookup_texts.json": '["a", "", 3]' } },
      "lookup_texts.json",
      /text 2: expected a text that is not empty, found "".*text 3: .* found 3/s,
    ],
    [
      "a template that is none",
      { write: { "chat_template.jinja": "{% for %}" } },
      "chat_template.jinja",
      /expected a Jinja template, got one that does not parse/,
    ],
    [
      "a template that drops the picture",
      { write: { "chat_template.jinja": "{{ 'no' }}" } },
      "chat_template.jinja",
      /expected placeholders for image, in order, got none/,
    ],
  ];
  for (const [what, changes, file, message] of cases)
    test(what, async (t) => {
      const folder = changedCheckpoint(t, changes);
      says(await refusalOf(folder), join(folder, file), message);
    });

  test("by the command", async (t) => {
    const folder = changedCheckpoint(t, { remove: [shard] });
    says(await refusal(["ask", "--model", folder, "hello"]), join(folder, shard), /there is no such file/);
  });

  test("a template that raises", async (t) => {
    const folder = changedCheckpoint(t, {
      write: { "chat_template.jinja": "{{ raise_exception('roles must\nalternate') }}" },
    });
    const message = await refusal(["ask", "--model", folder, "hello"]);
    says(message, "messages", /^the template in .*chat_template\.jinja refuses them: roles must alternate$/);
  });

  test("experts under a dense configuration are not dropped", async (t) => {
    const dense = Object.fromEntries(Object.entries(config).filter(([name]) => !/moe|expert/.test(name)));
    const folder = changedCheckpoint(t, {
      write: {
        "config.json": JSON.stringify({ ...dense, architectures: ["Qwen2VLForConditionalGeneration"] }),
      },
    });
    says(
      await refusalOf(folder),
      folder,
      /57 stored tensors have no place in the model: .*EchoVLM's experts, but config.json describes a dense model/,
    );
  });

  test("a dense checkpoint under a configuration with experts is not filled up", async (t) => {
    const folder = changedCheckpoint(t, { remove: [shard, "model.safetensors.index.json"] });
    const source = await openCheckpoint(tiny);
    const names = [...source.tensors.keys()].filter((name) => !/\.(moe|coefficient)\./.test(name));
    const weights = new Map<string, Tensor>();
    for (const name of names) weights.set(name, await readTensor(source, name));
    await source.close();
    await writeSafetensors(join(folder, "model.safetensors"), weights, {});
    says(
      await refusalOf(folder),
      folder,
      /57 of 127 weights are missing: .*weights of a dense model, but config.json asks for EchoVLM's experts/,
    );
  });

  test("what is no checkpoint folder", async (t) => {
    const folder = temporaryFolder(t);
    const none = join(folder, "none");
    for (const args of [
      ["ask", "--model", none, "hello"],
      ["inspect", none],
      ["verify", none],
    ])
      says(await refusal(args), none, /^expected a folder, found nothing there$/);
    says(await refusalOf(picture), picture, /^expected a folder, found a file$/);
    says(await refusalOf(folder), join(folder, "config.json"), /^expected .*, found no such file/);
    says(await refusal(["verify", folder]), join(folder, "expected.json"), /found no such file/);
    writeFileSync(join(folder, "config.json"), read("config.json"));
    writeFileSync(join(folder, "pytorch_model.bin"), "x");
    says(
      await refusalOf(folder),
      folder,
      /expected model\.safetensors .* found pytorch_model\.bin, .*pickle/,
    );
    mkdirSync(join(folder, "adapter"));
    const adapter = join(folder, "adapter");
    says(await refusalOf(tiny, { adapter }), join(adapter, "adapter_config.json"), /no such file/);
  });

  test("golden values that are none", async (t) => {
    const folder = changedCheckpoint(t, { write: { "expected.json": '{"cases": [{"name": 1}]}' } });
    says(await refusal(["verify", folder]), join(folder, "expected.json"), /cases\.0\.name: /);
    const video = { name: "v", messages: [{ role: "user", content: [{ type: "video" }] }] };
    const film = changedCheckpoint(t, { write: { "expected.json": JSON.stringify({ cases: [video] }) } });
    says(
      await refusal(["verify", film]),
      join(film, "expected.json"),
      /cases\.0\.messages\.0\.content: expected text, or a list of text and image parts/,
    );
    const renamed = read("expected.json").toString().replace('"name": "text"', '"name": "txt"');
    const other = changedCheckpoint(t, { write: { "expected.json": renamed } });
    says(
      await refusal(["verify", other]),
      other,
      /case txt: expected txt\/logits in expected\.safetensors, found none/,
    );
  });

  test("no room for converted weights", async (t) => {
    const nowhere = join(temporaryFolder(t), "none");
    const message = await refusal(["ask", "--model", tiny, "--weights", "float16", "hello"], {
      TMPDIR: nowhere,
    });
    says(
      message,
      nowhere,
      /expected a folder for temporary files, found one that takes none: ENOENT \(set TMPDIR/,
    );
  });
});
