/** @file `echovlm train` as a user runs it: to the end, broken off, on bad recipes and full disks. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { loadWeight } from "../src/checkpoint/load_weight.ts";
import { readCard } from "../src/checkpoint/model_card.ts";
import { parameterShapes } from "../src/model/parameters.ts";
import { readRecipe } from "../src/train/recipe.ts";
import type { TrainEvent } from "../src/train/train_event.ts";
import { train } from "../src/train/trainer.ts";
import { bmpOf } from "./bmp_fixture.ts";
import { changedCheckpoint, echovlm, picture, refusal, says, tiny } from "./cli_process.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const binary = fileURLToPath(new URL("../../bin/echovlm.js", import.meta.url));

/** A recipe for the tiny checkpoint with its records beside it. @returns its path */
function writeRecipe(folder: string, fields: object = {}, records: readonly object[] = someRecords): string {
  writeFileSync(join(folder, "records.jsonl"), records.map((one) => `${JSON.stringify(one)}\n`).join(""));
  const recipe = {
    model: tiny,
    stage: "full",
    steps: 8,
    data: { train: ["records.jsonl"], validation: ["records.jsonl"], maxPixels: 12544 },
    batch: { tokens: 200, accumulate: 2 },
    optimiser: { rate: 0.002 },
    every: { log: 1, checkpoint: 1, validate: 4 },
    samples: { count: 1, maxNewTokens: 4 },
    ...fields,
  };
  const path = join(folder, "recipe.yaml"); // JSON is YAML
  writeFileSync(path, JSON.stringify(recipe));
  return path;
}

const someRecords = ["liver", "kidney", "breast", "heart", "vessel"].map((region, n) => ({
  messages: [
    { role: "user", content: `<image>What is shown in picture ${n}?` },
    { role: "assistant", content: `The ${region}.` },
  ],
  images: [picture],
  region,
  id: region,
}));

/** A record whose picture has an intact header and nothing behind it; the picture is written to `folder`. */
function tornRecord(folder: string): object {
  const torn = join(folder, "torn.png");
  writeFileSync(torn, readFileSync(picture).subarray(0, 2000));
  return { ...someRecords[0], images: [torn], id: "torn" };
}

