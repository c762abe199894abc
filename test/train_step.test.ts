import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Checkpoint, openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { loadWeight } from "../src/checkpoint/load_weight.ts";
import { parameterShapes } from "../src/model/parameters.ts";
import { createRandom } from "../src/tensor/random.ts";
import { float32, type Tensor } from "../src/tensor/tensor.ts";
import { batchFeeds, type TrainingRow } from "../src/train/batch.ts";
import type { StepPlan } from "../src/train/step.ts";
import { type MicroBatch, Stepper } from "../src/train/stepper.ts";
import { ownGolden } from "./golden_case.ts";

const folder = fileURLToPath(new URL("echovlm-tiny", ownGolden));
const optimiser = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxNorm: 1 };
const sparse = (name: string) => /\.(moe|coefficient)\./.test(name);

/** A row with one picture of `h` x `w` patches, and words; padded to `length`. */
function row(
  checkpoint: Checkpoint,
  seed: number,
  length: number,
  [h, w]: readonly [number, number],
): TrainingRow {
  const { tokens } = checkpoint.config;
  const random = createRandom(seed);
  const visual = Array<number>((h * w) / 4).fill(tokens.image);
  const words = Array.from({ length: 8 + seed }, () => Math.floor(random() * 400));
  const ids = [tokens.visionStart, ...visual, tokens.visionEnd, ...words];
  const padding = Array<number>(length - ids.length).fill(0);
  return {
    ids: [...ids, ...padding],
    labels: [...ids.map((id, s) => (s > visual.length + 3 ? id : -100)), ...padding.fill(-100)].slice(
      0,
      length,
    ),
    attended: [...ids.map(() => true), ...padding.map(() => false)],
    pictures: [
      {
        grid: { t: 1, h, w },
        pixelValues: Float32Array.from({ length: h * w * 1176 }, () => random() - 0.5),
      },
    ],
  };
}

async function open(plan: Partial<StepPlan>, start?: Map<string, Tensor>) {
  const checkpoint = await openCheckpoint(folder);
  const full = { trainable: () => true, optimiser, accumulate: false, ...plan };
  const stepper = await Stepper.open(checkpoint, full, { threads: 2, ...(start && { start }) });
  const batch = (...rows: TrainingRow[]): MicroBatch => {
    const feeds = batchFeeds(rows, checkpoint.config);
    return { feeds, labels: feeds.labels!.data.length };
  };
  return { checkpoint, stepper, batch };
}

test("one batch can be learnt by heart", async (t) => {
  const { checkpoint, stepper, batch } = await open({});
  t.after(() => Promise.all([stepper.close(), checkpoint.close()]));
  const one = batch(row(checkpoint, 1, 24, [4, 4]), row(checkpoint, 2, 24, [2, 4]));
  let last = Number.POSITIVE_INFINITY;
  for (let step = 1; step <= 60 && last >= 0.05; step++)
    last = (await stepper.step([one], step, { rate: 3e-3, balance: 0.001 })).crossEntropy;
  assert.ok(last < 0.05, `cross entropy is still ${last}`);
});

test("what is frozen stays, bit for bit, and what is trained changes", async (t) => {
  const { checkpoint, stepper, batch } = await open({ trainable: sparse });
  t.after(() => Promise.all([stepper.close(), checkpoint.close()]));
  const names = [...parameterShapes(checkpoint.config).keys()];
  assert.deepEqual([...stepper.trained].sort(), names.filter(sparse).sort());
  await stepper.step([batch(row(checkpoint, 1, 24, [4, 4]))], 1, { rate: 1e-2, balance: 0.001 });
  for (const [name, value] of Object.entries(await stepper.values())) {
    const before = await loadWeight(checkpoint, name, "float32");
    assert.notDeepEqual(value.data, before.data, name);
  }
  await assert.rejects(stepper.values(["model.norm.weight"]), /never written/);
});

