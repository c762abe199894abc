/** @file Loading: what identifies a model, storage, kernels, adapters, and the end of a model's life. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  type Answer,
  ConfigError,
  inspectFolder,
  type LoadOptions,
  loadModel,
  RequestError,
  VERSION,
} from "../src/index.ts";
import { positionIds } from "../src/model/positions.ts";
import { float32 } from "../src/tensor/tensor.ts";
import { readJson, readNumbers, sharedGolden } from "./golden_case.ts";
import {
  ask,
  assertSameAnswer,
  fixtureFolder,
  furthest,
  type Messages,
  picture,
  sampled,
} from "./model_fixture.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const messages: Messages = [ask("Describe.", picture("nodule"))];

/** Load, ask once, close. */
async function answerOf(folder: string, options: LoadOptions = {}): Promise<Answer> {
  const model = await loadModel(folder, { threads: 1, ...options });
  try {
    return await model.generate(messages, sampled);
  } finally {
    await model.close();
  }
}

const plain = await answerOf(fixtureFolder);
const shaOf = ({ provenance }: Answer) => provenance.model.sha256;

/** A copy of the fixture to spoil. */
function copyOf(t: TestContext): string {
  const folder = join(temporaryFolder(t), "copy");
  cpSync(fixtureFolder, folder, { recursive: true });
  return folder;
}
const editJson = (path: string, change: (json: Record<string, unknown>) => void) => {
  const json = JSON.parse(readFileSync(path, "utf8"));
  change(json);
  writeFileSync(path, JSON.stringify(json));
};

test("provenance says everything that decides the answer", () => {
  const { seed, temperature } = sampled;
  assert.deepEqual(plain.provenance, {
    software: { name: "echovlm", version: VERSION },
    model: {
      name: "echovlm-tiny",
      family: "echovlm",
      sha256: shaOf(plain),
      weights: "float32",
    },
    settings: {
      maxNewTokens: 10,
      temperature,
      topK: null,
      topP: 1,
      repetitionPenalty: 1,
      calculator: false,
      seed,
      stop: [],
      pixels: {},
    },
    prompt:
      "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>Describe.<|im_end|>\n<|im_start|>assistant\n",
    images: [
      createHash("sha256")
        .update(readFileSync(picture("nodule")))
        .digest("hex"),
    ],
    notice: "Research use only. Not a medical device; not for diagnosis or treatment.",
  });
  assert.match(shaOf(plain), /^[0-9a-f]{64}$/);
});

test("the version is the package's", () => {
  assert.equal(readJson(new URL("../../package.json", import.meta.url)).version, VERSION);
});

test("equal inputs have equal provenance but for the seed, and a pixel budget shows", async () => {
  const model = await loadModel(fixtureFolder, { threads: 2 });
  const { provenance } = await model.generate(messages, { ...sampled, seed: 5 });
  const budgeted = await model.generate(messages, { ...sampled, pixels: { maxPixels: 4000 } });
  await model.close();
  assert.deepEqual(
    { ...provenance, settings: { ...provenance.settings, seed: sampled.seed } },
    plain.provenance,
  );
  assert.deepEqual(budgeted.provenance.settings.pixels, { maxPixels: 4000 });
});

test("weights used where they lie and weights converted have one fingerprint and one answer", async (t) => {
  const folder = copyOf(t);
  const elsewhere = join(temporaryFolder(t), "blobs");
  mkdirSync(elsewhere);
  // Shards in two folders cannot be mapped from one, so they are converted.
  const shard = "model-00002-of-00002.safetensors";
  renameSync(join(folder, shard), join(elsewhere, shard));
  symlinkSync(join(elsewhere, shard), join(folder, shard));
  const converted = await answerOf(folder);
  assert.equal(shaOf(converted), shaOf(plain));
  assertSameAnswer(converted, plain);
});

test("plain kernels give the answer of fused ones, and the same fingerprint", async () => {
  const slow = await answerOf(fixtureFolder, { kernels: "plain" });
  assertSameAnswer(slow, plain);
  assert.equal(shaOf(slow), shaOf(plain));
});

test("layers spread over sessions give the same answer, and the same fingerprint", async () => {
  for (const sessions of [2, 100]) {
    const spread = await answerOf(fixtureFolder, { sessions });
    assertSameAnswer(spread, plain);
    assert.equal(shaOf(spread), shaOf(plain));
  }
});

