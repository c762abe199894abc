/** @file `echovlm train` on bad recipes, records and folders. */

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { bmpOf } from "./bmp_fixture.ts";
import { changedCheckpoint, echovlm, refusal, says, tiny } from "./cli_process.ts";
import { someRecords, tornRecord, writeRecipe } from "./recipe_fixture.ts";
import { temporaryFolder } from "./temporary_folder.ts";

describe("refused", { concurrency: 2 }, () => {
  test("a run where there is one, and none to go on with", async (t) => {
    const folder = temporaryFolder(t);
    const recipe = writeRecipe(folder, { steps: 1 });
    const run = join(folder, "run");
    says(await refusal(["train", recipe, "--out", run, "--resume"]), run, /expected a run to go on with/);
    assert.equal((await echovlm(["train", recipe, "--out", run])).code, 0);
    says(await refusal(["train", recipe, "--out", run]), run, /--resume goes on with it/);
    writeRecipe(folder, { steps: 1, seed: 2 });
    const other = await echovlm(["train", recipe, "--out", run, "--resume"]);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /expected the state of a run with this recipe, found one with another/);
  });

  test("to go on with other pixels in a picture, other words or another model", async (t) => {
    const folder = temporaryFolder(t);
    const run = join(folder, "run");
    const shown = join(folder, "shown.bmp");
    const show = (grey: number) =>
      writeFileSync(
        shown,
        bmpOf({ width: 64, height: 64, bits: 24, rows: new Uint8Array(64 * 64 * 3).fill(grey) }),
      );
    const records = someRecords.map((record) => ({ ...record, images: [shown] }));
    const fields = { stage: "stage1", steps: 1 };
    show(10);
    const recipe = writeRecipe(folder, fields, records);
    assert.equal((await echovlm(["train", recipe, "--out", run])).code, 0);
    const refusedWith = async (what: string) => {
      const { code, stderr } = await echovlm(["train", recipe, "--out", run, "--resume"]);
      assert.equal(code, 2);
      assert.match(stderr, new RegExp(`expected the state of a run with this ${what}, found one`));
    };
    show(11);
    await refusedWith("set of records");
    show(10);
    writeRecipe(folder, fields, records.slice(1));
    await refusedWith("set of records");
    const model = changedCheckpoint(t, { merge: { "config.json": { rms_norm_eps: 2e-6 } } });
    writeRecipe(folder, { ...fields, model }, records);
    await refusedWith("base model");
    writeRecipe(folder, fields, records);
    assert.equal((await echovlm(["train", recipe, "--out", run, "--resume"])).code, 0);
  });

  test("a folder with what a run left that has no state", async (t) => {
    const folder = temporaryFolder(t);
    const recipe = writeRecipe(folder, { steps: 1 });
    const run = join(folder, "run");
    mkdirSync(join(run, "last"), { recursive: true });
    writeFileSync(join(run, "log.jsonl"), "{}\n");
    says(await refusal(["train", recipe, "--out", run]), run, /found last, log\.jsonl of a run without its/);
    assert.deepEqual(readdirSync(run).sort(), ["last", "log.jsonl"]);
    assert.equal(readFileSync(join(run, "log.jsonl"), "utf8"), "{}\n");
  });

  test("a bad record ends the run or is left out, as the recipe says", async (t) => {
    const folder = temporaryFolder(t);
    const records = [...someRecords, { messages: [{ role: "user", content: "alone" }] }];
    const run = join(folder, "run");
    const recipe = writeRecipe(folder, { steps: 1 }, records);
    const failed = await echovlm(["train", recipe, "--out", run]);
    assert.equal(failed.code, 2);
    assert.match(failed.stderr, /records\.jsonl:6: .*data\.onError: skip in the recipe leaves it out\)$/m);
    assert.doesNotMatch(failed.stderr, /--on-error/);
    writeFileSync(join(folder, "empty.jsonl"), "");
    const data = { train: ["records.jsonl", "empty.jsonl"], onError: "skip" };
    const skipping = writeRecipe(folder, { steps: 1, data }, records);
    const skipped = await echovlm(["train", skipping, "--out", run]);
    assert.equal(skipped.code, 0, skipped.stderr);
    assert.match(skipped.stderr, /left out .*records\.jsonl:6: /);
    assert.match(skipped.stderr, /5 records to learn, \d+ tokens each; 1 left out; 1 bad files/);
    const { stdout } = await echovlm(["train", skipping, "--out", run, "--resume", "--json"]);
    const told = stdout.split("\n").find((line) => line.includes('"kind":"data"'));
    assert.deepEqual(JSON.parse(told ?? "none"), {
      kind: "data",
      train: { read: 6, kept: 5, skipped: 1, badFiles: 1, warnings: 0 },
    });
  });

  test("a record that does not decode is told once; with no other the run ends", async (t) => {
    const folder = temporaryFolder(t);
    const data = { train: ["records.jsonl"], validation: ["records.jsonl"], onError: "skip" };
    const fields = { steps: 4, data, every: { validate: 2 } };
    const torn = tornRecord(folder);
    const mixed = await echovlm([
      ...["train", writeRecipe(folder, fields, [torn, ...someRecords]), "--out", join(folder, "mixed")],
    ]);
    assert.equal(mixed.code, 0, mixed.stderr);
    const told = mixed.stderr.match(/^left out .*records\.jsonl:1: .*torn\.png: .*does not decode$/gm);
    assert.equal(told?.length, 2, "once of the records to learn, once of those to validate");
    assert.match(mixed.stderr, /asked: What is shown/, "of another record");
    const none = await echovlm([
      ...["train", writeRecipe(folder, fields, [torn, torn]), "--out", join(folder, "none")],
    ]);
    assert.equal(none.code, 2, none.stderr);
    assert.match(none.stderr, /^error: data\.train: expected a record that can be loaded, got none of 2$/m);
  });

  test("a validation that measures nothing, or no finite loss", async (t) => {
    const folder = temporaryFolder(t);
    const run = join(folder, "run");
    writeFileSync(join(folder, "torn.jsonl"), `${JSON.stringify(tornRecord(folder))}\n`);
    const data = { train: ["records.jsonl"], validation: ["torn.jsonl"], onError: "skip" };
    const unloadable = await echovlm(["train", writeRecipe(folder, { steps: 1, data }), "--out", run]);
    assert.equal(unloadable.code, 2, unloadable.stderr);
    assert.match(
      unloadable.stderr,
      /^error: data\.validation: expected a record that can be loaded, got none$/m,
    );
    const far = { steps: 1, optimiser: { rate: 1e30, warmup: 0 } };
    const lost = join(folder, "lost");
    const diverged = await echovlm(["train", writeRecipe(folder, far), "--out", lost]);
    assert.equal(diverged.code, 2, diverged.stderr);
    assert.match(diverged.stderr, /^error: .*lost: expected a finite validation loss at step 1, got NaN/m);
    assert.deepEqual(
      ["best", "last", "state.safetensors"].filter((name) => existsSync(join(lost, name))),
      [],
    );
  });

  test("a special token in a record's text before anything is learnt", async (t) => {
    const folder = temporaryFolder(t);
    const messages = [
      { role: "user", content: "a<|image_pad|>" },
      { role: "assistant", content: "b" },
    ];
    const records = [...someRecords, { messages }];
    const failed = await echovlm([
      ...["train", writeRecipe(folder, { steps: 1 }, records), "--out", join(folder, "run"), "--json"],
    ]);
    assert.equal(failed.code, 2);
    assert.equal(failed.stdout, "");
    assert.match(failed.stderr, /records\.jsonl:6: .*got the special token <\|image_pad\|>/);
    assert.match(failed.stderr, /\(data\.onError: skip in the recipe leaves it out\)$/m);
  });

  test("a model whose processor is missing or does not fit it", async (t) => {
    const folder = temporaryFolder(t);
    const refusedModel = (model: string) =>
      refusal(["train", writeRecipe(folder, { model }), "--out", join(folder, "run")]);
    const none = changedCheckpoint(t, { remove: ["tokenizer.json"] });
    says(
      await refusedModel(none),
      join(none, "tokenizer.json"),
      /^expected a tokenizer, found no such file$/,
    );
    const other = changedCheckpoint(t, { merge: { "preprocessor_config.json": { patch_size: 7 } } });
    says(await refusedModel(other), join(other, "preprocessor_config.json"), /^patch_size: expected 14 /);
  });

  test("parameters to freeze that the model does not have", async (t) => {
    const folder = temporaryFolder(t);
    const recipe = writeRecipe(folder, { frozen: ["visual.", "vision."] });
    says(await refusal(["train", recipe, "--out", join(folder, "run")]), "frozen", /got vision\. \(/);
  });

  test("pictures that hold no visual token of the model, and an adapter of a stage that has none", async (t) => {
    const folder = temporaryFolder(t);
    const refusedRun = (fields: object) =>
      refusal(["train", writeRecipe(folder, fields), "--out", join(folder, "run")]);
    const small = await refusedRun({ data: { train: ["records.jsonl"], maxPixels: 783 } });
    says(small, "data.maxPixels", /^expected room for one visual token of this model, 784 pixels, got 783$/);
    for (const stage of ["full", "stage1"]) {
      const message = await refusedRun({ stage, output: { adapter: "separate" } });
      says(message, "output.adapter", new RegExp(`^expected merged .*, got separate with stage ${stage} `));
    }
    const half = "model.layers.0.coefficient.bias";
    const message = await refusedRun({ stage: "stage2", frozen: [half], output: { adapter: "separate" } });
    says(
      message,
      "output.adapter",
      /^expected merged where model\.layers\.0\.coefficient\.weight is trained /,
    );
  });

  test("a stage that trains nothing of the model", async (t) => {
    const folder = temporaryFolder(t);
    const config: object = JSON.parse(readFileSync(join(tiny, "config.json"), "utf8"));
    const fields = Object.entries(config).filter(([name]) => !/expert|moe|architectures/.test(name));
    const dense = changedCheckpoint(t, {
      write: { "config.json": JSON.stringify(Object.fromEntries(fields)) },
    });
    const path = writeRecipe(folder, { model: dense, stage: "stage1" });
    const message = await refusal(["train", path, "--out", join(folder, "run")]);
    says(message, "stage", /expected a stage that trains something of this model, got stage1/);
  });
});
