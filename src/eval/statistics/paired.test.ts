import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RequestError } from "../../errors.ts";
import { createRandom } from "../../tensor/random.ts";
import { accuracy, balancedAccuracy } from "../metrics/accuracy.ts";
import type { ClassItem } from "../metrics/confusion.ts";
import { macroF1 } from "../metrics/f1.ts";
import { auroc } from "../metrics/ranking.ts";
import { holm } from "./holm.ts";
import { exchangeTest, type Pair, pairedBootstrap } from "./paired.ts";

const draws = { count: 400, seed: 9 };

/** Two models with their shares of right answers, `rowsEach` questions of each patient. */
function answers(seed: number, first: number, second: number, count = 60, rowsEach = 2): Pair<ClassItem> {
  const random = createRandom(seed);
  const rows = Array.from({ length: count * rowsEach }, (_, row) => row);
  const expected = rows.map(() => (random() < 0.4 ? "malignant" : "benign"));
  const answered = (share: number) =>
    expected.map((name) => ({ expected: name, predicted: random() < share ? name : undefined }));
  return {
    first: answered(first),
    second: answered(second),
    groups: rows.map((row) => `patient ${Math.floor(row / rowsEach)}`),
  };
}

for (const [name, compare] of Object.entries({ pairedBootstrap, exchangeTest })) {
  test(`${name}: a model does not differ from itself`, () => {
    for (const metric of [accuracy, balancedAccuracy, macroF1()]) {
      const { first, groups } = answers(1, 0.7, 0.7);
      const { score, p } = compare(metric, { first, second: first, groups }, draws);
      assert.deepEqual([score, p], [0, 1], metric.name);
    }
  });

  test(`${name}: a much better model is seen to be better, either way round`, () => {
    const pair = answers(2, 0.9, 0.6);
    const there = compare(balancedAccuracy, pair, draws);
    const back = compare(
      balancedAccuracy,
      { first: pair.second, second: pair.first, groups: pair.groups },
      draws,
    );
    assert.ok(there.score > 0.2 && there.p < 0.02 && back.p < 0.02, `${there.score}, ${there.p}, ${back.p}`);
    assert.ok(Math.abs(there.score + back.score) < 1e-12);
    assert.deepEqual(compare(balancedAccuracy, pair, draws), there);
  });

  test(`${name}: models that are equally good are told apart about once in twenty times`, () => {
    const experiments = 200;
    let seen = 0;
    for (let seed = 0; seed < experiments; seed++)
      seen += Number(compare(accuracy, answers(seed, 0.7, 0.7, 30), { count: 150, seed }).p <= 0.05);
    assert.ok(seen >= 2 && seen <= 0.09 * experiments, `${seen} of ${experiments}`);
  });

  test(`${name}: few patients with many equal answers prove less than many patients`, () => {
    const few = answers(4, 0.95, 0.4, 4, 30);
    const many = { ...few, groups: few.groups.map((_, row) => `patient ${row}`) };
    // All rows of one patient repeat its first one.
    const repeated = {
      first: few.first.map((_, row) => few.first[row - (row % 30)]!),
      second: few.second.map((_, row) => few.second[row - (row % 30)]!),
    };
    const [together, apart] = [few.groups, many.groups].map(
      (groups) => compare(accuracy, { ...repeated, groups }, draws).p,
    );
    assert.ok(together! > 0.05 && apart! < 0.01, `${together}, ${apart}`);
  });

  test(`${name}: refuses what is not paired; an undefined difference has no p`, () => {
    const { first, second, groups } = answers(5, 0.5, 0.5, 4);
    assert.throws(() => compare(accuracy, { first, second: second.slice(1), groups }, draws), RequestError);
    const items = [{ expected: "a", probabilities: { a: 1 } }];
    assert.ok(Number.isNaN(compare(auroc("a"), { first: items, second: items, groups: ["1"] }, draws).p));
  });
}

test("the interval of a difference holds it, and lies beyond 0 where p is small", () => {
  const { score, low, high, p } = pairedBootstrap(accuracy, answers(6, 0.9, 0.6), draws);
  assert.ok(low < score && score < high && low > 0 && p < 0.05, `${low}, ${score}, ${high}, ${p}`);
});

test("drawn exchanges approach the share of all exchanges", () => {
  const pair = answers(8, 0.85, 0.5, 10, 2);
  const right = (items: readonly ClassItem[]) =>
    items.map(({ expected, predicted }) => Number(expected === predicted));
  const [first, second] = [right(pair.first), right(pair.second)];
  const differences = Array.from({ length: 10 }, (_, group) =>
    [0, 1].reduce((sum, k) => sum + first[2 * group + k]! - second[2 * group + k]!, 0),
  );
  const observed = Math.abs(differences.reduce((a, b) => a + b, 0));
  const all = Array.from({ length: 2 ** 10 }, (_, signs) =>
    Math.abs(differences.reduce((sum, d, group) => sum + ((signs >> group) & 1 ? -d : d), 0)),
  );
  const exact = all.filter((difference) => difference >= observed).length / all.length;
  const { p } = exchangeTest(accuracy, pair, { count: 4000, seed: 1 });
  assert.ok(exact > 0.01 && exact < 0.5, `${exact}`);
  assert.ok(Math.abs(p - exact) < 3.5 * Math.sqrt((exact * (1 - exact)) / 4000), `${p} is not ${exact}`);
});

test("Holm's correction", () => {
  const near = (actual: readonly number[], wanted: readonly number[]) =>
    assert.ok(
      actual.length === wanted.length && actual.every((value, i) => Math.abs(value - wanted[i]!) < 1e-12),
      `${actual}`,
    );
  near(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
  near(holm([0.6, 0.9]), [1, 1]);
  assert.deepEqual(holm([]), []);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (values) => {
      const corrected = holm(values);
      for (const [i, p] of values.entries()) {
        assert.ok(corrected[i]! >= p && corrected[i]! <= Math.min(1, p * values.length) + 1e-12);
        for (const [j, q] of values.entries()) if (p <= q) assert.ok(corrected[i]! <= corrected[j]!);
      }
    }),
    { numRuns: 50 },
  );
});
