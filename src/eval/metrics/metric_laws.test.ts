import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { accuracy, balancedAccuracy } from "./accuracy.ts";
import { topLabelCalibrationError } from "./calibration.ts";
import { f1Of, macroF1, microF1 } from "./f1.ts";
import { cohenKappa, weightedKappa } from "./kappa.ts";
import { hammingLoss, labelScore } from "./label_sets.ts";
import {
  type MeasurementItem,
  meanAbsoluteError,
  meanRelativeError,
  normalisedRmseScore,
  rootMeanSquareError,
  shareAnswered,
  withinRelative,
} from "./measurement.ts";
import { everyRow, type Metric } from "./metric.ts";
import { multiclassBrierScore } from "./probability.ts";
import { auroc, averagePrecision, macroAuroc } from "./ranking.ts";

const classes = ["a", "b", "c"];
const className = fc.constantFrom(...classes);

/** Metrics of one kind of item, with items of that kind. */
interface Family<Item> {
  readonly metrics: readonly Metric<Item>[];
  readonly item: fc.Arbitrary<Item>;
  /** What answers everything rightly. */
  readonly right: (item: Item) => Item;
}

const ratios = ["precision", "recall", "F1"] as const;
const averages = ["macro", "micro", "example"] as const;

const classFamily: Family<{ expected: string; predicted: string | undefined }> = {
  metrics: [
    accuracy,
    balancedAccuracy,
    f1Of("a"),
    macroF1(),
    macroF1(classes),
    microF1(),
    microF1(classes),
    cohenKappa,
    weightedKappa("linear", classes),
    weightedKappa("quadratic", classes),
  ],
  item: fc.record({ expected: className, predicted: fc.option(className, { nil: undefined }) }),
  right: ({ expected }) => ({ expected, predicted: expected }),
};

const probabilityFamily: Family<{ expected: string; probabilities: Record<string, number> }> = {
  metrics: [
    auroc("a"),
    macroAuroc(classes),
    averagePrecision("a"),
    multiclassBrierScore(classes),
    topLabelCalibrationError(classes, 5),
  ],
  item: fc.record({
    expected: className,
    probabilities: fc
      .tuple(fc.nat(5), fc.nat(5), fc.nat(5))
      .map((parts) => Object.fromEntries(classes.map((name, place) => [name, parts[place]! / 15]))),
  }),
  right: ({ expected }) => ({ expected, probabilities: { [expected]: 1 } }),
};

const measurementFamily: Family<MeasurementItem> = {
  metrics: [
    shareAnswered,
    meanAbsoluteError("mm"),
    rootMeanSquareError("mm"),
    meanRelativeError,
    withinRelative(0.2),
    normalisedRmseScore({ from: 0, to: 100 }, "mm"),
  ],
  item: fc.record({
    expected: fc.integer({ min: 1, max: 100 }),
    answered: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
    unit: fc.constant("mm"),
  }),
  right: (item) => ({ ...item, answered: item.expected }),
};

const labelFamily: Family<{ expected: string[]; answered: string[] }> = {
  metrics: [
    hammingLoss(classes),
    ...ratios.flatMap((ratio) => averages.map((average) => labelScore(ratio, average, classes))),
  ],
  item: fc.record({ expected: fc.subarray(classes), answered: fc.subarray(classes) }),
  right: ({ expected }) => ({ expected, answered: expected }),
};

const near = (actual: number, wanted: number, what: string) =>
  assert.ok(
    Object.is(actual, wanted) || Math.abs(actual - wanted) <= 1e-12,
    `${what}: ${actual} is not ${wanted}`,
  );

function laws<Item>(kind: string, { metrics, item, right }: Family<Item>): void {
  const sampled = fc
    .array(item, { minLength: 1, maxLength: 12 })
    .chain((items) =>
      fc.tuple(fc.constant(items), fc.array(fc.nat(items.length - 1), { minLength: 1, maxLength: 20 })),
    );
  for (const metric of metrics) {
    const of = `${kind}, ${metric.name} (${metric.signature})`;
    test(`${of}: rows score as their items would, in any order`, () => {
      fc.assert(
        fc.property(sampled, ([items, rows]) => {
          const repeated = rows.map((row) => items[row]!);
          const score = metric.of(items).score(rows);
          near(score, metric.of(repeated).score(everyRow(repeated)), "repeated");
          near(score, metric.of(items).score(rows.toReversed()), "reversed");
        }),
        { numRuns: 60 },
      );
    });

    test(`${of}: nothing scores better than right answers, and no rows score nothing`, () => {
      fc.assert(
        fc.property(sampled, ([items, rows]) => {
          const score = metric.of(items).score(rows);
          const best = metric.of(items.map(right)).score(rows);
          const lead = metric.better === "higher" ? best - score : score - best;
          assert.ok(Number.isNaN(lead) || lead >= -1e-12, `${score} beats ${best}`);
          assert.ok(Number.isNaN(metric.of(items).score([])));
        }),
        { numRuns: 60 },
      );
    });
  }
}

laws("classes", classFamily);
laws("probabilities", probabilityFamily);
laws("measurements", measurementFamily);
laws("label sets", labelFamily);

test("no two metrics have one name and one signature", () => {
  const all = [classFamily, probabilityFamily, measurementFamily, labelFamily].flatMap(({ metrics }) =>
    metrics.map(({ name, signature }) => `${name} ${signature}`),
  );
  assert.equal(new Set(all).size, all.length);
});
