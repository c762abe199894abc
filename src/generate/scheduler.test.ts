import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { float32 } from "../tensor/tensor.ts";
import type { Cache } from "./engine.ts";
import type { Pass, Passed } from "./pass.ts";
import { Scheduler } from "./scheduler.ts";

let caches = 0;
const cacheOf = (capacity: number): Cache => {
  const state = { id: caches++, batch: 1, length: 0, capacity };
  return { state, attended: [[]], next: [0] };
};
const passOf = (cache: Cache, tokens = 1): Pass => {
  const places = Array.from({ length: tokens }, (_, s) => s);
  const row = {
    ids: places,
    positions: { axes: [places, places, places] as [number[], number[], number[]] },
  };
  return { cache, rows: [row], wanted: { logits: "last" } };
};

/** Runs that take a turn of the event loop; what ran together is kept, as cache ids. */
function recording(fails: (pass: Pass) => boolean = () => false) {
  const runs: number[][] = [];
  const scheduler = new Scheduler(async (passes): Promise<Passed[]> => {
    runs.push(passes.map(({ cache }) => cache.state.id));
    await setImmediate();
    if (passes.some(fails)) throw new Error("no such run");
    return passes.map(({ cache }) => ({ logits: float32([1, 1], [cache.state.id]), router: [] }));
  });
  return { scheduler, runs };
}

/** Some steps, one after another. */
async function steps(scheduler: Scheduler, cache: Cache, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const { logits } = await scheduler.run(passOf(cache));
    assert.equal(logits.data[0], cache.state.id, "everyone gets their own");
  }
}

test("one alone starts at once, every time", async () => {
  const { scheduler, runs } = recording();
  const cache = cacheOf(256);
  const running = scheduler.run(passOf(cache));
  assert.equal(runs.length, 1, "before anything else happens");
  assert.equal(scheduler.company, 1);
  await running;
  await steps(scheduler, cache, 4);
  assert.deepEqual(runs, Array(5).fill([cache.state.id]));
});

test("requests in step share every run but the first, join when they come and leave when they end", async () => {
  const { scheduler, runs } = recording();
  const all = [5, 8, 8, 3].map((count) => ({ cache: cacheOf(256), count }));
  await Promise.all(all.map(({ cache, count }) => steps(scheduler, cache, count)));
  // The first one starts alone and is one step ahead from then on.
  assert.deepEqual(
    runs.map(({ length }) => length),
    [1, 4, 4, 4, 3, 2, 2, 2, 2],
  );
  await setImmediate();
  assert.equal(scheduler.company, 0);
});

test("a prompt runs alone in its turn; steps behind it go with the steps before it", async () => {
  const { scheduler, runs } = recording();
  const [a, b, c, prompt] = [cacheOf(256), cacheOf(256), cacheOf(256), cacheOf(0)];
  const first = scheduler.run(passOf(a));
  await Promise.all([
    first,
    ...[passOf(b), passOf(prompt, 200), passOf(c)].map((pass) => scheduler.run(pass)),
  ]);
  assert.deepEqual(runs, [[a.state.id], [b.state.id, c.state.id], [prompt.state.id]]);
});

test("a cache more than twice as large runs apart, so that it does not swell the others", async () => {
  const { scheduler, runs } = recording();
  const [a, b, large, c] = [256, 256, 1024, 512].map(cacheOf) as [Cache, Cache, Cache, Cache];
  await Promise.all([a, b, large, c].map((cache) => scheduler.run(passOf(cache))));
  assert.deepEqual(runs, [[a.state.id], [b.state.id, c.state.id], [large.state.id]]);
});

test("at most sixteen go together, and nobody waits for ever", async () => {
  const { scheduler, runs } = recording();
  const all = Array.from({ length: 40 }, () => cacheOf(256));
  await Promise.all(all.map((cache) => steps(scheduler, cache, 3)));
  assert.ok(runs.every(({ length }) => length <= 16));
  assert.equal(runs.flat().length, 120);
});

test("who fails, fails alone, and the others have their results", async () => {
  const wrong = cacheOf(256);
  const { scheduler } = recording(({ cache }) => cache === wrong);
  const others = [cacheOf(256), cacheOf(256), cacheOf(256)];
  const [failed] = await Promise.all([
    assert
      .rejects(scheduler.run(passOf(wrong)), /no such run/)
      .then(() => assert.rejects(scheduler.run(passOf(wrong)), /no such run/)),
    ...others.map((cache) => steps(scheduler, cache, 3)),
  ]);
  assert.equal(failed, undefined);
});

test("a second pass of a cache before the first has ended is refused", async () => {
  const { scheduler } = recording();
  const cache = cacheOf(256);
  const running = scheduler.run(passOf(cache));
  await assert.rejects(scheduler.run(passOf(cache)), /in use/);
  await running;
  await steps(scheduler, cache, 1);
});
