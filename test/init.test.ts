/** @file `echovlm init` as its users meet it, and what the models it makes compute. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { loadWeight, type StoredDType, toStorage } from "../src/checkpoint/load_weight.ts";
import { parseCard } from "../src/checkpoint/model_card.ts";
import { writeSafetensors } from "../src/checkpoint/safetensors.ts";
import { loadModel } from "../src/generate/load_model.ts";
import type { ModelConfig } from "../src/model/config.ts";
import { parameterShapes } from "../src/model/parameters.ts";
import { parseConfig } from "../src/model/parse_config.ts";
import { createTokenizer } from "../src/processor/tokenizer.ts";
import { specialTokens } from "../src/processor/train_tokenizer.ts";
import { float32, type Tensor } from "../src/tensor/tensor.ts";
import { sparseConfig, writeSparseCheckpoint } from "../src/train/sparse_checkpoint.ts";
import type { SparseOptions, SparseStart } from "../src/train/sparse_start.ts";
import { echovlm, picture, refusal, says } from "./cli_process.ts";
import { assertClose, distance } from "./close.ts";
import type { Weights } from "./execute.ts";
import { ask } from "./model_fixture.ts";
import { openEngine, randomRow, weightsOf } from "./random_model.ts";
import { temporaryFolder } from "./temporary_folder.ts";
import { tinyDense, tinyEchoVlm } from "./tiny_config.ts";

const small = { ...tinyEchoVlm, vocab_size: 500, max_position_embeddings: 512, sliding_window: 512 };
const write = (path: string, value: unknown) => {
  writeFileSync(path, JSON.stringify(value));
  return path;
};
const filesOf = (folder: string) =>
  new Map(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name)).toString("hex")]),
  );
const jsonOf = (folder: string, name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));

/** A configuration and some records in a folder. */
function materials(t: TestContext, config: object = small) {
  const folder = temporaryFolder(t);
  const records = join(folder, "train.jsonl");
  const record = (question: string, answer: string) =>
    JSON.stringify({
      messages: [
        { role: "user", content: `<image>${question}` },
        { role: "assistant", content: answer },
      ],
      images: ["nowhere.png"],
    });
  writeFileSync(records, Array(40).fill(record("What?", "A xyzzy.")).join("\n"));
  return { folder, records, config: write(join(folder, "config.json"), config) };
}

async function init(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await echovlm(["init", ...args]);
  assert.equal(code, 0, stderr);
  return stdout;
}

