import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { input } from "../src/graph/value.ts";
import { dropout } from "../src/nn/dropout.ts";
import { createRandom } from "../src/tensor/random.ts";
import { float32, type Tensor } from "../src/tensor/tensor.ts";
import { batchFeeds, type TrainingRow } from "../src/train/batch.ts";
import { type Dropout, dropoutFeeds } from "../src/train/dropout.ts";
import { stages } from "../src/train/stages.ts";
import { stepGraph, stepNames } from "../src/train/step.ts";
import { Stepper } from "../src/train/stepper.ts";
import { execute } from "./execute.ts";
import { ownGolden } from "./golden_case.ts";
import { noise } from "./prng.ts";

const [batch, length, width] = [8, 50, 30];

/** Ones [8, 50, 30] behind the dropout of layers 0 and 1. */
async function masks(settings: Dropout, at = { step: 1, microBatch: 0 }) {
  const ones = input("ones", "float32", ["B", "S", width]);
  const table = {
    masks: input("dropout_masks", "float32", ["MaskRows", "MaskWidth"]),
    rows: input("dropout_rows", "int64", ["MaskTokens"]),
  };
  const { first, second } = await execute(
    { first: dropout(ones, table, 0), second: dropout(ones, table, 1) },
    {
      ones: float32([batch, length, width], new Float32Array(batch * length * width).fill(1)),
      ...dropoutFeeds(settings, { width: width + 7, layers: 2 }, batch * length + 5, at),
    },
    new Map(),
    { kernels: "fused", storage: "float32" },
  );
  assert.deepEqual(first!.shape, [batch, length, width]);
  return [first!.data as Float32Array, second!.data as Float32Array] as const;
}

const meanOf = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** Share of places that are 0 in both; `shift` moves the second. */
const bothDropped = (a: Float32Array, b: Float32Array, shift = 0) =>
  meanOf(a.slice(shift).map((value, i) => Number(value === 0 && b[i] === 0)));

test("elements are dropped at the rate, the mean stays, layers and tokens are independent", async () => {
  for (const rate of [0.05, 0.5]) {
    const [first, second] = await masks({ rate, seed: 3 });
    const kept = Math.fround(1 / (1 - rate));
    for (const mask of [first, second]) {
      assert.ok(mask.every((value) => value === 0 || value === kept));
      // Rows come from a table of 257 · 30 numbers: four standard deviations of their share.
      const spread = 4 * Math.sqrt((rate * (1 - rate)) / (257 * width));
      const dropped = meanOf(mask.map((value) => Number(value === 0)));
      assert.ok(Math.abs(dropped - rate) < 2 * spread, `${dropped} dropped at a rate of ${rate}`);
      assert.ok(Math.abs(meanOf(mask) - 1) < (2 * spread) / (1 - rate));
    }
    const independent = rate ** 2;
    for (const share of [
      bothDropped(first, second),
      bothDropped(first, first, width),
      bothDropped(first, second, width),
      bothDropped(first, first, 1),
    ])
      assert.ok(Math.abs(share - independent) < 0.3 * independent + 0.002, `${share}, not ${independent}`);
  }
});

test("masks follow from seed, step and micro-batch", async () => {
  const settings = { rate: 0.3, seed: 3 };
  const [same, again] = [await masks(settings), await masks(settings)];
  assert.deepEqual(same, again);
  for (const other of [
    await masks({ ...settings, seed: 4 }),
    await masks(settings, { step: 2, microBatch: 0 }),
    await masks(settings, { step: 1, microBatch: 1 }),
  ])
    assert.notDeepEqual(other, same);
});

const folder = fileURLToPath(new URL("echovlm-tiny", ownGolden));
const optimiser = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxNorm: 1 };

/** Low-rank updates of stage 2 that already do something, and a batch with a picture. */
async function adapted(settings?: Dropout) {
  const checkpoint = await openCheckpoint(folder);
  const { config } = checkpoint;
  const lora = (path: string) => (stages.stage2.adapts(path) ? { rank: 2, scale: 2 } : undefined);
  const plan = {
    trainable: () => false,
    lora,
    optimiser,
    accumulate: true,
    ...(settings && { dropout: settings }),
  };
  const start = new Map(
    [...stepGraph(config, plan).trained].map(([name, { shape }]): [string, Tensor] => [
      name,
      noise(name, shape as readonly number[], 0.2),
    ]),
  );
  const stepper = await Stepper.open(checkpoint, plan, { threads: 1, start });
  const random = createRandom(5);
  const words = Array.from({ length: 12 }, () => Math.floor(random() * 400));
  const ids = [...Array<number>(4).fill(config.tokens.image), ...words];
  const row: TrainingRow = {
    ids,
    labels: ids.map((id, s) => (s > 4 ? id : -100)),
    attended: ids.map(() => true),
    pictures: [
      {
        grid: { t: 1, h: 4, w: 4 },
        pixelValues: Float32Array.from({ length: 16 * 1176 }, () => random() - 0.5),
      },
    ],
  };
  const feeds = batchFeeds([row], config);
  const one = { feeds, labels: feeds.labels!.data.length };
  const still = { rate: 0, balance: 0 };
  return {
    stepper,
    loss: async (step = 1) => (await stepper.step([one], step, still)).loss,
    micro: async () => (await stepper.step([one, one], 1, still)).loss,
    gradients: (names: readonly string[]) =>
      stepper.step([one], 1, { ...still, fetch: names.map((name) => stepNames(name).gradient) }),
    close: () => Promise.all([stepper.close(), checkpoint.close()]),
  };
}

test("a step's loss follows from the seed; a rate of 0 is no dropout", async (t) => {
  const opened = await Promise.all([
    adapted({ rate: 0.3, seed: 7 }),
    adapted({ rate: 0, seed: 7 }),
    adapted(),
  ]);
  t.after(() => Promise.all(opened.map((one) => one.close())));
  const [dropped, zero, none] = opened;
  const loss = await dropped.loss();
  assert.equal(await dropped.loss(), loss);
  assert.notEqual(await dropped.loss(2), loss);
  assert.notEqual(await dropped.micro(), loss);
  assert.equal(await zero.loss(), await none.loss());
  assert.notEqual(await none.loss(), loss);
});

test("the gradient is that of central differences under the same masks", async (t) => {
  const { stepper, loss, gradients, close } = await adapted({ rate: 0.3, seed: 7 });
  t.after(close);
  const start = await stepper.registers();
  const names = stepper.trained;
  const { fetched } = await gradients(names);
  const slopeOf = (name: string) => fetched[stepNames(name).gradient]!.data as Float32Array;
  const squares = names.reduce((sum, name) => sum + slopeOf(name).reduce((a, g) => a + g * g, 0), 0);
  /** The loss when every parameter has moved by `far` along its gradient's direction. */
  const moved = async (far: number) => {
    const registers = Object.fromEntries(
      Object.entries(start).map(([name, { shape, data }]) => {
        const value = (data as Float32Array).slice();
        if (names.includes(name)) {
          const slope = slopeOf(name);
          value.forEach((x, i) => {
            value[i] = x + (far * slope[i]!) / Math.sqrt(squares);
          });
        }
        return [name, float32(shape, value)];
      }),
    );
    await stepper.restore(registers);
    return loss();
  };
  const far = 0.02;
  const numeric = ((await moved(far)) - (await moved(-far))) / (2 * far);
  const ratio = numeric / Math.sqrt(squares);
  assert.ok(Math.abs(ratio - 1) < 0.02, `${numeric}, the gradient's norm is ${Math.sqrt(squares)}`);
});
