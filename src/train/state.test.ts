import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { CheckpointError } from "../errors.ts";
import { float32 } from "../tensor/tensor.ts";
import { readState, writeState } from "./state.ts";

const identity = (recipe: string, records: string, model: string) => ({
  recipe: recipe.repeat(64),
  records: records.repeat(64),
  model: model.repeat(64),
});
const position = { step: 3, epoch: 1, batch: 7, best: 0.5, run: identity("a", "b", "c") };

test("a state is what was written; another run's, a damaged one and none are refused", async (t) => {
  const path = join(temporaryFolder(t), "state.safetensors");
  const registers = { a: float32([2], [1, 2]), "m.a": float32([2], [3, 4]) };
  await writeState(path, position, registers);
  assert.deepEqual(await readState(path, position.run), { position, registers });
  for (const [run, changed] of [
    [identity("d", "d", "d"), "recipe"],
    [identity("a", "d", "c"), "set of records"],
    [identity("a", "b", "d"), "base model"],
    [identity("a", "d", "d"), "set of records and base model"],
  ] as const)
    await assert.rejects(readState(path, run), {
      name: "CheckpointError",
      message: new RegExp(`expected the state of a run with this ${changed}, found one with another`),
    });
  await assert.rejects(readState(`${path}.not`, position.run), CheckpointError);
  await writeState(path, { ...position, step: -1 }, registers);
  await assert.rejects(readState(path, position.run), /position.step/);
  const earlier = { ...position, run: "a".repeat(64) as never };
  await writeState(path, earlier, registers);
  await assert.rejects(readState(path, position.run), /position\.run: expected hashes of recipe, records/);
});

test("a state that cannot be written is an error, and the one before stays", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "state.safetensors");
  await writeState(path, position, { a: float32([1], [1]) });
  const before = readFileSync(path);
  const missing = join(folder, "missing", "state.safetensors");
  await assert.rejects(
    writeState(missing, position, { a: float32([1], [2]) }),
    /cannot be written: there is no such folder \(ENOENT\)/,
  );
  const failing = { a: { ...float32([1], [2]), shape: [2] } };
  await assert.rejects(writeState(path, position, failing));
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(folder), ["state.safetensors"]);
});
