import assert from "node:assert/strict";
import { test } from "node:test";
import { classChances } from "./class_chances.ts";

const at = (...top: readonly [text: string, chance: number][]) => ({
  text: top[0]?.[0] ?? "",
  logprob: Math.log(top[0]?.[1] ?? 1),
  top: top.map(([text, chance]) => ({ text, logprob: Math.log(chance) })),
});

test("chances are read where the answer decides between classes, and sum to 1", () => {
  const words = { benign: ["benign"], malignant: ["malignant"] };
  // The first token could begin neither, the second names both by accident, the third decides.
  const tokens = [
    at(["The", 1]),
    at(["look", 0.99], ["mal", 0.001], ["benign", 0.001]),
    at([" mal", 0.6], [" ben", 0.2]),
    at(["ignant", 1]),
  ];
  const { benign = 0, malignant = 0 } = classChances(tokens, words);
  assert.ok(Math.abs(malignant - 0.75) < 1e-12 && Math.abs(benign - 0.25) < 1e-12);
  const whole = classChances([at(["倾向恶性", 0.3], ["倾向良性", 0.1])], {
    benign: ["良性"],
    malignant: ["恶性"],
  });
  assert.ok(Math.abs((whole.malignant ?? 0) - 0.75) < 1e-12, "a token may say more than the word");
  assert.deepEqual(classChances([at(["no", 1])], words), {});
  assert.deepEqual(classChances([at([" abnormal", 0.5], [" normal", 0.4])], { normal: ["normal"] }), {});
  assert.deepEqual(classChances(undefined, words), {});
});

const letters = { A: ["A"], B: ["B"], C: ["C"] };
const truths = { true: ["True", "Yes"], false: ["False", "No"] };
const judgements = { true: ["正确"], false: ["错误", "不正确"] };
const natures = { normal: ["normal"], benign: ["benign"], malignant: ["malignant"] };
type Place = ReturnType<typeof at>;
const places: readonly [
  what: string,
  tokens: readonly Place[],
  words: Readonly<Record<string, readonly string[]>>,
  wanted: Readonly<Record<string, number>>,
][] = [
  [
    "alternatives to a word that is no class do not count",
    [at(["The", 0.9], ["A", 0.05], ["B", 0.03]), at([" answer is", 1]), at([" B", 0.9], [" A", 0.1])],
    letters,
    { B: 0.9, A: 0.1 },
  ],
  [
    "an article is no letter",
    [at(["A", 0.6], ["C", 0.4]), at([" mass", 0.9]), at([",", 1]), at([" B", 0.75], [" C", 0.25])],
    letters,
    { B: 0.75, C: 0.25 },
  ],
  ["words come in any case", [at(["true", 0.9], ["False", 0.1])], truths, { true: 0.9, false: 0.1 }],
  ["yes and no are truth values", [at(["no", 0.6], ["Yes", 0.2])], truths, { false: 0.75, true: 0.25 }],
  [
    "a token that denies a class is not for it",
    [at(["不正确", 0.6], ["正确", 0.3], ["错误", 0.1])],
    judgements,
    { false: 0.7, true: 0.3 },
  ],
  [
    "a class in several tokens is decided at its first",
    [at(["不", 0.6], ["正", 0.4]), at(["正确", 1], ["错误", 0])],
    judgements,
    { false: 0.6, true: 0.4 },
  ],
  [
    "a class that is denied before is not stated",
    [
      at(["It is not", 1]),
      at([" malignant", 0.9], [" benign", 0.1]),
      at([" but", 1]),
      at([" benign", 0.75], [" normal", 0.25]),
    ],
    natures,
    { benign: 0.75, normal: 0.25 },
  ],
  [
    "a token that only begins like a class is not one",
    [at(["b", 0.9], ["mal", 0.1]), at(["ladder, ", 1]), at(["mal", 0.8], ["ben", 0.2]), at(["ignant", 1])],
    natures,
    { malignant: 0.8, benign: 0.2 },
  ],
  [
    "where no other class is among the alternatives, all that they leave untold may be others",
    [at([" The", 1]), at([" A", 0.6], [" It", 0.3]), at([". Again A", 0.9])],
    letters,
    { A: 0.6 / 0.7 },
  ],
  ["who tells all and no other class is sure", [at(["A", 1])], letters, { A: 1 }],
  [
    "a class that is weighed later counts before one that is stated alone",
    [at(["A", 0.99]), at([", not C but B? ", 1]), at(["A", 0.75], ["B", 0.25])],
    letters,
    { A: 0.75, B: 0.25 },
  ],
  [
    "a class that is not the one stated is not sure",
    [at(["looks benign, malignant", 0.6], [" benign", 0.3])],
    natures,
    {},
  ],
  [
    "a class that only alternatives name is not stated",
    [at(["Well", 0.5], ["A", 0.4], ["B", 0.1])],
    letters,
    {},
  ],
];
for (const [what, tokens, words, wanted] of places)
  test(`chances: ${what}`, () => {
    const chances = classChances(tokens, words);
    assert.deepEqual(Object.keys(chances).sort(), Object.keys(wanted).sort());
    for (const [name, chance] of Object.entries(wanted))
      assert.ok(Math.abs((chances[name] ?? 0) - chance) < 1e-12, `${name}: ${chances[name]}`);
  });
