import assert from "node:assert/strict";
import { test } from "node:test";
import { firstNumber, lengthInMm } from "./numbers.ts";

const lengths: readonly [answer: string, mm: number | undefined][] = [
  ["The head circumference is about 174 mm.", 174],
  ["about 17.4 cm", 174],
  ["174 MM", 174],
  ["头围约12厘米", 120],
  ["２３毫米", 23],
  ["174 millimetres", 174],
  ["1 millimeter", 1],
  ["17.4 centimeters", 174],
  [".5 cm", 5],
  ["1,234 mm", 1234],
  ["17,4 cm", 174],
  ["1 1/2 cm", 15],
  ["1½ cm", 15],
  ["½ cm", 5],
  ["12/8 mm", undefined],
  ["12 x 8 mm", 12],
  ["12×8×5 mm", 12],
  ["12 mm x 8 mm", 12],
  ["1.82 × 99.5 = 181 mm", 181],
  ["1.82 × 99.5 mm = 181 mm", 181],
  ["99.5 mm × 1.82 = 181 mm", 181],
  ["5 mm²", undefined],
  ["5 mmHg", undefined],
  ["5毫米汞柱", undefined],
  ["5 cmH2O", undefined],
  ["5 cm/s", undefined],
  ["120 mmol", undefined],
  ["174", undefined],
  ["", undefined],
];
for (const [answer, mm] of lengths)
  test(`"${answer}" is ${mm ?? "no length in"} mm`, () => assert.equal(lengthInMm(answer), mm));

const numbers: readonly [answer: string, number: number | undefined][] = [
  ["0.55, then 60", 0.55],
  ["0.5,0.6", 0.5],
  ["1,2,3", 1],
  ["−3", -3],
  ["－3", -3],
  [".42", 0.42],
  ["0.62。", 0.62],
  ["约0.62", 0.62],
  ["0,62", 0.62],
  ["1,234", 1234],
  ["1.5e-3", 0.0015],
  ["1/2", 0.5],
  ["６５", 65],
  ["55%", 0.55],
  ["55 ％", 0.55],
  ["55.5 percent", 0.555],
  ["50 percentile", 50],
  ["EF2: 0.7", 0.7],
  ["2D view: 0.7", 0.7],
  ["2.5D view: 0.7", 0.7],
  ["COVID-19: 0.7", 0.7],
  ["none", undefined],
  ["EF2", undefined],
];
for (const [answer, number] of numbers)
  test(`"${answer}" states ${number ?? "no number"}`, () => assert.equal(firstNumber(answer), number));
