import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { openCheckpoint } from "../src/checkpoint/hf_folder.ts";
import { linear, rmsNorm, silu, softmax } from "../src/graph/composites.ts";
import { gradient } from "../src/graph/gradient.ts";
import { add, input, mul, sources, sum, topological, type Value } from "../src/graph/value.ts";
import { Scope } from "../src/nn/scope.ts";
import { createRandom } from "../src/tensor/random.ts";
import { batchFeeds } from "../src/train/batch.ts";
import { stepNames } from "../src/train/step.ts";
import { Stepper } from "../src/train/stepper.ts";
import { distance } from "./close.ts";
import { ownGolden } from "./golden_case.ts";
import { interpret } from "./interpreter.ts";
import { noise, weight } from "./prng.ts";

const [dim, layers] = [6, 3];

/** Three layers on a residual stream; each gives a side result that the loss reads as well. */
function chain() {
  const scope = new Scope();
  const stream = [input("x", "float32", ["B", dim])];
  const sides: Value[] = [];
  for (let i = 0; i < layers; i++) {
    const [layer, x] = [scope.in(i), stream[i]!];
    const u = rmsNorm(x, layer.param("norm.weight", [dim]), 1e-6);
    sides.push(linear(u, layer.param("side.weight", [dim, dim])));
    const hidden = mul(silu(linear(u, layer.param("up.weight", [dim, dim]))), softmax(sides[i]!, -1));
    stream.push(add(x, linear(hidden, layer.param("down.weight", [dim, dim]))));
  }
  const total = [...sides, stream.at(-1)!].reduce(add);
  const loss = sum(sum(mul(total, total), 0), 1);
  const segments = stream.slice(1).map((to, i) => ({ from: stream[i]!, to }));
  return { loss, segments, sides, stream, parameters: [...scope.parameters] };
}

test("gradients are the same when segments are computed again", () => {
  const { loss, segments, parameters } = chain();
  const targets = parameters.map(([, value]) => value);
  const named = (values: readonly Value[]) => Object.fromEntries(values.map((value, i) => [i, value]));
  const weights = new Map(
    parameters.map(([name, { shape }]) => [name, weight(name, shape as readonly number[])]),
  );
  const feeds = { x: noise("x", [4, dim]) };
  assert.deepEqual(
    interpret(named(gradient(loss, targets, segments)), feeds, weights),
    interpret(named(gradient(loss, targets)), feeds, weights),
  );
});

test("the backward pass keeps nothing from inside a segment", () => {
  const { loss, segments, sides, stream, parameters } = chain();
  const forward = new Set<Value>();
  const visit = (value: Value): void => {
    if (forward.has(value)) return;
    forward.add(value);
    for (const source of [...sources(value), ...value.inputs]) visit(source);
  };
  visit(loss);
  const kept = (checkpoints: typeof segments): Set<Value> => {
    const gradients = gradient(
      loss,
      parameters.map(([, value]) => value),
      checkpoints,
    );
    const backward = topological(gradients).filter((value) => !forward.has(value));
    return new Set(backward.flatMap(({ inputs }) => inputs.filter((x) => forward.has(x))));
  };
  const leaves = new Set(["input", "param", "constant", "rearrange"]); // rearrange: of a weight
  const known = new Set([...stream, ...sides]);
  const inner = (values: Set<Value>) =>
    [...values].filter((value) => !known.has(value) && !leaves.has(value.op)).map(({ op }) => op);
  assert.ok(inner(kept([])).length >= 6 * layers, `${inner(kept([]))}`);
  assert.deepEqual(
    inner(kept(segments)).filter((op) => op !== "add"), // the sums of the loss itself
    [],
  );
});

test("a training step is the same when layers are computed again", async (t) => {
  const checkpoint = await openCheckpoint(fileURLToPath(new URL("echovlm-tiny", ownGolden)));
  const optimiser = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxNorm: 1 };
  const open = (recompute: boolean) => {
    const plan = { trainable: () => true, optimiser, accumulate: false, recompute };
    return Stepper.open(checkpoint, plan, { threads: 1 });
  };
  const [kept, again] = await Promise.all([open(false), open(true)]);
  t.after(() => Promise.all([kept.close(), again.close(), checkpoint.close()]));
  const random = createRandom(2);
  const words = Array.from({ length: 12 }, () => Math.floor(random() * 400));
  const ids = [...Array<number>(4).fill(checkpoint.config.tokens.image), ...words];
  const pixelValues = Float32Array.from({ length: 16 * 1176 }, () => random() - 0.5);
  const row = {
    ids,
    labels: ids.map((id, s) => (s > 4 ? id : -100)),
    attended: ids.map(() => true),
    pictures: [{ grid: { t: 1, h: 4, w: 4 }, pixelValues }],
  };
  const feeds = batchFeeds([row], checkpoint.config);
  const fetch = kept.trained.map((name) => stepNames(name).gradient);
  const run = (stepper: Stepper) =>
    stepper.step([{ feeds, labels: feeds.labels!.data.length }], 1, { rate: 0, balance: 0.001, fetch });
  const [a, b] = [await run(kept), await run(again)];
  assert.ok(Math.abs(a.loss - b.loss) < 1e-6 * a.loss);
  for (const name of fetch) {
    const wanted = a.fetched[name]!.data as Float32Array;
    const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const far = distance(
      (b.fetched[name]!.data as Float32Array).map((x) => x / scale),
      wanted.map((x) => x / scale),
    );
    assert.ok(far < 1e-5, `${name}: ${far}`);
  }
});
