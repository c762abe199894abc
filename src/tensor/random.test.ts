import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "./random.ts";

test("the sequence is the reference's", () => {
  const random = createRandom(3187971780);
  const wanted = [0.9101573252119124, 0.19822758669033647, 0.38112715096212924, 0.610747727798298];
  assert.deepEqual(
    wanted.map(() => random()),
    wanted,
  );
});

test("numbers lie in [0, 1), fill it evenly, and generators do not share state", () => {
  const [random, other] = [createRandom(5), createRandom(5)];
  const tenths = Array<number>(10).fill(0);
  for (let n = 0; n < 10_000; n++) {
    const value = random();
    assert.ok(value >= 0 && value < 1);
    tenths[Math.floor(value * 10)]! += 1;
    assert.equal(other(), value);
  }
  for (const count of tenths) assert.ok(Math.abs(count - 1000) < 150, `${tenths}`);
});

test("every seed of 32 bits is its own", () => {
  const first = [0, 1, 2 ** 31, 2 ** 32 - 1].map((seed) => createRandom(seed)());
  assert.equal(new Set(first).size, first.length);
});