test("half-precision weights: the same answer within half precision, the same stored weights", async () => {
  const half = await answerOf(fixtureFolder, { weights: "float16" });
  assert.equal(half.text, plain.text);
  const difference = furthest(half, plain);
  assert.ok(difference > 1e-6 && difference < 0.02, `log-probabilities differ by ${difference}`);
  assert.equal(half.provenance.model.weights, "float16");
  assert.equal(shaOf(half), shaOf(plain));
});

const spoilt: Readonly<Record<string, (folder: string) => void>> = {
  "one bit of a weight": (folder) => {
    const path = join(folder, "model-00001-of-00002.safetensors");
    const bytes = readFileSync(path);
    bytes[bytes.length - 4]! ^= 1;
    writeFileSync(path, bytes);
  },
  "a number of config.json": (folder) =>
    editJson(join(folder, "config.json"), (json) => {
      json.rms_norm_eps = 1e-5;
    }),
  "the chat template": (folder) =>
    editJson(join(folder, "chat_template.json"), (json) => {
      json.chat_template = String(json.chat_template).replace("You are a helpful", "You are no");
    }),
  "the pictures' normalisation": (folder) =>
    editJson(join(folder, "preprocessor_config.json"), (json) => {
      json.image_mean = [0.5, 0.5, 0.5];
    }),
};
for (const [what, spoil] of Object.entries(spoilt))
  test(`the fingerprint tells models apart: ${what}`, async (t) => {
    const folder = copyOf(t);
    spoil(folder);
    const model = await loadModel(folder, { threads: 1 });
    await model.close();
    assert.notEqual(model.identity.sha256, shaOf(plain));
  });

const adapter = fileURLToPath(new URL("echovlm-tiny/training/adapter", sharedGolden));
const skip = existsSync(adapter) ? false : "the adapter's golden files are not on this machine";

test("an adapter gives the reference's logits of base and adapter", { skip }, async () => {
  const training = new URL("echovlm-tiny/training/", sharedGolden);
  const batch = readNumbers(new URL("batch.safetensors", training));
  const expected = readNumbers(new URL("adapter/expected.safetensors", training))("logits");
  const model = await loadModel(fixtureFolder, { threads: 1, adapter });
  const { engine, identity } = model;
  const { config } = engine;
  const [rowCount, length] = batch("input_ids").shape as [number, number];
  const row = (name: string, b: number) =>
    Array.from(batch(name).data).slice(b * length, (b + 1) * length) as number[];
  const grids = batch("image_grid_thw");
  const width = batch("pixel_values").shape[1]!;
  const pictures: { grid: { t: number; h: number; w: number }; tokens: Float32Array }[] = [];
  let patches = Float32Array.from(batch("pixel_values").data);
  for (let n = 0; n < grids.shape[0]!; n++) {
    const [t, h, w] = Array.from(grids.data).slice(n * 3, n * 3 + 3) as [number, number, number];
    const size = t * h * w * width;
    const tokens = await engine.see(float32([t * h * w, width], patches.slice(0, size)), { t, h, w });
    pictures.push({ grid: { t, h, w }, tokens });
    patches = patches.subarray(size);
  }
  const rows = Array.from({ length: rowCount }, (_, b) => {
    const ids = row("input_ids", b);
    const attended = row("attention_mask", b).map((value) => value === 1);
    let left = ids.filter((id) => id === config.tokens.image).length * config.decoder.hiddenDim;
    const own: typeof pictures = [];
    while (left > 0) {
      own.push(pictures.shift()!);
      left -= own.at(-1)!.tokens.length;
    }
    const media = own.map(({ grid }) => ({ kind: "image", grid }) as const);
    const visual = Float32Array.from(own.flatMap(({ tokens }) => [...tokens]));
    return { ids, attended, visual, positions: positionIds(ids, media, config, attended) };
  });
  const cache = engine.openCache(rowCount);
  const { logits } = await engine.forward(cache, rows, { logits: "all" });
  const adapted = await model.generate(messages, sampled);
  await model.close();
  assert.deepEqual([rowCount, length, logits.shape[1]], expected.shape);
  let worst = 0;
  rows.forEach(({ attended }, b) => {
    attended.forEach((real, s) => {
      const start = (b * length + s) * config.decoder.vocabSize;
      for (let v = 0; real && v < config.decoder.vocabSize; v++)
        worst = Math.max(worst, Math.abs(logits.data[start + v]! - expected.data[start + v]!));
    });
  });
  assert.ok(worst < 2e-4, `logits differ by ${worst}`);
  assert.ok(furthest(adapted, plain) > 1e-3, "the adapter changes the answer");
  assert.equal(identity.adapter, "adapter");
  assert.notEqual(identity.sha256, shaOf(plain));
});

