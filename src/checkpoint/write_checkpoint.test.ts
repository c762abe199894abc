import assert from "node:assert/strict";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { basename, dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ownGolden } from "../../test/golden_case.ts";
import { noise } from "../../test/prng.ts";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { CheckpointError } from "../errors.ts";
import { parameterShapes } from "../model/parameters.ts";
import { float16ToFloat32, float32ToFloat16 } from "../tensor/half.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import { checkWeights } from "./compare_weights.ts";
import { type Checkpoint, openCheckpoint } from "./hf_folder.ts";
import { shardsOf } from "./shards.ts";
import { type CheckpointOptions, writeCheckpoint } from "./write_checkpoint.ts";

const golden = fileURLToPath(new URL("echovlm-tiny", ownGolden));
const unchanged: Adapter = { updates: new Map(), replacements: new Map() };
const options: CheckpointOptions = {
  changes: unchanged,
  storage: "float32",
  files: {},
  shardBytes: 5e9,
};
const replacing = (values: Record<string, Tensor<"float32">>): Adapter => ({
  updates: new Map(),
  replacements: new Map(Object.entries(values)),
});

async function opened(t: TestContext, folder: string): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(folder);
  t.after(() => checkpoint.close());
  return checkpoint;
}

async function valuesOf(checkpoint: Checkpoint): Promise<Map<string, Tensor>> {
  const values = new Map<string, Tensor>();
  for (const name of [...checkpoint.tensors.keys()].sort()) values.set(name, await checkpoint.read(name));
  return values;
}

const contents = (folder: string) =>
  new Map(fs.readdirSync(folder).map((name) => [name, fs.readFileSync(join(folder, name)).toString("hex")]));

test("a checkpoint without changes is written with the same values, in one file or in several", async (t) => {
  const base = await opened(t, golden);
  for (const shardBytes of [5e9, 300_000, 1]) {
    const folder = join(temporaryFolder(t), "out");
    await writeCheckpoint(folder, base, { ...options, shardBytes });
    const written = await opened(t, folder);
    assert.deepEqual(await valuesOf(written), await valuesOf(base));
    assert.deepEqual(
      { ...written, path: 0, tensors: 0, readBytes: 0, pathOf: 0, read: 0, close: 0 },
      { ...base, path: 0, tensors: 0, readBytes: 0, pathOf: 0, read: 0, close: 0 },
    );
    const shards = fs.readdirSync(folder).filter((name) => name.endsWith(".safetensors"));
    if (shardBytes === 5e9) assert.deepEqual(shards, ["model.safetensors"]);
    if (shardBytes === 300_000) assert.equal(shards.length, 5);
    if (shardBytes === 1) assert.equal(shards.length, base.tensors.size);
  }
});

test("files hold at most what they may, and every weight is in one", () => {
  const sizes = new Map([3, 4, 2, 9, 1, 1].map((bytes, i) => [`w${i}`, bytes]));
  assert.deepEqual(
    shardsOf(sizes, 7).map(({ names }) => names.join(" ")),
    ["w0 w1", "w2", "w3", "w4 w5"],
  );
  assert.equal(shardsOf(sizes, 7)[1]!.file, "model-00002-of-00004.safetensors");
});

test("changed weights take their values, and every weight and the configuration the dtype", async (t) => {
  const base = await opened(t, golden);
  const name = "model.layers.1.coefficient.weight";
  const query = "model.layers.0.self_attn.q_proj.weight";
  const value = noise("new", base.tensors.get(name)!.shape);
  const [a, b] = [noise("a", [2, 64]), noise("b", [64, 2])];
  const changes = { ...replacing({ [name]: value }), updates: new Map([[query, { a, b, scale: 2 }]]) };
  const folder = join(temporaryFolder(t), "out");
  await writeCheckpoint(folder, base, {
    ...options,
    changes,
    storage: "float16",
    files: { "README.md": "# a card\n" },
  });
  const written = await opened(t, folder);
  assert.ok([...written.tensors.values()].every(({ dtype }) => dtype === "float16"));
  const config = JSON.parse(fs.readFileSync(join(folder, "config.json"), "utf8"));
  assert.equal(config.torch_dtype, "float16");
  assert.equal(fs.readFileSync(join(folder, "README.md"), "utf8"), "# a card\n");

  const before = await valuesOf(base);
  const merged = Float32Array.from((before.get(query) as Tensor<"float32">).data, (weight, i) => {
    const [row, column] = [Math.floor(i / 64), i % 64];
    return weight + 2 * (b.data[2 * row]! * a.data[column]! + b.data[2 * row + 1]! * a.data[64 + column]!);
  });
  for (const [changed, wanted, tolerance] of [
    [name, value.data, 0],
    [query, merged, 2 ** -9],
    ["model.norm.weight", (before.get("model.norm.weight") as Tensor<"float32">).data, 0],
  ] as const) {
    const half = new Uint16Array(wanted.length);
    float32ToFloat16(wanted, half);
    const [got, rounded] = [new Float32Array(half.length), new Float32Array(half.length)];
    float16ToFloat32((await written.read(changed)).data as Uint16Array, got);
    float16ToFloat32(half, rounded);
    assert.ok(
      got.every((v, i) => Math.abs(v - rounded[i]!) <= tolerance * Math.max(1, Math.abs(rounded[i]!))),
      changed,
    );
  }

  // Weights that have the dtype already stay bit for bit when the folder itself is written anew.
  const again = new Map([[name, value]]);
  await writeCheckpoint(folder, written, {
    ...options,
    changes: { ...unchanged, replacements: again },
    storage: "float16",
  });
  const rewritten = await opened(t, folder);
  assert.deepEqual(await valuesOf(rewritten), await valuesOf(written));
  assert.ok(!fs.existsSync(join(folder, "README.md")), "a card is about the model it was written for");
});

