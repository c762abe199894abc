/** @file `echovlm train` as a user runs it: to the end, broken off, on full disks. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
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
import { changedCheckpoint, echovlm, picture, refusal, says, tiny } from "./cli_process.ts";
import { someRecords, tornRecord, writeRecipe } from "./recipe_fixture.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const binary = fileURLToPath(new URL("../../bin/echovlm.js", import.meta.url));

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
