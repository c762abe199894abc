import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "../test/temporary_folder.ts";
import { findTorch } from "./find_torch.ts";
import { StepProcess } from "./step_process.ts";
import { compare, measureTraining, type TrainOptions } from "./train.ts";
import { describeTraining } from "./train_report.ts";
import type { TrainJob } from "./train_step.ts";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const donor = file("../../test/golden/echovlm-tiny");
const noPython = join(donor, "no-such-python");

/** The shipped model with one block and one layer, two short rows. */
function small(t: TestContext, python: string): { folder: string; options: TrainOptions } {
  const folder = temporaryFolder(t);
  const nano = JSON.parse(readFileSync(file("../../recipes/echovlm-nano/config.json"), "utf8"));
  const config = join(folder, "small.json");
  const json = { ...nano, num_hidden_layers: 1, vision_config: { ...nano.vision_config, depth: 1 } };
  writeFileSync(config, JSON.stringify(json));
  const size = { rows: 2, tokens: 16, pixels: 4096 };
  return { folder, options: { ...size, config, python, threads: 1, steps: 2, parts: true } };
}

const sentence = (python: string) =>
  `PyTorch not found (${python}): the comparison is skipped; --torch <python> names one`;

test("a Python that lacks torch counts as none", () => {
  assert.deepEqual(findTorch(process.execPath), { missing: sentence(process.execPath) });
});

test("training is measured alone, and says so, where there is no PyTorch", async (t) => {
  const { folder, options } = small(t, noPython);
  const report = await measureTraining(folder, donor, options);
  assert.deepEqual(report.torch, { missing: sentence(noPython) });
  assert.ok(describeTraining(report).split("\n").includes(sentence(noPython)));
  assert.ok(report.ours.ms > 0 && report.ours.peakMiB > 0);
  assert.deepEqual(Object.keys(report.ours.parts ?? {}), ["inputs", "forward", "gradient", "step"]);
});

const named = process.env.ECHOVLM_PYTHON;
test("PyTorch computes the same losses and gradient norms", {
  skip: !named && "ECHOVLM_PYTHON is not set",
}, async (t) => {
  const { folder, options } = small(t, named ?? "");
  const { torch } = await measureTraining(folder, donor, options);
  assert.ok("version" in torch, JSON.stringify(torch));
  assert.ok(torch.lossDifference < 1e-5 && torch.normDifference < 1e-4, JSON.stringify(torch));
});

const run = (ms: readonly number[], loss = 2) => ms.map((time) => ({ ms: time, loss, norm: 1 }));

test("times are compared in pairs, without the steps that warm up", () => {
  const { ratio } = compare(run([90, 90, 10, 40, 90]), run([1, 1, 20, 20, 30]));
  assert.deepEqual(ratio, [1.25, 2, 2.5]);
});

test("a program that computes something else is not compared", () => {
  const ours = run([1, 1, 1]);
  assert.throws(() => compare(ours, run([1, 1, 1], 2.01)), /do not compute the same step/);
  assert.throws(() => compare(ours, run([1, 1, 1], Number.NaN)), /do not compute the same step/);
  const otherNorm = ours.map((result) => ({ ...result, norm: 1.01 }));
  assert.throws(() => compare(ours, otherNorm), /do not compute the same step/);
});

test("a process that cannot start says why", async () => {
  const optimiser = { beta1: 0, beta2: 0, epsilon: 0, weightDecay: 0, maxNorm: 1 };
  const files = { checkpoint: noPython, batch: noPython };
  const job: TrainJob = { ...files, optimiser, part: "step", threads: 1, rate: 0, balance: 0 };
  await assert.rejects(StepProcess.ours(job).step(), /no-such-python/);
  await assert.rejects(StepProcess.torch(noPython, job).step(), /ENOENT/);
});
