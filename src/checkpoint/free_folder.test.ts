import assert from "node:assert/strict";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { assertFree } from "./free_folder.ts";

test("a name is free where there is nothing, or a checkpoint that may go", async (t) => {
  const folder = temporaryFolder(t);
  const model = join(folder, "model");
  await assertFree(model, {});
  mkdirSync(model);
  await assertFree(model, {});
  writeFileSync(join(model, "notes.txt"), "");
  await assert.rejects(assertFree(model, {}), /model: expected no such folder yet/);
  await assert.rejects(assertFree(model, { replace: true }), /found a folder without config\.json/);
  writeFileSync(join(model, "config.json"), "{}");
  await assertFree(model, { replace: true });
  await assert.rejects(assertFree(join(model, "config.json"), {}), /expected a folder or nothing/);
});

test("no name takes an input with it, nor the folder one is in", async (t) => {
  const folder = temporaryFolder(t);
  const base = join(folder, "models", "base");
  mkdirSync(base, { recursive: true });
  for (const inside of [folder, dirname(base), base]) writeFileSync(join(inside, "config.json"), "{}");
  symlinkSync(base, join(folder, "link"));
  const claim = { replace: true, inputs: [base] };
  for (const path of [base, dirname(base), folder, join(folder, "link"), join(base, "..")])
    await assert.rejects(assertFree(path, claim), {
      name: "RequestError",
      message: /^--out: .*than that of/,
    });
  await assertFree(join(dirname(base), "base-4bit"), claim);
  await assertFree(join(base, "4bit"), claim);
  for (const path of [".", "..", "/", process.cwd()])
    await assert.rejects(
      assertFree(path, { replace: true }),
      /^RequestError: --out: .*the folder you are in/,
    );
  await assert.rejects(assertFree("", {}), /^RequestError: --out: expected the name of a folder/);
  assert.deepEqual(readdirSync(base), ["config.json"]);
});
