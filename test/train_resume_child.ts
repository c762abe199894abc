/** @file A small training run for tests: prints each step's loss exactly, and writes its state after each step. */

import { existsSync } from "node:fs";
import { openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { createRandom } from "../src/tensor/random.ts";
import { batchFeeds } from "../src/train/batch.ts";
import { learningRate } from "../src/train/schedule.ts";
import { isSparse } from "../src/train/stages.ts";
import { readState, writeState } from "../src/train/state.ts";
import { Stepper } from "../src/train/stepper.ts";

const [folder = "", path = "", steps = "6"] = process.argv.slice(2);
const run = "0".repeat(64);
const checkpoint = await openCheckpoint(folder);
const optimiser = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxNorm: 1 };
const stepper = await Stepper.open(
  checkpoint,
  { trainable: isSparse, optimiser, accumulate: true },
  { threads: 2 },
);
let done = 0;
if (existsSync(path)) {
  const { position, registers } = await readState(path, run);
  await stepper.restore(registers);
  done = position.step;
}
for (let step = done + 1; step <= Number(steps); step++) {
  const random = createRandom(step);
  const batches = [0, 1].map(() => {
    const ids = Array.from({ length: 20 }, () => Math.floor(random() * 400));
    const row = { ids, labels: ids, attended: ids.map(() => true), pictures: [] };
    const feeds = batchFeeds([row], checkpoint.config);
    return { feeds, labels: feeds.labels!.data.length };
  });
  const rate = learningRate(step, { steps: Number(steps), peak: 1e-2, warmup: 0.1 });
  const { loss } = await stepper.step(batches, step, { rate, balance: 0.001 });
  await writeState(path, { step, epoch: 0, batch: step, best: null, run }, await stepper.registers());
  process.stdout.write(`${step} ${loss}\n`);
}
await stepper.close();
await checkpoint.close();