describe("echovlm init --config", { concurrency: 2 }, () => {
  test("a checkpoint that loads and answers; same inputs, same bytes", async (t) => {
    const { folder, records, config } = materials(t);
    const fresh = (out: string, ...more: string[]) =>
      init(
        "--config",
        config,
        "--tokenizer-text",
        records,
        "--pixels",
        "64",
        "--out",
        join(folder, out),
        ...more,
      );
    const summary = JSON.parse(await fresh("a", "--json"));
    const [a] = [join(folder, "a"), await fresh("b"), await fresh("c", "--seed", "2")];
    assert.deepEqual(filesOf(join(folder, "b")), filesOf(a));
    const other = [...filesOf(join(folder, "c"))].filter(
      ([name, content]) => filesOf(a).get(name) !== content,
    );
    assert.deepEqual(
      other.map(([name]) => name),
      ["README.md", "model.safetensors"],
    );

    await fresh("d", "--pixel-mean", "0.25", "--pixel-std", "0.125");
    const pixelsOf = (out: string) => {
      const { image_mean, image_std } = jsonOf(join(folder, out), "preprocessor_config.json");
      return [image_mean[0], image_std];
    };
    assert.deepEqual(pixelsOf("d"), [0.25, [0.125, 0.125, 0.125]]);
    assert.deepEqual(pixelsOf("a"), [0.48145466, [0.26862954, 0.26130258, 0.27577711]]);

    const { vocab } = jsonOf(a, "tokenizer.json").model;
    assert.ok("xyzzy" in vocab || "Ġxyzzy" in vocab, "learned from the records");
    assert.ok("ultrasound" in vocab || "Ġultrasound" in vocab, "learned from the project's prompts");
    const first = Object.keys(vocab).length;
    const id = (token: (typeof specialTokens)[number]) => first + specialTokens.indexOf(token);
    assert.equal(first + specialTokens.length, 500);
    const written = jsonOf(a, "config.json");
    assert.equal(written.image_token_id, id("<|image_pad|>"));
    assert.equal(written.eos_token_id, id("<|im_end|>"));
    assert.deepEqual(jsonOf(a, "generation_config.json").eos_token_id, [
      id("<|im_end|>"),
      id("<|endoftext|>"),
    ]);
    const shapes = parameterShapes(parseConfig(written, "config.json"));
    const count = [...shapes.values()].reduce(
      (sum, shape) => sum + shape.reduce((n, size) => n * size, 1),
      0,
    );
    assert.deepEqual([summary.parameters, summary.seed, summary.family], [count, 1, "echovlm"]);
    assert.equal(parseCard(readFileSync(join(a, "README.md"), "utf8")).metadata.license, "apache-2.0");

    const model = await loadModel(a, { threads: 1 });
    t.after(() => model.close());
    const { usage } = await model.generate([ask("What?", picture)], { maxNewTokens: 3 });
    assert.ok(usage.newTokens > 0);
  });

  test("another checkpoint's tokenizer is taken as it is, into a vocabulary with room for it", async (t) => {
    const { folder, records, config } = materials(t);
    const [trained, taken] = [join(folder, "trained"), join(folder, "taken")];
    await init("--config", config, "--tokenizer-text", records, "--out", trained);
    const large = write(join(folder, "large.json"), { ...small, vocab_size: 800 });
    await init("--config", large, "--tokenizer-from", trained, "--out", taken);
    for (const name of ["tokenizer.json", "tokenizer_config.json", "chat_template.json"])
      assert.equal(filesOf(taken).get(name), filesOf(trained).get(name));
    const { tokens } = parseConfig(jsonOf(taken, "config.json"), "config.json");
    createTokenizer(jsonOf(taken, "tokenizer.json"), jsonOf(taken, "tokenizer_config.json"), tokens);

    const tight = write(join(folder, "tight.json"), { ...small, vocab_size: 499 });
    const message = await refusal([
      "init",
      "--config",
      tight,
      "--tokenizer-from",
      trained,
      "--out",
      join(folder, "x"),
    ]);
    says(message, tight, /^vocab_size: expected at least 500, the size of the tokenizer, found 499/);
    assert.ok(!readdirSync(folder).some((name) => name === "x" || name.startsWith(".")));
  });

  test("everything that is wrong is said at once, and nothing is written", async (t) => {
    const wrong = {
      ...small,
      hidden_size: 9,
      vocab_size: 200,
      num_experts_per_tok: 5,
      vision_config: { ...small.vision_config, spatial_patch_size: 4 },
    };
    const { folder, config } = materials(t, wrong);
    const message = await refusal([
      ...["init", "--config", config, "--seed", "-1", "--pixel-std", "0", "--out", folder],
    ]);
    for (const part of [
      /hidden_size: expected a multiple of num_attention_heads 2, found 9/,
      /num_experts_per_tok: expected at most num_experts 3, found 5/,
      /spatial_patch_size: expected the same as patch_size, the field that is read, found 4 and 2/,
      /--seed: expected a whole number from 0 to 4294967295, got -1/,
      /--pixel-std: expected a number above 0, at most 1, got 0/,
      /expected --tokenizer-text or --tokenizer-from, got neither/,
      /expected no such folder yet, found one/,
    ])
      assert.match(message, part);
    const crowded = write(join(folder, "crowded.json"), { ...small, vocab_size: 269 });
    const out = join(folder, "out");
    says(
      await refusal([
        "init",
        "--config",
        crowded,
        "--tokenizer-text",
        join(folder, "train.jsonl"),
        "--pixels",
        "15",
        "--out",
        out,
      ]),
      crowded,
      /vocab_size: expected at least 270.*--pixels: expected a whole number of at least 16/,
    );
    assert.deepEqual(readdirSync(folder).sort(), ["config.json", "crowded.json", "train.jsonl"]);
    says(await refusal(["init", "--out", out]), "init", /expected --config or --base, got neither/);
  });

  test("an option that says nothing here is refused, and so is a tokenizer of no record", async (t) => {
    const { folder, config } = materials(t);
    const out = join(folder, "out");
    const misplaced = await refusal([
      ...["init", "--config", config, "--tokenizer-from", folder, "--out", out],
      ...["--on-error", "fail", "--start", "copy", "--experts", "4"],
    ]);
    for (const part of [
      /expected --tokenizer-text with --on-error, got none/,
      /expected --base with --experts, got none/,
      /expected --base with --start, got none/,
    ])
      assert.match(misplaced, part);
    const bad = join(folder, "bad.jsonl");
    writeFileSync(bad, "[]\n");
    const empty = await echovlm([
      ...["init", "--config", config, "--tokenizer-text", bad, "--on-error", "skip", "--out", out],
    ]);
    assert.equal(empty.code, 2, empty.stderr);
    assert.match(
      empty.stderr,
      /^error: --tokenizer-text: expected records to learn from, found none among 1$/m,
    );
    assert.deepEqual(readdirSync(folder).sort(), ["bad.jsonl", "config.json", "train.jsonl"]);
  });

  test("--force replaces a checkpoint, and nothing else", async (t) => {
    const { folder, records, config } = materials(t);
    const out = join(folder, "out");
    const args = ["--config", config, "--tokenizer-text", records, "--out", out];
    await init(...args);
    const before = filesOf(out);
    says(
      await refusal(["init", ...args]),
      out,
      /expected no such folder yet, found one \(--force replaces it\)/,
    );
    await init(...args, "--seed", "5", "--force");
    assert.notEqual(filesOf(out).get("model.safetensors"), before.get("model.safetensors"));
    const other = temporaryFolder(t);
    write(join(other, "letters.json"), {});
    says(
      await refusal(["init", ...args.slice(0, -1), other, "--force"]),
      other,
      /expected a checkpoint to replace, found a folder without config.json/,
    );
  });
});