test("a tied head that the base stores as well is left out, lest it differ from the table that was trained", async (t) => {
  const folder = join(temporaryFolder(t), "tied");
  const untied = await opened(t, golden);
  const table = (await untied.read("model.embed_tokens.weight")) as Tensor<"float32">;
  await writeCheckpoint(folder, untied, { ...options, changes: replacing({ "lm_head.weight": table }) });
  const config = join(folder, "config.json");
  const fields = JSON.parse(fs.readFileSync(config, "utf8"));
  fs.writeFileSync(config, JSON.stringify({ ...fields, tie_word_embeddings: true }));
  const base = await opened(t, folder);
  assert.ok(base.tensors.has("lm_head.weight"));
  const changes = replacing({ "model.embed_tokens.weight": noise("table", table.shape) });
  const out = join(temporaryFolder(t), "out");
  await writeCheckpoint(out, base, { ...options, changes });
  const written = await opened(t, out);
  await checkWeights(parameterShapes(written.config), written);
  assert.ok(!written.tensors.has("lm_head.weight"));
});

test("a value that float16 cannot hold is refused with its weight's name; the folder before stays", async (t) => {
  const base = await opened(t, golden);
  const folder = join(temporaryFolder(t), "out");
  await writeCheckpoint(folder, base, options);
  const before = contents(folder);
  const name = "model.norm.weight";
  for (const [large, storage, what] of [
    [70_000, "float16", /1 of 64 values are beyond float16/],
    [Number.NaN, "bfloat16", /1 infinite or NaN/],
    [3.4e38, "bfloat16", /1 of 64 values are beyond bfloat16/],
  ] as const) {
    const values = new Float32Array(64);
    values[5] = large;
    const changes = replacing({ [name]: float32([64], values) });
    await assert.rejects(
      writeCheckpoint(folder, base, { ...options, changes, storage }),
      (error: unknown) => {
        assert.ok(error instanceof CheckpointError && error.message.startsWith(`${name}: `), String(error));
        return what.test(error.message);
      },
    );
    assert.deepEqual(contents(folder), before);
  }
  await assert.rejects(
    writeCheckpoint(folder, base, {
      ...options,
      changes: replacing({ "model.norm.wight": float32([1], [1]) }),
    }),
    /model\.norm\.wight/,
  );
  assert.deepEqual(fs.readdirSync(dirname(folder)), ["out"], "nothing is left beside it");
});

/** Let a function of node:fs/promises fail when `when` says so. */
function failing(
  t: TestContext,
  name: "rename" | "mkdir" | "open",
  code: string,
  when: (path: string) => boolean,
): void {
  const real = fs.promises[name] as (...args: unknown[]) => Promise<unknown>;
  const fake = (...args: unknown[]) =>
    when(String(args[0]))
      ? Promise.reject(Object.assign(new Error(code), { code, syscall: name }))
      : real(...args);
  Object.assign(fs.promises, { [name]: fake });
  syncBuiltinESMExports();
  t.after(() => {
    Object.assign(fs.promises, { [name]: real });
    syncBuiltinESMExports();
  });
}

const isNew = (path: string): boolean => /\.echovlm-new/.test(path) && !path.endsWith(".tmp");

for (const [code, call, what, when] of [
  ["ENOSPC", "open", /the disk is full \(ENOSPC\)/, isNew],
  ["EACCES", "mkdir", /may not be written to \(EACCES\)/, isNew],
  ["EROFS", "mkdir", /read-only \(EROFS\)/, isNew],
  ["EIO", "rename", /EIO/, isNew],
  ["EBUSY", "rename", /in use or a mount point \(EBUSY\)/, (path: string) => basename(path) === "out"],
] as const)
  test(`${code} at ${call} is told, and the folder before stays`, async (t) => {
    const base = await opened(t, golden);
    const folder = join(temporaryFolder(t), "out");
    await writeCheckpoint(folder, base, options);
    const before = contents(folder);
    failing(t, call, code, when);
    await assert.rejects(writeCheckpoint(folder, base, options), (error: unknown) => {
      assert.ok(error instanceof CheckpointError && error.message.startsWith(`${folder}: cannot be written`));
      return what.test(error.message);
    });
    assert.deepEqual(contents(folder), before);
    assert.deepEqual(fs.readdirSync(dirname(folder)), ["out"], "nothing is left beside it");
  });

test("what a crash left behind is put in order by the next replacement", async (t) => {
  const base = await opened(t, golden);
  const folder = join(temporaryFolder(t), "out");
  const beside = (what: string) => join(dirname(folder), `.${basename(folder)}.echovlm-${what}`);
  await writeCheckpoint(folder, base, options);
  let before = contents(folder);
  const refused = () =>
    assert.rejects(
      writeCheckpoint(folder, base, {
        ...options,
        changes: replacing({ "model.norm.weight": float32([64], new Float32Array(64).fill(Number.NaN)) }),
      }),
    );
  fs.cpSync(folder, beside("new"), { recursive: true });
  fs.writeFileSync(join(beside("new"), "README.md"), "new");
  before = contents(beside("new"));
  fs.renameSync(folder, beside("old")); // between the two renames
  await refused();
  assert.deepEqual(contents(folder), before);
  fs.mkdirSync(beside("new")); // while the new one was being built
  await refused();
  assert.deepEqual(contents(folder), before);
  fs.cpSync(folder, beside("old"), { recursive: true }); // before the old one was removed
  await refused();
  assert.deepEqual(contents(folder), before);
  assert.deepEqual(fs.readdirSync(dirname(folder)), ["out"]);
});
