import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { RequestError } from "../../errors.ts";
import { accuracy, balancedAccuracy } from "./accuracy.ts";
import { topLabelCalibrationError, topLabelReliability } from "./calibration.ts";
import { type ClassItem, confusionOf } from "./confusion.ts";
import { f1Of, macroF1, microF1 } from "./f1.ts";
import { cohenKappa, weightedKappa } from "./kappa.ts";
import { type Average, hammingLoss, labelScore, type Ratio } from "./label_sets.ts";
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
import { multiclassBrierScore, type ProbabilityItem } from "./probability.ts";
import { auroc, averagePrecision, macroAuroc } from "./ranking.ts";

interface Binary {
  readonly isPositive: readonly number[];
  readonly probability: readonly number[];
  readonly auroc: number;
  readonly averagePrecision: number;
  readonly brier: number;
  readonly calibrationError: number;
}

/** What test/fixtures/class_metrics.py writes. */
interface Reference {
  readonly classes: {
    readonly classes: number;
    readonly expected: readonly number[];
    readonly predicted: readonly number[];
    readonly accuracy: number;
    readonly balancedAccuracy: number;
    readonly f1PerClass: readonly number[];
    readonly macroF1: number;
    readonly microF1: number;
    readonly macroF1OfExpected: number;
    readonly microF1OfExpected: number;
    readonly kappa: number;
    readonly confusion: readonly (readonly number[])[];
  };
  readonly scale: {
    readonly classes: number;
    readonly expected: readonly number[];
    readonly predicted: readonly number[];
    readonly linear: number;
    readonly quadratic: number;
    readonly withUnparsed: readonly number[];
    readonly linearWithUnparsed: number;
    readonly quadraticWithUnparsed: number;
  };
  readonly binary: Binary;
  readonly ties: Binary;
  readonly multiclass: {
    readonly classes: number;
    readonly expected: readonly number[];
    readonly probabilities: readonly (readonly number[])[];
    readonly macroAuroc: number;
    readonly brier: number;
    readonly calibrationErrors: Readonly<Record<string, number>>;
  };
  readonly labelSets: {
    readonly expected: readonly (readonly number[])[];
    readonly answered: readonly (readonly number[])[];
    readonly scores: Readonly<Record<Ratio, Readonly<Record<Average, number>>>>;
    readonly hammingLoss: number;
  };
  readonly measurements: {
    readonly expected: readonly number[];
    readonly answered: readonly (number | null)[];
    readonly meanAbsoluteError: number;
    readonly rootMeanSquareError: number;
    readonly meanRelativeError: number;
    readonly shareAnswered: number;
    readonly within10Percent: number;
    readonly normalisedRmseScore: number;
  };
}
const path = new URL("../../../../test/fixtures/class_metrics.json", import.meta.url);
const reference: Reference = JSON.parse(readFileSync(fileURLToPath(path), "utf8"));

const scoreOf = <Item>(metric: Metric<Item>, items: readonly Item[]): number =>
  metric.of(items).score(everyRow(items));
function equals<Item>(metric: Metric<Item>, items: readonly Item[], wanted: number): void {
  const score = scoreOf(metric, items);
  assert.ok(Math.abs(score - wanted) <= 1e-9, `${metric.name}: expected ${wanted}, got ${score}`);
}

const nameOf = (place: number) => `class ${place}`;
const namesOf = (count: number) => Array.from({ length: count }, (_, place) => nameOf(place));
const classItems = (expected: readonly number[], predicted: readonly number[]): ClassItem[] =>
  expected.map((place, row) => ({
    expected: nameOf(place),
    predicted: predicted[row]! < 0 ? undefined : nameOf(predicted[row]!),
  }));