/** Token ids of `randomRow`: words come before all that have a meaning. */
const dense = {
  ...tinyDense,
  image_token_id: 15,
  video_token_id: 14,
  vision_start_token_id: 13,
  vision_end_token_id: 12,
};
const denseConfig = parseConfig(dense, "dense");

/** A dense checkpoint in a folder. */
async function denseFolder(t: TestContext, storage: StoredDType = "float32"): Promise<string> {
  const folder = temporaryFolder(t);
  write(join(folder, "config.json"), { ...dense, sliding_window: 2, use_sliding_window: false });
  write(join(folder, "generation_config.json"), { eos_token_id: 3 });
  writeFileSync(join(folder, "README.md"), "---\nlicense: mit\n---\n# Dense\n");
  const weights = [...weightsOf(denseConfig)].map(
    ([name, weight]) => [name, toStorage(weight, storage, name)] as const,
  );
  await writeSafetensors(join(folder, "model.safetensors"), new Map(weights));
  return folder;
}

/** The configuration and weights of a folder. */
async function opened(folder: string): Promise<{ config: ModelConfig; weights: Weights }> {
  const checkpoint = await openCheckpoint(folder);
  const weights = new Map<string, Tensor<"float32">>();
  for (const name of checkpoint.tensors.keys())
    weights.set(name, await loadWeight(checkpoint, name, "float32"));
  await checkpoint.close();
  return { config: checkpoint.config, weights };
}

/** Logits of the last token of a prompt with a picture. */
async function logitsOf(config: ModelConfig, weights: Weights): Promise<Float32Array> {
  const engine = await openEngine(config, weights);
  const prompt = await randomRow(engine, "init", [3, { kind: "image", cells: [2, 2] }, 4]);
  const cache = engine.openCache(1);
  const { data } = await engine.prefill(cache, [prompt]);
  const copy = data.slice();
  await engine.closeCache(cache);
  await engine.dispose();
  return copy;
}

