import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chosenOption,
  classChances,
  firstNumber,
  isInLanguage,
  judgedTrue,
  lengthInMm,
  namedClass,
  optionsIn,
  states,
} from "./read_answer.ts";

const options = optionsIn(
  "What is seen?\nA. cyst\nB) no mass\nC：mass\n(D is not an option.)\nAnswer with a letter.",
);

test("options are lines that begin with a letter", () => {
  assert.deepEqual(
    options.map(({ letter, text }) => `${letter} ${text}`),
    ["A cyst", "B no mass", "C mass"],
  );
  assert.deepEqual(optionsIn("A nodule is seen. Is it benign?"), []);
});

const choices: readonly [answer: string, letter: string | undefined][] = [
  ["A", "A"],
  ["B.", "B"],
  ["(C)", "C"],
  ["B) no mass", "B"],
  ["The answer is C.", "C"],
  ["Answer: (A)", "A"],
  ["答案：B", "B"],
  ["选C", "C"],
  ["no mass", "B"],
  ["The picture shows a cyst.", "A"],
  ["mass", "C"],
  ["a cyst or a mass", undefined],
  ["D", undefined],
  ["A nodule is not among them", undefined],
  ["B no mass", "B"],
  ["C\nbecause of its margin", "C"],
  ["Breast", undefined],
  ["", undefined],
];
for (const [answer, letter] of choices)
  test(`"${answer}" chooses ${letter ?? "nothing"}`, () =>
    assert.equal(chosenOption(answer, options), letter));

const truths: readonly [answer: string, truth: boolean | undefined][] = [
  ["True", true],
  ["true.", true],
  ["Yes, it is.", true],
  ["The statement is correct.", true],
  ["No", false],
  ["Not true", false],
  ["The statement is false.", false],
  ["incorrect", false],
  ["正确", true],
  ["对。", true],
  ["不正确", false],
  ["错误", false],
  ["不是", false],
  ["A nodule", undefined],
  ["Normal", undefined],
  ["", undefined],
];
for (const [answer, truth] of truths)
  test(`"${answer}" judges ${truth ?? "nothing"}`, () => assert.equal(judgedTrue(answer), truth));

test("a class is named by whole words, the longest first, and only one at a time", () => {
  const names = { normal: ["normal"], lesion: ["lesion"], none: ["no lesion"] };
  assert.equal(namedClass("Normal.", names), "normal");
  assert.equal(namedClass("abnormal", names), undefined);
  assert.equal(namedClass("There is no lesion.", names), "none");
  assert.equal(namedClass("a lesion", names), "lesion");
  assert.equal(namedClass("no lesion, and a lesion", names), undefined);
  assert.equal(namedClass("图中可见病灶", { present: ["可见病灶"], absent: ["未见病灶"] }), "present");
});

test("lengths come with their unit, in millimetres", () => {
  assert.equal(lengthInMm("The head circumference is about 174 mm."), 174);
  assert.equal(lengthInMm("The head circumference is about 0.886 × 119.2 = 106 mm."), 106);
  assert.equal(lengthInMm("about 17.4 cm"), 174);
  assert.equal(lengthInMm("头围约12厘米"), 120);
  assert.equal(lengthInMm("174"), undefined);
  assert.equal(firstNumber("EF 55.5 %, then 60"), 55.5);
  assert.equal(firstNumber("−3"), -3);
  assert.equal(firstNumber("none"), undefined);
});

test("the language of a text is that of most of its letters", () => {
  assert.ok(isInLanguage("超声所见：左乳见结节，BI-RADS 4A。", "zh"));
  assert.ok(!isInLanguage("Findings: a nodule.", "zh"));
  assert.ok(isInLanguage("Findings: a nodule.", "en"));
  assert.ok(!isInLanguage("", "en") && !isInLanguage("", "zh"));
});

const at = (...top: readonly [text: string, chance: number][]) => ({
  text: top[0]?.[0] ?? "",
  logprob: Math.log(top[0]?.[1] ?? 1),
  top: top.map(([text, chance]) => ({ text, logprob: Math.log(chance) })),
});

test("chances are read where the answer decides between classes, and sum to 1", () => {
  const words = { benign: "benign", malignant: "malignant" };
  // The first token could begin neither, the second names both by accident, the third decides.
  const tokens = [
    at(["The", 1]),
    at(["look", 0.99], ["mal", 0.001], ["benign", 0.001]),
    at([" mal", 0.6], [" ben", 0.2]),
  ];
  const { benign = 0, malignant = 0 } = classChances(tokens, words);
  assert.ok(Math.abs(malignant - 0.75) < 1e-12 && Math.abs(benign - 0.25) < 1e-12);
  const whole = classChances([at(["倾向恶性", 0.3], ["倾向良性", 0.1])], {
    benign: "良性",
    malignant: "恶性",
  });
  assert.ok(Math.abs((whole.malignant ?? 0) - 0.75) < 1e-12, "a token may say more than the word");
  assert.deepEqual(classChances([at(["no", 1])], words), {});
  assert.deepEqual(classChances([at([" abnormal", 0.5], [" normal", 0.4])], { normal: "normal" }), {});
  assert.deepEqual(classChances(undefined, words), {});
});

const lesions = {
  present: ["lesion", "lesions", "病灶"],
  absent: ["no lesion", "未见病灶"],
  normal: ["normal", "正常"],
};
const denials: readonly [text: string, named: string | undefined][] = [
  ["The picture shows a lesion.", "present"],
  ["No lesion.", "absent"],
  ["There is no evidence of a focal lesion.", "absent"],
  ["The picture does not show any lesions.", "absent"],
  ["I can't see a lesion here.", "absent"],
  ["There is no significant change of the lesion.", "present"],
  ["图中没有病灶。", "absent"],
  ["未发现明显病灶", "absent"],
  ["图中见无回声病灶", "present"],
  ["abnormal", undefined],
  ["It is not normal.", undefined],
  ["不正常", undefined],
  ["a lesion, or no lesion", undefined],
];
for (const [text, named] of denials)
  test(`"${text}" names ${named ?? "nothing"}`, () =>
    assert.equal(namedClass(text, lesions, { present: "absent" }), named));

test("a text states words only where they are whole", () => {
  assert.equal(states("it is (normal).", "normal"), true);
  assert.equal(states("abnormal", "normal"), false);
  assert.equal(states("bi-rads 41", "bi-rads 4"), false);
  assert.equal(states("图像为良性。", "良性"), true);
});
