import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CheckpointError } from "../src/errors.ts";
import { float32 } from "../src/tensor/tensor.ts";
import { readState, writeState } from "../src/train/state.ts";
import { ownGolden } from "./golden_case.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const child = fileURLToPath(new URL("./train_resume_child.js", import.meta.url));
const checkpoint = fileURLToPath(new URL("echovlm-tiny", ownGolden));
const position = { step: 3, epoch: 1, batch: 7, best: 0.5, run: "a".repeat(64) };

/** The lines of a run, which is killed when `until` has been printed. */
function run(state: string, until?: RegExp): Promise<string[]> {
  const process = spawn("node", [child, checkpoint, state, "6"], { stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  return new Promise((resolve) => {
    process.stdout.on("data", (data) => {
      out += data;
      if (until?.test(out)) process.kill("SIGKILL");
    });
    process.on("close", () => resolve(out.split("\n").filter((line) => line !== "")));
  });
}

test("a run that was killed goes on to the same losses", async (t) => {
  const folder = temporaryFolder(t);
  const whole = await run(join(folder, "whole.safetensors"));
  assert.equal(whole.length, 6);
  const path = join(folder, "killed.safetensors");
  const before = await run(path, /^3 /m);
  assert.ok(before.length < 6, "the run was over before it could be killed");
  const after = await run(path);
  assert.deepEqual([...before.slice(0, Number(after[0]!.split(" ")[0]) - 1), ...after], whole);
});

test("a state is what was written; another run's, a damaged one and none are refused", async (t) => {
  const path = join(temporaryFolder(t), "state.safetensors");
  const registers = { a: float32([2], [1, 2]), "m.a": float32([2], [3, 4]) };
  await writeState(path, position, registers);
  assert.deepEqual(await readState(path, position.run), { position, registers });
  await assert.rejects(
    readState(path, "b".repeat(64)),
    /expected the state of run bbbbbbbbbbbb, found aaaaaaaaaaaa/,
  );
  await assert.rejects(readState(`${path}.not`, position.run), CheckpointError);
  await writeState(path, { ...position, step: -1 }, registers);
  await assert.rejects(readState(path, position.run), /position.step/);
});

test("a state that cannot be written is an error, and the one before stays", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "state.safetensors");
  await writeState(path, position, { a: float32([1], [1]) });
  const before = readFileSync(path);
  const missing = join(folder, "missing", "state.safetensors");
  await assert.rejects(writeState(missing, position, { a: float32([1], [2]) }), /cannot be written: ENOENT/);
  const failing = { a: { ...float32([1], [2]), shape: [2] } };
  await assert.rejects(writeState(path, position, failing));
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(folder), ["state.safetensors"]);
});