describe("echovlm init --base", { concurrency: 2 }, () => {
  const dims = { experts: 3, topK: 2, expertDim: 6, sharedDim: 5 };
  const sizes = ["--experts", "3", "--top-k", "2", "--expert-dim", "6", "--shared-dim", "5"];

  /** Logits of the dense model with experts. */
  async function startedLogits(t: TestContext, base: string, options: Omit<SparseOptions, "seed">, seed = 1) {
    const out = join(temporaryFolder(t), "out");
    const json = await sparseConfig(base, dims, { ...options, seed });
    const checkpoint = await openCheckpoint(base);
    const { signal } = new AbortController();
    await writeSparseCheckpoint(out, checkpoint, json, { ...options, seed, signal });
    await checkpoint.close();
    const { config, weights } = await opened(out);
    return logitsOf(config, weights);
  }

  test("zero: the logits are those of the base with its MLPs times the dense share", async (t) => {
    const base = await denseFolder(t);
    for (const denseShare of [0.5, 0.9]) {
      const scaled = new Map(
        [...weightsOf(denseConfig)].map(([name, weight]) => [
          name,
          /^model.*mlp\.down_proj/.test(name)
            ? float32(
                weight.shape,
                weight.data.map((v) => v * denseShare),
              )
            : weight,
        ]),
      );
      const logits = await startedLogits(t, base, { start: "zero", denseShare });
      assertClose(logits, await logitsOf(denseConfig, scaled), `share ${denseShare}`);
    }
  });

  test("the closer the share is to 1, the closer the model is to its base; a copy is closer than random", async (t) => {
    const base = await denseFolder(t);
    const expected = await logitsOf(denseConfig, weightsOf(denseConfig));
    const far = async (start: SparseStart, denseShare: number, seed = 1) =>
      distance(await startedLogits(t, base, { start, denseShare }, seed), expected);
    const nearly = await far("zero", 0.9999);
    assert.ok(nearly > 0 && nearly < 1e-3, `${nearly}`);
    assert.ok((await far("zero", 0.5)) > 100 * nearly);
    const sums = { copy: 0, random: 0 };
    for (const start of ["copy", "random"] as const)
      for (const seed of [1, 2, 3]) sums[start] += await far(start, 0.5, seed);
    assert.ok(sums.copy < sums.random, JSON.stringify(sums));
    t.diagnostic(
      `distance of the logits at share 0.5, sum of 3: ${JSON.stringify(sums)}; zero at 0.9999: ${nearly}`,
    );
  });

  test("the base's weights and files stay, new weights have its dtype, and the card says where all comes from", async (t) => {
    const base = await denseFolder(t, "bfloat16");
    const out = join(temporaryFolder(t), "out");
    await init("--base", base, ...sizes, "--out", out);
    const [before, after] = [await openCheckpoint(base), await openCheckpoint(out)];
    for (const name of before.tensors.keys())
      assert.deepEqual(await after.read(name), await before.read(name), name);
    assert.deepEqual([...after.tensors.keys()].sort(), [...parameterShapes(after.config).keys()].sort());
    assert.deepEqual(new Set([...after.tensors.values()].map(({ dtype }) => dtype)), new Set(["bfloat16"]));
    const { config } = after;
    for (const checkpoint of [before, after]) await checkpoint.close();
    assert.deepEqual(config.moe, { experts: 3, topK: 2, expertDim: 6, sharedDim: 5, normTopK: false });
    assert.equal(config.decoder.slidingWindow, null);
    assert.equal(filesOf(out).get("generation_config.json"), filesOf(base).get("generation_config.json"));
    const { metadata, title } = parseCard(readFileSync(join(out, "README.md"), "utf8"));
    assert.equal(metadata.license, "mit");
    assert.equal(title, `${metadata.base_model} with experts`);
  });

  test("what cannot work is refused, all at once", async (t) => {
    const base = await denseFolder(t);
    const out = join(temporaryFolder(t), "out");
    const message = await refusal([
      ...["init", "--base", base, "--top-k", "5", "--expert-dim", "13", "--dense-share", "1", "--out", out],
    ]);
    for (const part of [
      /num_experts_per_tok: expected at most num_experts 4, found 5/,
      /--dense-share: expected a number between 0 and 1, got 1/,
      /--expert-dim: expected at most 12, the neurons that there are to copy, got 13/,
      /expected --shared-dim with --base, got none/,
    ])
      assert.match(message, part);
    const misplaced = await refusal([
      ...["init", "--base", base, ...sizes, "--tokenizer-text", base, "--pixels", "64", "--out", out],
    ]);
    for (const option of ["tokenizer-text", "pixels"])
      assert.match(misplaced, new RegExp(`expected --config with --${option}, got none`));
    const moe = temporaryFolder(t);
    write(join(moe, "config.json"), tinyEchoVlm);
    says(
      await refusal(["init", "--base", moe, ...sizes, "--out", out]),
      join(moe, "config.json"),
      /expected a dense/,
    );
    says(
      await refusal(["init", "--base", base, ...sizes, "--out", base, "--force"]),
      "--out",
      /expected another folder than that of/,
    );
  });
});