test("micro-batches add up to the step of the whole batch", async (t) => {
  const whole = await open({ trainable: sparse });
  const parts = await open({ trainable: sparse, accumulate: true });
  const { checkpoint } = whole;
  t.after(() =>
    Promise.all([whole.stepper.close(), parts.stepper.close(), checkpoint.close(), parts.checkpoint.close()]),
  );
  const rows = [row(checkpoint, 1, 24, [4, 4]), row(checkpoint, 5, 24, [2, 4])] as const;
  // Without the balance, whose mean over micro-batches is not the whole batch's.
  const options = { rate: 1e-3, balance: 0 };
  for (const step of [1, 2]) {
    const one = await whole.stepper.step([whole.batch(...rows)], step, options);
    const two = await parts.stepper.step(
      rows.map((each) => parts.batch(each)),
      step,
      options,
    );
    assert.ok(Math.abs(one.loss - two.loss) < 1e-5, `step ${step}: ${one.loss} and ${two.loss}`);
    assert.ok(Math.abs(one.norm / two.norm - 1) < 1e-4, `step ${step}: norms ${one.norm} and ${two.norm}`);
  }
  const [a, b] = [await whole.stepper.values(), await parts.stepper.values()];
  for (const [name, { data }] of Object.entries(a))
    for (const [i, x] of data.entries())
      assert.ok(Math.abs(Number(x) - Number(b[name]!.data[i])) < 2e-4, `${name}[${i}]`);
});

test("low-rank updates start without effect and are all that is trained", async (t) => {
  const random = createRandom(3);
  const start = new Map<string, Tensor>();
  const lora = (path: string) => (path.endsWith("q_proj") ? { rank: 2, scale: 2 } : undefined);
  for (let i = 0; i < 3; i++) {
    const path = `model.layers.${i}.self_attn.q_proj`;
    start.set(
      `${path}.lora_A.weight`,
      float32(
        [2, 64],
        Float32Array.from({ length: 128 }, () => random() - 0.5),
      ),
    );
    start.set(`${path}.lora_B.weight`, float32([64, 2], new Float32Array(128)));
  }
  const plain = await open({});
  const adapted = await open({ trainable: () => false, lora }, start);
  t.after(() =>
    Promise.all([plain, adapted].flatMap((one) => [one.stepper.close(), one.checkpoint.close()])),
  );
  const rows = row(plain.checkpoint, 1, 24, [4, 4]);
  const options = { rate: 1e-3, balance: 0.001 };
  const before = await plain.stepper.step([plain.batch(rows)], 1, options);
  const first = await adapted.stepper.step([adapted.batch(rows)], 1, options);
  assert.ok(Math.abs(first.loss - before.loss) < 1e-5, `${first.loss}, expected ${before.loss}`);
  assert.deepEqual([...adapted.stepper.trained].sort(), [...start.keys()].sort());
  const second = await adapted.stepper.step([adapted.batch(rows)], 2, options);
  assert.ok(second.loss < first.loss, `${first.loss} to ${second.loss}`);
});

test("the load of the experts is the mean of the micro-batches' loads, and padding has none", async (t) => {
  const { checkpoint, stepper, batch } = await open({ trainable: sparse, accumulate: true });
  t.after(() => Promise.all([stepper.close(), checkpoint.close()]));
  const { decoder, moe } = checkpoint.config;
  const still = { rate: 0, balance: 0.001 };
  const load = async (...batches: MicroBatch[]) => (await stepper.step(batches, 1, still)).expertLoad!;
  const parts = [batch(row(checkpoint, 1, 24, [4, 4])), batch(row(checkpoint, 5, 24, [2, 4]))] as const;
  const [a, b, both] = [await load(parts[0]), await load(parts[1]), await load(...parts)];
  const padded = await load(batch(row(checkpoint, 1, 40, [4, 4])));
  assert.deepEqual([both.length, both[0]!.length], [decoder.layers, moe!.experts]);
  both.forEach((shares, layer) => {
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share) - 1) < 1e-6);
    shares.forEach((share, e) => {
      assert.ok(Math.abs(share - (a[layer]![e]! + b[layer]![e]!) / 2) < 1e-6);
      assert.ok(Math.abs(padded[layer]![e]! - a[layer]![e]!) < 1e-6);
    });
  });
  assert.notDeepEqual(a, b);
});