test("closing twice is fine, at once or one after another; afterwards every call says so", async () => {
  const model = await loadModel(fixtureFolder, { threads: 1 });
  const conversation = model.openConversation();
  const running = model.generate(messages, sampled);
  const refused = assert.rejects(running, /the program is closed/);
  await Promise.all([model.close(), model.close()]);
  await model.close();
  await refused;
  for (const call of [
    () => model.generate(messages, sampled),
    () => model.generate([ask("A")], sampled),
    () => model.generateBatch([messages], sampled),
    () => conversation.stream([ask("A")]).next(),
  ])
    await assert.rejects(call(), /the program is closed/);
  await conversation.close();
});

test("loading stops when told to, before, while weights are read, and at their end", async () => {
  await assert.rejects(
    loadModel(fixtureFolder, { signal: AbortSignal.abort(new Error("no")) }),
    /^Error: no$/,
  );
  const at = async (fraction: number) => {
    const controller = new AbortController();
    let calls = 0;
    await assert.rejects(
      loadModel(fixtureFolder, {
        threads: 1,
        signal: controller.signal,
        onProgress: ({ loadedBytes, totalBytes }) => {
          calls += 1;
          if (loadedBytes >= fraction * totalBytes) controller.abort(new Error("enough"));
        },
      }),
      /^Error: enough$/,
    );
    return calls;
  };
  const [early, late] = [await at(0.1), await at(1)];
  assert.ok(early < late);
});

test("progress rises to the whole, which is the weights' size in memory", async () => {
  const { bytes } = await weightBytes();
  const seen: number[] = [];
  const model = await loadModel(fixtureFolder, {
    threads: 1,
    onProgress: ({ loadedBytes, totalBytes }) => {
      assert.equal(totalBytes, bytes);
      seen.push(loadedBytes);
    },
  });
  await model.close();
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  );
  assert.equal(seen.at(-1), bytes);
});

const weightBytes = async () => ({ bytes: (await inspectFolder(fixtureFolder)).parameters * 4 });

test("what cannot work is refused before weights are read", async (t) => {
  for (const threads of [0, 1.5, Number.NaN, 9999])
    await assert.rejects(loadModel(fixtureFolder, { threads }), ConfigError);
  for (const sessions of [0, 1.5])
    await assert.rejects(loadModel(fixtureFolder, { sessions }), /sessions: expected a whole number/);
  const unknown = { weights: "int8", kernels: "fast", cache: "int4" } as unknown as LoadOptions;
  await assert.rejects(
    loadModel(fixtureFolder, unknown),
    /^ConfigError: load options: weights: expected .* got "int8"; kernels: expected .* got "fast"; cache: expected .* got "int4"/,
  );
  const folder = copyOf(t);
  editJson(join(folder, "generation_config.json"), (json) =>
    Object.assign(json, { do_sample: true, top_p: 5 }),
  );
  const onProgress = () => assert.fail("weights were read");
  await assert.rejects(loadModel(folder, { onProgress }), /generation_config\.json: top_p: expected/);
});

test("the checkpoint's own way of sampling is used", async (t) => {
  const folder = copyOf(t);
  editJson(join(folder, "generation_config.json"), (json) =>
    Object.assign(json, { do_sample: true, temperature: 1.5, top_k: 0 }),
  );
  const { temperature: _, ...rest } = sampled;
  const model = await loadModel(folder, { threads: 1 });
  const answer = await model.generate(messages, rest);
  await assert.rejects(model.generate(messages, { topP: 2 }), RequestError);
  await model.close();
  assertSameAnswer(answer, plain);
});