interface LogLine {
  readonly step: number;
  readonly loss?: number;
  readonly validation_loss?: number;
}
const logOf = (run: string): LogLine[] =>
  readFileSync(join(run, "log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
/** Step and losses of each line, without what depends on the clock. */
const numbersOf = (run: string) =>
  logOf(run).map(({ step, loss, validation_loss }) => ({ step, loss, validation_loss }));

describe("a run", { concurrency: 2 }, () => {
  test("ends with models that load, a log of every step, and lower losses", async (t) => {
    const folder = temporaryFolder(t);
    const run = join(folder, "run");
    const finished = await echovlm(["train", writeRecipe(folder), "--out", run]);
    assert.equal(finished.code, 0, finished.stderr);
    assert.match(finished.stdout, /^8 steps: .*last; lowest validation loss [\d.]+: .*best\n$/);
    assert.match(finished.stderr, /5 records to learn, \d+ tokens each; 5 to validate/);
    assert.match(finished.stderr, /step 8\/8 {2}loss [\d.]+ \(words [\d.]+, balance [\d.]+\) .* tokens\/s/);
    assert.match(finished.stderr, /asked: What is shown in picture 0\?\n {4}expected: The liver\./);
    const lines = logOf(run);
    const losses = lines.flatMap(({ loss }) => loss ?? []);
    assert.equal(losses.length, 8);
    assert.ok(losses.at(-1)! < losses[0]! / 1.5, losses.join());
    assert.deepEqual(
      lines.filter((line) => line.validation_loss !== undefined).map(({ step }) => step),
      [4, 8],
    );
    assert.ok(readdirSync(run).some((name) => name.startsWith("events.out.tfevents")));
    const processor = JSON.parse(readFileSync(join(run, "best", "preprocessor_config.json"), "utf8"));
    const before = JSON.parse(readFileSync(join(tiny, "preprocessor_config.json"), "utf8"));
    assert.deepEqual(processor, {
      ...before,
      max_pixels: 12544,
      size: { ...before.size, longest_edge: 12544 },
    });
    for (const model of ["last", "best"]) {
      const answer = await echovlm([
        ...["ask", "--model", join(run, model), "--max-new-tokens", "3"],
        ...["What is shown?", picture],
      ]);
      assert.equal(answer.code, 0, answer.stderr);
    }
  });

  test("leaves what is frozen as it was, bit for bit", async (t) => {
    const folder = temporaryFolder(t);
    const run = join(folder, "run");
    const finished = await echovlm(["train", writeRecipe(folder, { frozen: ["visual."] }), "--out", run]);
    assert.equal(finished.code, 0, finished.stderr);
    const [before, after] = await Promise.all([tiny, join(run, "last")].map(openCheckpoint));
    t.after(() => Promise.all([before!.close(), after!.close()]));
    let changed = 0;
    for (const name of parameterShapes(before!.config).keys()) {
      const [old, now] = await Promise.all([before!, after!].map((one) => loadWeight(one, name, "float32")));
      if (name.startsWith("visual.")) assert.deepEqual(now!.data, old!.data, name);
      else changed += Number(now!.data.some((value, i) => value !== old!.data[i]));
    }
    assert.ok(changed > 20, `${changed} others changed`);
  });

  test("that keeps its low-rank updates apart goes on, and its adapter and merged model answer alike", async (t) => {
    const folder = temporaryFolder(t);
    const model = changedCheckpoint(t, {
      write: { "README.md": "# sono\n\nWords.\n\n## Quality\n\nGood.\n\n## Start\n\nRandom.\n" },
    });
    const fields = { model, stage: "stage2", steps: 2, optimiser: { rate: 0.02 } };
    const answerOf = async (...options: string[]) => {
      const answer = await echovlm(["ask", ...options, "--max-new-tokens", "6", "What is it?", picture]);
      assert.equal(answer.code, 0, answer.stderr);
      return answer.stdout;
    };
    const [apart, merged] = [join(folder, "apart"), join(folder, "merged")];
    const every = { log: 1, checkpoint: 1, validate: 1 };
    const recipe = writeRecipe(folder, { ...fields, every, output: { adapter: "separate" } });
    const stopped = await echovlm(["train", recipe, "--out", apart, "--json"], {
      signalWhen: (stdout) => stdout.includes('"kind":"saved","step":1,') && "SIGINT",
    });
    assert.equal(stopped.code, 130, stopped.stderr);
    const resumed = await echovlm(["train", recipe, "--out", apart, "--resume"]);
    assert.equal(resumed.code, 0, resumed.stderr);
    const { sections, title } = await readCard(join(apart, "last"));
    assert.deepEqual(
      [title, ...sections.map((one) => one.title)],
      ["sono, trained further", "Use", "Model", "Start", "Training"],
    );
    const whole = await echovlm(["train", writeRecipe(folder, { ...fields, every }), "--out", merged]);
    assert.equal(whole.code, 0, whole.stderr);
    // The stop may have cost a sample answer.
    const lossesOf = (run: string) =>
      numbersOf(run).filter((line) => (line.loss ?? line.validation_loss) !== undefined);
    assert.deepEqual(lossesOf(apart), lossesOf(merged));
    const trained = await answerOf("--model", model, "--adapter", join(apart, "last"));
    assert.equal(await answerOf("--model", join(merged, "last")), trained);
    assert.notEqual(await answerOf("--model", model), trained);
  });

  test("that was killed goes on to the losses of an unbroken one", async (t) => {
    const folder = temporaryFolder(t);
    const [whole, broken] = [join(folder, "whole"), join(folder, "broken")];
    const recipe = writeRecipe(folder);
    assert.equal((await echovlm(["train", recipe, "--out", whole])).code, 0);
    const hasPassed = (step: number) =>
      existsSync(join(broken, "log.jsonl")) && logOf(broken).some((line) => line.step >= step);
    const killed = await echovlm(["train", recipe, "--out", broken, "--json"], {
      signalWhen: (stdout) => /"step":3,/.test(stdout) && "SIGKILL",
    });
    assert.equal(killed.code, 137);
    const told = killed.stdout.split("\n").find((line) => line.includes('"kind":"step"'));
    assert.deepEqual(Object.keys(JSON.parse(told ?? "none").report).sort(), [
      ...["balance", "crossEntropy", "expertLoad", "loss", "norm"],
    ]);
    assert.ok(hasPassed(2) && !hasPassed(8), "killed in the middle");
    const resumed = await echovlm(["train", recipe, "--out", broken, "--resume"]);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.match(resumed.stderr, /resumed behind step [2-7]/);
    assert.deepEqual(numbersOf(broken), numbersOf(whole));
    for (const file of ["last/model.safetensors", "best/model.safetensors"])
      assert.ok(readFileSync(join(broken, file)).equals(readFileSync(join(whole, file))), file);
  });

  test("stopped by Ctrl-C says so by its code, and can go on", async (t) => {
    const folder = temporaryFolder(t);
    const run = join(folder, "run");
    const recipe = writeRecipe(folder, { every: { log: 1, checkpoint: 100, validate: 100 } });
    const stopped = await echovlm(["train", recipe, "--out", run, "--json"], {
      signalWhen: (stdout) => /"step":2,/.test(stdout) && "SIGINT",
    });
    assert.deepEqual([stopped.code, stopped.stderr], [130, ""]);
    const resumed = await echovlm(["train", recipe, "--out", run, "--resume"]);
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.deepEqual(
      logOf(run).flatMap(({ step, loss }) => (loss === undefined ? [] : [step])),
      [1, 2, 3, 4, 5, 6, 7, 8],
    );
  });

  test("stops while records are loaded, before the step that they are for", async (t) => {
    const folder = temporaryFolder(t);
    const data = { train: ["records.jsonl"], onError: "skip" };
    const fields = { data, batch: { tokens: 200, accumulate: 16 } };
    const recipe = await readRecipe(writeRecipe(folder, fields, [...someRecords, tornRecord(folder)]));
    const controller = new AbortController();
    const kinds: TrainEvent["kind"][] = [];
    const running = train(recipe, {
      ...{ out: join(folder, "run"), resume: false, threads: 1, workers: 1, signal: controller.signal },
      onEvent: ({ kind }) => {
        kinds.push(kind);
        if (kind === "skipped") controller.abort(new Error("enough"));
      },
    });
    await assert.rejects(running, /^Error: enough$/);
    assert.deepEqual(kinds, ["reading", "data", "skipped", "saved"]);
  });

  test("on a disk that takes no more ends with the file's name, and the state before stays", async (t) => {
    const folder = temporaryFolder(t);
    const run = join(folder, "run");
    // States of a few parameters fit under the limit, whole models do not.
    const recipe = writeRecipe(folder, { stage: "stage1" });
    const blocks = 2048; // of 512 bytes
    const command = `ulimit -f ${blocks}; exec "$0" "$@"`;
    const failed = await promisify(execFile)("sh", [
      ...["-c", command, process.execPath, binary, "train", recipe, "--out", run],
    ]).then(
      () => assert.fail("expected a refusal"),
      (error: { code: number; stderr: string }) => error,
    );
    assert.equal(failed.code, 2, failed.stderr);
    assert.match(failed.stderr, /^error: .*cannot be written: .*\(EFBIG\)/m);
    assert.ok(existsSync(join(run, "state.safetensors")));
    assert.deepEqual(
      readdirSync(run, { recursive: true }).filter((name) => /\.tmp$/.test(String(name))),
      [],
    );
    const resumed = await echovlm(["train", recipe, "--out", run, "--resume"]);
    assert.equal(resumed.code, 0, resumed.stderr);
  });

  test("in a folder that may not be written to is refused", async (t) => {
    const folder = temporaryFolder(t);
    const occupied = join(folder, "file");
    writeFileSync(occupied, "");
    says(
      await refusal(["train", writeRecipe(folder), "--out", join(occupied, "run")]),
      join(occupied, "run"),
      /ENOTDIR/,
    );
  });
});

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

/** What a recipe needs, as YAML. */
