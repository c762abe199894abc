import assert from "node:assert/strict";
import { test } from "node:test";
import { chosenOption, optionsIn } from "./options.ts";

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
  ["b", "B"],
  ["b.", "B"],
  ["(b)", "B"],
  ["b) no mass", "B"],
  ["The answer is B", "B"],
  ["The answer is b", "B"],
  ["**B**", "B"],
  ["[B]", "B"],
  ['"B"', "B"],
  ["\\boxed{B}", "B"],
  ["<answer>B</answer>", "B"],
  ["The correct answer is: **B**", "B"],
  ["I choose B", "B"],
  ["B is correct.", "B"],
  ["Ｂ", "B"],
  ["选Ｂ", "B"],
  ["我选b", "B"],
  ["答案应为B", "B"],
  ["答案应该是B", "B"],
  ["B选项", "B"],
  ["The answer is a cyst", "A"],
  ["The answer is E, a cyst", "A"],
  ["A mass", "C"],
  ["Option A is incorrect. Option B is correct.", "B"],
  ["The answer is not A, it is B", "B"],
  ["Not A or B, but C", "C"],
  ["不选A，选B", "B"],
  ["不选A和B，选C", "C"],
  ["A错误，B正确", "B"],
  ["答案不是A，而是B", "B"],
  ["排除A选项，选B", "B"],
  ["I would not choose A", undefined],
  ["B rather than A", "B"],
  ["The answer is B, not A", "B"],
  ["不选A. cyst", undefined],
  ["It is not A (cyst)", undefined],
  ["A, B", undefined],
  ["a, b", undefined],
  ["(A) and (B)", undefined],
  ["选A和B", undefined],
  ["It is A or B", undefined],
  ["A. cyst\nB. no mass\nC. mass", undefined],
  ["It is not A", undefined],
  ["hepatitis B", undefined],
  ["B超", undefined],
  ["B-mode", undefined],
  ["not a cyst", undefined],
  ["It is not a cyst, it is a mass", "C"],
  ["cystic", undefined],
];
for (const [answer, letter] of choices)
  test(`${JSON.stringify(answer)} chooses ${letter ?? "nothing"}`, () =>
    assert.equal(chosenOption(answer, options), letter));

test("an option's text is chosen by whole words that are not denied", () => {
  const natures = optionsIn("A. normal\nB. mass\nC. D, or hepatitis B");
  assert.equal(chosenOption("normal", natures), "A");
  assert.equal(chosenOption("abnormal", natures), undefined);
  assert.equal(chosenOption("not normal", natures), undefined);
  assert.equal(chosenOption("No mass", natures), undefined);
  assert.equal(chosenOption("C. D, or hepatitis B", natures), "C", "letters in its own text are not chosen");
});

const askings: readonly [asked: string, texts: readonly string[]][] = [
  ["(A) cyst\n(B) mass", ["cyst", "mass"]],
  ["（A）囊肿\n（B）肿块", ["囊肿", "肿块"]],
  ["a) cyst\nb) mass", ["cyst", "mass"]],
  ["- A. cyst\n- B. mass", ["cyst", "mass"]],
  ["**A.** cyst\n**B.** mass", ["cyst", "mass"]],
  ["What is seen? A. cyst B. mass C. normal", ["cyst", "mass", "normal"]],
  ["What is seen? (A) cyst (B) mass\nAnswer with a letter.", ["cyst", "mass"]],
  ["图中是什么？A、囊肿；B、肿块", ["囊肿", "肿块"]],
  ["Hepatitis B: is it seen?", []],
];
for (const [asked, texts] of askings)
  test(`the options of ${JSON.stringify(asked)}`, () =>
    assert.deepEqual(
      optionsIn(asked),
      texts.map((text, place) => ({ letter: "ABC"[place], text })),
    ));
