import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { writeSafetensors } from "../src/checkpoint/safetensors.ts";
import { verifyTraining } from "../src/eval/verify_training.ts";
import { float32, type Tensor } from "../src/tensor/tensor.ts";
import { changedCheckpoint, echovlm, refusal, says } from "./cli_process.ts";
import { sharedGolden } from "./golden_case.ts";

const folder = fileURLToPath(new URL("echovlm-tiny", sharedGolden));
const skip = existsSync(`${folder}/training`) ? false : "../shared/golden is not here";

test("five steps of both stages and the adapter agree with the reference", { skip }, async () => {
  const quantities = new Map<string, number>();
  for await (const { case: where, quantity, difference, tolerance, passed } of verifyTraining(folder, 2)) {
    quantities.set(quantity, (quantities.get(quantity) ?? 0) + 1);
    assert.ok(passed, `${where}: ${quantity} differs by ${difference}, allowed ${tolerance}`);
  }
  assert.deepEqual(Object.fromEntries(quantities), {
    cross_entropy: 12,
    loss: 12,
    balance: 12,
    grad_norm: 10,
    gradient: 158,
    parameter: 158,
    adapter_logits: 1,
  });
});

test("verify --training: a tolerance holds for every quantity", { skip }, async () => {
  const { code, stdout } = await echovlm(["verify", "--training", "--tolerance", "0", "--json", folder]);
  assert.equal(code, 1);
  for (const { difference, tolerance, passed } of JSON.parse(stdout).comparisons)
    assert.deepEqual([tolerance, passed], [0, difference === 0]);
});

test("verify --training: a folder with nothing to compare is refused", async (t) => {
  const golden = changedCheckpoint(t, {});
  const training = join(golden, "training");
  mkdirSync(training);
  const optimizer = { betas: [0.9, 0.999], eps: 1e-8, weight_decay: 0, clip_grad_norm: 1 };
  const expect = (stages: object) =>
    writeFileSync(join(training, "expected.json"), JSON.stringify({ optimizer, ...stages }));
  expect({});
  const message = await refusal(["verify", "--training", golden]);
  says(message, training, /^expected stage1 or stage2 .* found nothing to compare with$/);
  const refusedAs = (message: RegExp) =>
    assert.rejects(verifyTraining(golden).next(), { name: "CheckpointError", message });

  const logged = (...steps: readonly unknown[]) =>
    expect({ stage1: { lr: 1e-3, log: steps.map((step) => ({ step, cross_entropy: 1, loss: 1 })) } });
  for (const steps of [[1], ["after"], [2, "after"]]) {
    logged(...steps);
    await refusedAs(/expected\.json: stage1\.log: expected steps 1, 2 and so on, then "after"$/);
  }

  logged(1, "after");
  const path = join(training, "stage1.safetensors");
  const one = float32([1], [1]);
  for (const [tensors, message] of [
    [
      { other: one },
      /stage1\.safetensors: expected grad\/ and final\/ of the parameters trained, found none$/,
    ],
    [{ "final/a": one }, /stage1\.safetensors: expected grad\/a, found none$/],
    [{ "grad/a": one }, /stage1\.safetensors: expected final\/a, found none$/],
  ] as const) {
    await writeSafetensors(path, new Map<string, Tensor>(Object.entries(tensors)));
    await refusedAs(message);
  }
});