test("accuracy, balanced accuracy, F1, kappa and the confusion matrix equal scikit-learn's", () => {
  const { classes } = reference;
  const items = classItems(classes.expected, classes.predicted);
  const names = namesOf(classes.classes);
  equals(accuracy, items, classes.accuracy);
  equals(balancedAccuracy, items, classes.balancedAccuracy);
  for (const [place, wanted] of classes.f1PerClass.entries()) equals(f1Of(nameOf(place)), items, wanted);
  equals(macroF1(names), items, classes.macroF1);
  equals(microF1(names), items, classes.microF1);
  equals(macroF1(), items, classes.macroF1OfExpected);
  equals(microF1(), items, classes.microF1OfExpected);
  equals(cohenKappa, items, classes.kappa);
  assert.deepEqual(confusionOf(items, names)(everyRow(items)).counts, classes.confusion);
});

test("weighted kappa equals scikit-learn's; an unparsed answer is as far as the ends of the scale", () => {
  const { scale } = reference;
  const names = namesOf(scale.classes);
  const parsed = classItems(scale.expected, scale.predicted);
  equals(weightedKappa("linear", names), parsed, scale.linear);
  equals(weightedKappa("quadratic", names), parsed, scale.quadratic);
  const unparsed = classItems(scale.expected, scale.withUnparsed);
  equals(weightedKappa("linear", names), unparsed, scale.linearWithUnparsed);
  equals(weightedKappa("quadratic", names), unparsed, scale.quadraticWithUnparsed);
});

test("an answer that does not parse is wrong, like one that is no class", () => {
  const scale = ["2", "3", "4", "5"];
  const expected = ["2", "3", "4", "5", "5", "2"];
  const items: ClassItem[] = expected.map((name) => ({ expected: name, predicted: name }));
  const changed = (predicted: string | undefined) => items.with(0, { expected: "2", predicted });
  for (const metric of [
    accuracy,
    balancedAccuracy,
    f1Of("2"),
    macroF1(scale),
    microF1(scale),
    cohenKappa,
    weightedKappa("linear", scale),
    weightedKappa("quadratic", scale),
  ]) {
    equals(metric, items, 1);
    const unparsed = scoreOf(metric, changed(undefined));
    assert.ok(unparsed < 1, `${metric.name} sees it`);
    equals(metric, changed("no such class"), unparsed);
  }
  equals(
    cohenKappa,
    items.map((item) => ({ ...item, predicted: undefined })),
    0,
  );
});

test("a closed list of classes is closed to what is expected", () => {
  const items = [{ expected: "6", predicted: "5" }];
  assert.throws(() => macroF1(["4", "5"]).of(items), RequestError);
});

const binaryItems = ({ isPositive, probability }: Binary): ProbabilityItem[] =>
  isPositive.map((positive, row) => ({
    expected: positive === 1 ? "malignant" : "benign",
    probabilities: { malignant: probability[row]! },
  }));

for (const [name, binary] of Object.entries({ untied: reference.binary, tied: reference.ties }))
  test(`of ${name} probabilities of one class: AUROC, average precision, Brier score and ECE`, () => {
    const items = binaryItems(binary);
    equals(auroc("malignant"), items, binary.auroc);
    equals(averagePrecision("malignant"), items, binary.averagePrecision);
    equals(multiclassBrierScore(["malignant"]), items, binary.brier);
    equals(topLabelCalibrationError(["malignant"], 7), items, binary.calibrationError);
  });

test("of several classes: AUROC one against rest, Brier score and ECE of the likeliest", () => {
  const { classes, expected, probabilities, ...wanted } = reference.multiclass;
  const names = namesOf(classes);
  const items = expected.map((place, row) => ({
    expected: nameOf(place),
    probabilities: Object.fromEntries(names.map((name, column) => [name, probabilities[row]![column]!])),
  }));
  equals(macroAuroc(names), items, wanted.macroAuroc);
  equals(multiclassBrierScore(names), items, wanted.brier);
  for (const [bins, error] of Object.entries(wanted.calibrationErrors))
    equals(topLabelCalibrationError(names, Number(bins)), items, error);
  const curve = topLabelReliability(items, names, 10);
  assert.equal(
    curve.reduce((sum, { count }) => sum + count, 0),
    items.length,
  );
});

