/** @file Quantised checkpoints from end to end: what is written, that every command takes it, what is refused. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { type Checkpoint, openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { assertDiskRoom, assertMemory } from "../src/checkpoint/room.ts";
import { writeSafetensors } from "../src/checkpoint/safetensors.ts";
import { divergence, overall } from "../src/eval/divergence.ts";
import { goldenTexts } from "../src/eval/divergence_texts.ts";
import { openGolden } from "../src/eval/golden.ts";
import { loadModel } from "../src/generate/load_model.ts";
import { packedNames } from "../src/nn/scope.ts";
import { planWeights, quantisationOf } from "../src/quantise/plan.ts";
import { writeQuantised } from "../src/quantise/write_quantised.ts";
import { float32, type Tensor } from "../src/tensor/tensor.ts";
import { changedCheckpoint, echovlm, picture, refusal, says, tiny } from "./cli_process.ts";
import { temporaryFolder } from "./temporary_folder.ts";

let folder: string;
let stdout: string;
before(async (t) => {
  folder = join(temporaryFolder(t as never), "tiny-4bit");
  const { code, stderr, ...rest } = await echovlm([
    "quantize",
    tiny,
    "--block",
    "32",
    "--json",
    "--out",
    folder,
  ]);
  assert.equal(code, 0, stderr);
  stdout = rest.stdout;
});

/** A copy of the quantised folder to damage. */
function copyOf(t: Parameters<typeof temporaryFolder>[0]): string {
  const copy = join(temporaryFolder(t), "copy");
  cpSync(folder, copy, { recursive: true });
  return copy;
}

test("the error of every weight is told, and what decides routing is not rounded", () => {
  const { weights, parts, worst, bits, block } = JSON.parse(stdout);
  assert.deepEqual([bits, block], [4, 32]);
  const names = Object.keys(weights);
  for (const part of [
    "lm_head",
    "model.embed_tokens",
    "model.layers.0.moe.experts.3.up_proj",
    "visual.blocks.1.mlp.fc2",
  ])
    assert.ok(names.includes(`${part}.weight`), part);
  assert.deepEqual(
    names.filter((name) => /norm|moe\.gate|shared_expert_gate|coefficient|bias|patch_embed/.test(name)),
    [],
  );
  for (const [name, { relative, cosine }] of Object.entries<{ relative: number; cosine: number }>(weights)) {
    assert.ok(relative > 0.01 && relative < 0.1, `${name} ${relative}`);
    assert.ok(cosine > 0.99 && cosine <= 1, `${name} ${cosine}`);
    assert.ok(relative <= worst.relative);
  }
  assert.equal(
    parts.reduce((sum: number, part: { weights: number }) => sum + part.weights, 0),
    names.length,
  );
});

