import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { verifyTraining } from "../src/eval/verify_training.ts";
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
