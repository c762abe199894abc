/** @file Golden folders: the reference's numbers are met, and a folder with other numbers is told from them. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SafetensorsFile } from "../src/checkpoint/safetensors.ts";
import { openGolden } from "../src/eval/golden.ts";
import { tolerances, verify } from "../src/eval/verify.ts";
import { loadModel } from "../src/generate/load_model.ts";
import { changedCheckpoint, echovlm, tiny } from "./cli_process.ts";
import { sharedGolden } from "./golden_case.ts";

const shared = ["echovlm-tiny", "echovlm-tiny-bf16", "qwen2-vl-tiny", "qwen2_5-vl-tiny"].map((name) =>
  fileURLToPath(new URL(name, sharedGolden)),
);

/** Add to one number of a tensor in a file. */
async function nudge(path: string, name: string, by: number): Promise<void> {
  const source = await SafetensorsFile.open(path);
  const { offset } = source.tensors.get(name)!;
  await source.close();
  const file = await open(path, "r+");
  const bytes = Buffer.alloc(4);
  await file.read(bytes, 0, 4, offset);
  bytes.writeFloatLE(bytes.readFloatLE() + by);
  await file.write(bytes, 0, 4, offset);
  await file.close();
}

for (const folder of [tiny, ...shared])
  for (const kernels of ["fused", "plain"] as const) {
    const name = folder.split("/").slice(-3).join("/");
    const skip = existsSync(folder) ? false : `${name} is not on this machine`;
    test(`${name} by ${kernels} kernels gives the reference's numbers`, { skip }, async () => {
      const golden = await openGolden(folder);
      const model = await loadModel(folder, { kernels });
      const met = new Set<string>();
      for await (const { case: at, quantity, difference, passed } of verify(model, golden, folder)) {
        assert.ok(passed, `${at}: ${quantity} differs by ${difference}`);
        met.add(quantity);
      }
      await model.close();
      await golden.close();
      const wanted = Object.keys(tolerances).filter(
        (key) => key !== "router_logits" || model.engine.config.moe,
      );
      assert.deepEqual([...met].sort(), wanted.sort());
    });
  }

test("verify: a table and exit code 0, or JSON", async () => {
  const table = await echovlm(["verify", tiny]);
  assert.deepEqual([table.code, table.stderr], [0, ""]);
  assert.match(table.stdout, /^logits +5 +\d\.\de-\d +2e-4 +ok +\S+$/m);
  assert.match(table.stdout, /^5 cases, 62 comparisons, 0 beyond tolerance\n$/m);
  const json = await echovlm(["verify", "--kernels", "plain", "--json", tiny]);
  const { passed, cases, comparisons, model } = JSON.parse(json.stdout);
  assert.deepEqual([json.code, passed, cases, comparisons.length], [0, true, 5, 62]);
  assert.match(model.sha256, /^[0-9a-f]{64}$/);
});

test("verify: one other expected number is exit code 1, and is named", async (t) => {
  const folder = changedCheckpoint(t, {});
  await nudge(join(folder, "expected.safetensors"), "one-image/vision", 0.01);
  const { code, stdout } = await echovlm(["verify", folder]);
  assert.equal(code, 1);
  assert.match(stdout, /^vision .* 1\.0e-2 +2e-4 +FAILED +one-image$/m);
  assert.match(stdout, /^FAILED one-image: vision differs by 1\.0e-2, allowed 0\.0002\n5 cases.* 1 beyond/m);
  assert.equal((await echovlm(["verify", "--tolerance", "0.02", folder])).code, 0);
});

test("verify: one other weight is exit code 1; NaN in what is expected never passes", async (t) => {
  const other = changedCheckpoint(t, {});
  await nudge(join(other, "model-00001-of-00002.safetensors"), "lm_head.weight", 1);
  const { code, stdout } = await echovlm(["verify", "--json", other]);
  assert.equal(code, 1);
  const failed = JSON.parse(stdout).comparisons.filter(({ passed }: { passed: boolean }) => !passed);
  assert.ok(failed.some(({ quantity }: { quantity: string }) => quantity === "logits"));
  assert.ok(failed.every(({ quantity }: { quantity: string }) => quantity !== "vision"));

  const absurd = changedCheckpoint(t, {});
  await nudge(join(absurd, "expected.safetensors"), "text/logits", Number.NaN);
  const finished = await echovlm(["verify", "--tolerance", "1e9", absurd]);
  assert.equal(finished.code, 1);
  assert.match(finished.stdout, /^FAILED text: logits differs by everything/m);
});
