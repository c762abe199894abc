import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RequestError } from "../../errors.ts";
import { createRandom, type Random } from "../../tensor/random.ts";
import { balancedAccuracy } from "../metrics/accuracy.ts";
import { meanOf } from "../metrics/metric.ts";
import { auroc } from "../metrics/ranking.ts";
import { bootstrap, quantile } from "./bootstrap.ts";

const draws = { count: 300, seed: 5 };
const patients = (count: number, rowsEach: number) =>
  Array.from({ length: count * rowsEach }, (_, row) => `patient ${Math.floor(row / rowsEach)}`);

test("quantiles lie on straight lines between the values", () => {
  assert.equal(quantile([1, 2, 4], 0.5), 2);
  assert.equal(quantile([1, 2, 4], 0.75), 3);
  assert.equal(quantile([1, 2, 4], 1), 4);
  assert.equal(quantile([7], 0.025), 7);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

test("the interval holds the score, and follows from the seed", () => {
  const groups = patients(30, 2);
  const random = createRandom(1);
  const items = groups.map(() => {
    const expected = random() < 0.5 ? "a" : "b";
    return { expected, predicted: random() < 0.7 ? expected : undefined };
  });
  const at = (seed: number) => bootstrap(balancedAccuracy.of(items), groups, { count: 500, seed });
  const { score, low, high, undefinedDraws } = at(3);
  assert.ok(low < score && score < high && high - low < 0.5, `${low}, ${score}, ${high}`);
  assert.equal(undefinedDraws, 0);
  assert.deepEqual(at(3), at(3));
  assert.notDeepEqual(at(3), at(4));
});

test("more rows of the same patients say nothing more; the order of rows does not matter", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 12 }), (values) => {
      const groups = values.map((_, row) => `patient ${row}`);
      const once = bootstrap(meanOf(values), groups, draws);
      const twice = bootstrap(meanOf([...values, ...values]), [...groups, ...groups], draws);
      assert.ok(Math.abs(once.low - twice.low) < 1e-9 && Math.abs(once.high - twice.high) < 1e-9);
      assert.ok(Math.min(...values) <= once.low && once.high <= Math.max(...values));
    }),
    { numRuns: 30 },
  );
});

/** A number of mean 0 and deviation 1, nearly normal. */
const normal = (random: Random) => Array.from({ length: 12 }, random).reduce((a, b) => a + b, -6);

test("intervals hold the truth 95 times in 100, if rows of one patient are drawn together, and only then", () => {
  const groups = patients(40, 3);
  const random = createRandom(2);
  const experiments = 200;
  let [together, apart] = [0, 0];
  for (let seed = 0; seed < experiments; seed++) {
    const effects = new Map([...new Set(groups)].map((group) => [group, normal(random)]));
    const values = meanOf(groups.map((group) => effects.get(group)! + 0.3 * normal(random)));
    const holds = (names: readonly string[]) => {
      const { low, high } = bootstrap(values, names, { count: 200, seed });
      return Number(low <= 0 && 0 <= high);
    };
    together += holds(groups);
    apart += holds(groups.map((_, row) => `row ${row}`));
  }
  assert.ok(together / experiments > 0.9 && together / experiments < 0.98, `${together} of ${experiments}`);
  assert.ok(apart / experiments < 0.85, `${apart} of ${experiments}`);
});

test("draws without a score are left out and counted", () => {
  const items = ["a", "b"].map((expected, row) => ({ expected, probabilities: { a: row } }));
  const { score, low, high, undefinedDraws } = bootstrap(auroc("a").of(items), ["1", "2"], draws);
  assert.deepEqual([score, low, high], [0, 0, 0]);
  assert.ok(Math.abs(undefinedDraws - draws.count / 2) < 40, `${undefinedDraws}`);
});

test("no rows, no interval", () => assert.throws(() => bootstrap(meanOf([]), [], draws), RequestError));
