import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { replaceFolder } from "./replace_folder.ts";

test("a folder that appears while a new one is built stays, unless it may be replaced", async (t) => {
  const around = temporaryFolder(t);
  const folder = join(around, "model");
  const meanwhile = async (built: string) => {
    writeFileSync(join(built, "weights"), "new");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "weights"), "another's");
  };
  await assert.rejects(
    replaceFolder(folder, meanwhile, { replace: false }),
    /model: cannot be written: .*meanwhile/,
  );
  assert.equal(readFileSync(join(folder, "weights"), "utf8"), "another's");
  assert.deepEqual(readdirSync(around), ["model"], "nothing is left beside it");
  await replaceFolder(folder, meanwhile);
  assert.equal(readFileSync(join(folder, "weights"), "utf8"), "new");
  assert.deepEqual(readdirSync(around), ["model"]);
});

test("an empty folder gives way", async (t) => {
  const folder = join(temporaryFolder(t), "model");
  mkdirSync(folder);
  await replaceFolder(folder, async (built) => writeFileSync(join(built, "weights"), "new"), {
    replace: false,
  });
  assert.deepEqual(readdirSync(folder), ["weights"]);
});
