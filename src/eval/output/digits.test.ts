import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { axis } from "./axis.ts";
import { decimalsFor, fixed, intervalText, pText, shownDifference, signed } from "./digits.ts";

test("three significant digits below 1, four from 1 on, by the largest of a row", () => {
  const shown = (...numbers: number[]) => numbers.map((number) => fixed(number, decimalsFor(numbers)));
  assert.deepEqual(shown(0.41234, 0.05), ["0.412", "0.050"]);
  assert.deepEqual(shown(0.04123), ["0.0412"]);
  assert.deepEqual(shown(1, 0.5), ["1.000", "0.500"]);
  assert.deepEqual(shown(12.345, -3), ["12.35", "−3.00"]);
  assert.deepEqual(shown(123456), ["123456"]);
  assert.deepEqual(shown(0), ["0.000"]);
  assert.deepEqual(shown(1e-12), ["0.000000"]);
});

test("minus signs, no minus zero, and words for what there is not", () => {
  assert.deepEqual(
    [fixed(-0.0001, 2), signed(-0.0001, 2), signed(0.5, 1), signed(-0.5, 1)],
    ["0.00", "0.00", "+0.5", "−0.5"],
  );
  assert.deepEqual(
    [fixed(null, 2), intervalText(null, 2), intervalText([-1, 1], 1)],
    ["not defined", "no interval", "[−1.0, 1.0]"],
  );
  assert.deepEqual([pText(0.0004), pText(0.04), pText(1)], ["< 0.001", "0.040", "1.000"]);
});

test("a difference is that of the numbers shown", () => {
  assert.equal(shownDifference(0.1249, 0.1251, 2), -0.01);
  assert.equal(shownDifference(0.3, 0.1, 3), 0.2);
});

test("ticks are round, evenly spaced and reach around what is shown", () => {
  const bounds = fc.tuple(
    fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
  );
  fc.assert(
    fc.property(bounds, ([low, span]) => {
      const { ticks, decimals, at } = axis(low, low + span, 100, 0);
      const step = ticks[1]! - ticks[0]!;
      assert.ok(ticks[0]! <= low + 1e-6 * step && ticks.at(-1)! >= low + span - 1e-6 * step);
      assert.ok(ticks.length >= 3 && ticks.length <= 8, `${ticks}`);
      assert.ok(Math.abs(at(ticks[0]!) - 100) < 1e-6 && Math.abs(at(ticks.at(-1)!)) < 1e-6);
      for (const tick of ticks) assert.ok(Math.abs(Number(tick.toFixed(decimals)) - tick) < 1e-9);
    }),
  );
});