test("an edge belongs to the bin below it, and zero to the first", () => {
  const at = (malignant: number, expected = "malignant") => ({ expected, probabilities: { malignant } });
  const items = [at(0, "benign"), at(0.25), at(0.5), at(0.5, "benign"), at(1)];
  const curve = topLabelReliability(items, ["malignant"], 4);
  assert.deepEqual(curve, [
    { from: 0, to: 0.25, count: 2, confidence: 0.125, observed: 0.5 },
    { from: 0.25, to: 0.5, count: 2, confidence: 0.5, observed: 0.5 },
    { from: 0.5, to: 0.75, count: 0, confidence: Number.NaN, observed: Number.NaN },
    { from: 0.75, to: 1, count: 1, confidence: 1, observed: 1 },
  ]);
});

test("no probabilities at all: zero confidence, and wrong", () => {
  const items = [{ expected: "a", probabilities: {} }];
  equals(topLabelCalibrationError(["a", "b"], 10), items, 0);
  equals(multiclassBrierScore(["a", "b"]), items, 1);
  assert.equal(topLabelReliability(items, ["a", "b"], 1)[0]!.observed, 0);
});

test("probabilities must be probabilities", () => {
  for (const probabilities of [{ a: 1.2 }, { a: -0.1 }, { a: Number.NaN }, { a: 0.7, b: 0.7 }])
    for (const metric of [multiclassBrierScore(["a"]), topLabelCalibrationError(["a"], 5)])
      assert.throws(() => metric.of([{ expected: "a", probabilities }]), RequestError);
  assert.throws(() => auroc("a").of([{ expected: "a", probabilities: { a: Number.NaN } }]), RequestError);
});

test("precision, recall, F1 and Hamming loss of label sets equal scikit-learn's", () => {
  const { expected, answered, scores, hammingLoss: loss } = reference.labelSets;
  const labels = namesOf(expected[0]!.length);
  const labelsOf = (row: readonly number[]) => labels.filter((_, place) => row[place] === 1);
  const items = expected.map((row, index) => ({
    expected: labelsOf(row),
    answered: labelsOf(answered[index]!),
  }));
  for (const ratio of ["precision", "recall", "F1"] as const)
    for (const average of ["macro", "micro", "example"] as const)
      equals(labelScore(ratio, average, labels), items, scores[ratio][average]);
  equals(hammingLoss(labels), items, loss);
  assert.throws(() => hammingLoss(labels).of([{ expected: [], answered: ["cyst"] }]), RequestError);
});

test("errors of measurements equal scikit-learn's over the answered; tolerances are over all", () => {
  const wanted = reference.measurements;
  const items: MeasurementItem[] = wanted.expected.map((expected, row) => ({
    expected,
    answered: wanted.answered[row] ?? undefined,
    unit: "mm",
  }));
  equals(meanAbsoluteError("mm"), items, wanted.meanAbsoluteError);
  equals(rootMeanSquareError("mm"), items, wanted.rootMeanSquareError);
  equals(meanRelativeError, items, wanted.meanRelativeError);
  equals(shareAnswered, items, wanted.shareAnswered);
  equals(withinRelative(0.1), items, wanted.within10Percent);
  equals(normalisedRmseScore({ from: 50, to: 350 }, "mm"), items, wanted.normalisedRmseScore);
});

test("1 - RMSE counts no error for more than the whole range", () => {
  const metric = normalisedRmseScore({ from: 0, to: 1 }, "mm");
  const item = (answered: number | undefined) => ({ expected: 0.5, answered, unit: "mm" });
  equals(metric, [item(55)], 0);
  equals(metric, [item(-55)], 0);
  equals(metric, [item(undefined)], 0);
  equals(metric, [item(0.75)], 0.75);
  equals(metric, [item(55), item(0.5)], 1 - Math.sqrt(0.5));
});

test("units do not mix, and no error is a share of nothing", () => {
  const items = [{ expected: 0, answered: 1, unit: "cm" }];
  assert.throws(() => meanAbsoluteError("mm").of(items), RequestError);
  assert.throws(() => meanRelativeError.of(items), RequestError);
  equals(shareAnswered, [{ expected: 1, answered: Number.NaN, unit: "mm" }], 0);
});