test("the card says what was rounded and how far, and that quality is the float model's", () => {
  const card = readFileSync(join(folder, "README.md"), "utf8");
  const { worst } = JSON.parse(stdout);
  assert.match(card, /^# echovlm-tiny.*, 4 bits$/m);
  assert.match(card, /Research use only/);
  assert.match(card, /\| weights \| 4 bits, 32 to a scale \|/);
  assert.match(card, /measured on the float model/);
  assert.ok(card.includes(`${worst.name} ${(100 * worst.relative).toFixed(2)} %`), card);
});

test("every command takes the folder like any other", async () => {
  const inspected = JSON.parse((await echovlm(["inspect", "--json", folder])).stdout);
  const original = JSON.parse((await echovlm(["inspect", "--json", tiny])).stdout);
  assert.deepEqual(inspected.stored.comparison, original.stored.comparison);
  assert.deepEqual([inspected.parameters, inspected.parts], [original.parameters, original.parts]);
  for (const command of [["report", picture], ["ask", "What?", picture], ["chat"]]) {
    const args = [...command, "--max-new-tokens", "2", "--model", folder];
    const { code, stderr } = await echovlm(args, { input: "Hello\n" });
    assert.equal(code, 0, stderr);
  }
  const { code, stdout: compared } = await echovlm(["verify", folder, "--against", tiny, "--json"]);
  const { kl, sameTop, texts } = JSON.parse(compared);
  assert.equal(code, 0);
  assert.equal(texts.length, 5);
  assert.ok(kl > 0 && kl < 0.1 && sameTop > 0.3, compared);
  assert.equal((await echovlm(["verify", folder, "--against", tiny, "--tolerance", "1e-6"])).code, 1);
});

/** The float checkpoint that the codes stand for, beside the quantised one. */
async function dequantised(quantised: string, to: string): Promise<void> {
  cpSync(tiny, to, { recursive: true, filter: (path) => !/safetensors/.test(path) });
  const checkpoint = await openCheckpoint(quantised);
  const tensors = new Map<string, Tensor>();
  for (const name of checkpoint.tensors.keys()) {
    if (name.endsWith(packedNames.packed)) {
      const path = name.slice(0, -packedNames.packed.length);
      tensors.set(`${path}weight`, await weightOf(checkpoint, path));
    } else if (!/weight_/.test(name)) tensors.set(name, await checkpoint.read(name));
  }
  await checkpoint.close();
  await writeSafetensors(join(to, "model.safetensors"), tensors);
}

async function weightOf(checkpoint: Checkpoint, path: string): Promise<Tensor> {
  const original = await openCheckpoint(tiny);
  const { shape } = original.tensors.get(`${path}weight`)!;
  await original.close();
  const [out, width] = shape as [number, number];
  const parts = ["packed", "scale", "zero"] as const;
  const [packed, scale, zero] = await Promise.all(
    parts.map((part) => checkpoint.read(path + packedNames[part])),
  );
  const nibble = (bytes: Tensor, row: number, at: number): number => {
    const stride = bytes.data.length / out;
    return (Number(bytes.data[row * stride + Math.floor(at / 2)]) >> (4 * (at % 2))) & 15;
  };
  const blocks = scale!.shape[1]!;
  return float32(
    shape,
    Array.from({ length: out * width }, (_, at) => {
      const [row, column] = [Math.floor(at / width), at % width];
      const block = Math.floor(column / 32);
      return (
        (nibble(packed!, row, column) - nibble(zero!, row, block)) * Number(scale!.data[row * blocks + block])
      );
    }),
  );
}

test("its logits are those of the numbers that the codes stand for", async (t) => {
  const float = temporaryFolder(t);
  await dequantised(folder, float);
  const golden = await openGolden(tiny);
  const reference = await loadModel(float);
  for (const [kernels, allowed] of [
    ["plain", 1e-9],
    ["fused", 1e-3],
  ] as const) {
    const model = await loadModel(folder, { kernels });
    const parts = [];
    for await (const part of divergence(model, reference, goldenTexts(tiny, golden))) parts.push(part);
    await model.close();
    const { kl } = overall(parts);
    assert.ok(kl <= allowed, `${kernels}: ${kl}`);
  }
  await reference.close();
  await golden.close();
});

test("what is kept stays float, files of any number hold the same, and equal inputs give equal bytes", async (t) => {
  const out = temporaryFolder(t);
  const base = await openCheckpoint(tiny);
  t.after(() => base.close());
  const quantisation = quantisationOf(base.config, { bits: 8, block: 128 }, ["vision", "lm_head"]);
  const write = (name: string, shardBytes: number) =>
    writeQuantised(join(out, name), base, { quantisation, choice: "fitted", files: () => ({}), shardBytes });
  await write("one", 1e9);
  await write("many", 40_000);
  await write("again", 1e9);
  const bytes = (name: string) => readFileSync(join(out, name, "model.safetensors"));
  assert.ok(bytes("one").equals(bytes("again")));
  assert.ok(readdirSync(join(out, "many")).filter((name) => name.endsWith(".safetensors")).length > 3);
  const [one, many] = [await openCheckpoint(join(out, "one")), await openCheckpoint(join(out, "many"))];
  assert.deepEqual([...many.checksums!], [...one.checksums!]);
  for (const [name, { dtype, offset }] of one.tensors) {
    assert.equal(dtype, name.endsWith("packed") || name.endsWith("point") ? "uint8" : "float32");
    assert.ok(dtype === "uint8" || offset % 4 === 0, `${name} is aligned`);
    const { data } = await many.read(name);
    const digest = createHash("sha256")
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest("hex");
    assert.equal(digest, one.checksums!.get(name));
  }
  assert.deepEqual(
    [...one.tensors.keys()].filter((name) => /^(visual|lm_head).*weight_/.test(name)),
    [],
  );
  await one.close();
  await many.close();
});

test("a part may be named by its weight", async (t) => {
  const base = await openCheckpoint(tiny);
  t.after(() => base.close());
  const names = ["lm_head", "model.embed_tokens"];
  const format = { bits: 4, block: 32 } as const;
  const { kept } = quantisationOf(
    base.config,
    format,
    names.map((name) => `${name}.weight`),
  );
  assert.deepEqual(kept, quantisationOf(base.config, format, names).kept);
  const planned = planWeights(base.config, { ...format, kept });
  for (const name of names)
    assert.ok("float" in planned.find((weight) => weight.name === `${name}.weight`)!.stored, name);
});

test("a stopped run leaves nothing behind", async (t) => {
  const out = temporaryFolder(t);
  const base = await openCheckpoint(tiny);
  t.after(() => base.close());
  const controller = new AbortController();
  const quantisation = quantisationOf(base.config, { bits: 4, block: 64 }, []);
  const written = writeQuantised(join(out, "model"), base, {
    quantisation,
    choice: "fitted",
    files: () => ({}),
    shardBytes: 1e9,
    signal: controller.signal,
    onProgress: ({ done, total }) => done > total / 2 && controller.abort(new Error("enough")),
  });
  await assert.rejects(written, /enough/);
  assert.deepEqual(readdirSync(out), []);
});

test("one flipped bit in the codes is noticed before an answer is given", async (t) => {
  const copy = copyOf(t);
  const path = join(copy, "model.safetensors");
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(path, bytes);
  says(
    await refusal(["report", "--model", copy, picture]),
    path,
    /expected bytes with SHA-256 .* found .* damaged/,
  );
});

test("a folder without its checksums, of a newer version or of another program is refused", async (t) => {
  const bare = copyOf(t);
  rmSync(join(bare, "checksums.json"));
  says(
    await refusal(["report", "--model", bare, picture]),
    join(bare, "checksums.json"),
    /found no such file/,
  );
  const partly = copyOf(t);
  const known = Object.entries(JSON.parse(readFileSync(join(folder, "checksums.json"), "utf8")));
  writeFileSync(join(partly, "checksums.json"), JSON.stringify(Object.fromEntries(known.slice(1))));
  says(
    await refusal(["report", "--model", partly, picture]),
    join(partly, "model.safetensors"),
    new RegExp(`${known[0]![0]}: expected its SHA-256 in checksums.json, found none`),
  );
  const field = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")).quantization_config;
  const changed = (fields: object) =>
    changedCheckpoint(t, { merge: { "config.json": { quantization_config: { ...field, ...fields } } } });
  const newer = changed({ format_version: 2 });
  says(
    await refusal(["inspect", newer]),
    join(newer, "config.json"),
    /format_version: .*found 2 \(a newer echovlm/,
  );
  const other = changed({ quant_method: "awq" });
  says(await refusal(["inspect", other]), join(other, "config.json"), /quant_method: .*found "awq"/);
  const odd = changed({ bits: 3, block_size: 48 });
  says(
    await refusal(["inspect", odd]),
    join(odd, "config.json"),
    /bits: .*4, 8.*block_size: .*32, 64, 128, 256/,
  );
});

test("what cannot be done with codes is refused, and so is what the model does not have", async (t) => {
  const out = join(temporaryFolder(t), "out");
  says(
    await refusal(["quantize", folder, "--out", out]),
    folder,
    /expected float weights to quantize, found 4-bit/,
  );
  says(
    await refusal(["merge", "--base", folder, "--adapter", folder, "--out", out]),
    folder,
    /expected float weights to merge into/,
  );
  says(await refusal(["report", "--model", folder, "--adapter", tiny, picture]), tiny, /found 4-bit ones/);
  says(await refusal(["quantize", tiny, "--keep", "visoin", "--out", out]), "--keep", /got visoin/);
  for (const part of ["norm", "moe.gate", "patch_embed", "up_proj.bias"])
    says(
      await refusal(["quantize", tiny, "--keep", `lm_head,${part}`, "--out", out]),
      "--keep",
      new RegExp(`^expected a part of the model that is quantised, got ${part} `),
    );
  says(
    await refusal(["quantize", tiny, "--keep", "visual,model,lm_head", "--out", out]),
    "--keep",
    /^expected a weight left to quantise, got none$/,
  );
  says(await refusal(["quantize", tiny, "--out", folder]), folder, /--force replaces it/);
  assert.ok(!existsSync(out));
});

/** A file of conversations with these questions. */
function recordsOf(t: Parameters<typeof temporaryFolder>[0], questions: readonly string[]): string {
  const path = join(temporaryFolder(t), "records.jsonl");
  const lines = questions.map((content) =>
    JSON.stringify({
      messages: [
        { role: "user", content },
        { role: "assistant", content: "Yes." },
      ],
    }),
  );
  writeFileSync(path, lines.join("\n"));
  return path;
}

test("a record that cannot be read is named by its place, with what is wrong", async (t) => {
  const out = join(temporaryFolder(t), "out");
  const long = recordsOf(t, ["Short?", "x ".repeat(3000)]);
  const special = recordsOf(t, ["Short?", "<|im_end|>"]);
  const bad = recordsOf(t, ["Short?"]);
  writeFileSync(bad, "\n{}", { flag: "a" });
  for (const command of [
    ["quantize", tiny, "--out", out, "--calibrate"],
    ["verify", folder, "--against", tiny, "--records"],
  ]) {
    const told = await refusal([...command, long]);
    says(told, `${long}:2`, /^prompt: expected at most 512 tokens of context, got \d+ /);
    assert.ok(Number(/got (\d+)/.exec(told)?.[1]) > 3000, told);
    says(
      await refusal([...command, special]),
      `${special}:2`,
      /message 0: expected plain text, got the special token <\|im_end\|>/,
    );
    says(await refusal([...command, bad]), `${bad}:2`, /data convert --on-error skip/);
  }
  assert.ok(!existsSync(out));
});

test("options that say nothing, or contradict each other, are refused", async (t) => {
  const quantize = ["quantize", tiny, "--out", join(temporaryFolder(t), "out")];
  for (const [command, problem] of [
    [[...quantize, "--most", "5"], "quantize: expected --calibrate with --most, got none"],
    [
      [...quantize, "--calibrate", tiny, "--most", "0"],
      "quantize: expected --most to be a whole number of 1 or more, got 0",
    ],
    [
      [...quantize, "--threads", "0"],
      "quantize: expected --threads to be a whole number of 1 or more, got 0",
    ],
    [["verify", folder, "--records", tiny], "verify: expected --against with --records, got none"],
    [["verify", folder, "--most", "1"], "verify: expected --against with --most, got none"],
    [
      ["verify", folder, "--against", tiny, "--most", "1.5"],
      "verify: expected --most to be a whole number of 1 or more, got 1.5",
    ],
    [["verify", tiny, "--against", tiny, "--training"], "verify: expected --against or --training, got both"],
  ] as const)
    assert.equal(await refusal(command), problem);
});

test("models that are not one and the same are not compared", async (t) => {
  const tokenizer = JSON.parse(readFileSync(join(tiny, "tokenizer.json"), "utf8"));
  const other = changedCheckpoint(t, {
    write: { "tokenizer.json": JSON.stringify(tokenizer).replaceAll("<|im_end|>", "<|im_stop|>") },
    merge: {
      "config.json": { rope_theta: 5000 },
      "preprocessor_config.json": { min_pixels: 784 },
    },
  });
  const told = await refusal(["verify", folder, "--against", other]);
  says(told, folder, /config\.decoder\.ropeTheta: expected 5000 as in .*, found \d+;/);
  assert.match(told, /image settings\.minPixels: expected 784 as in .*, found \d+;/);
  assert.match(told, /tokenizer: expected id 500 to be "<\|im_stop\|>" as in .*, found "<\|im_end\|>"/);
  const [model, reference] = [await loadModel(tiny), await loadModel(other)];
  t.after(() => Promise.all([model.close(), reference.close()]));
  await assert.rejects(divergence(model, reference, []).next(), /expected 5000 as in /);
});

test("too little disk or memory is said with both numbers, before anything is done", async (t) => {
  const path = join(temporaryFolder(t), "deep", "model");
  await assertDiskRoom(path, 1);
  await assert.rejects(assertDiskRoom(path, 1e18), /expected room for 1000000000\.00 GB on this disk, found/);
  assertMemory("model", 5e9, "hint", 6e9);
  assert.throws(() => assertMemory("model", 5.5e9, "buy some", 1e9), {
    name: "CheckpointError",
    message: "model: expected 5.50 GB of free memory to load it, found 1.00 GB (buy some)",
  });
});
