import assert from "node:assert/strict";
import { test } from "node:test";
import { natureWords } from "../evaluations/class_words.ts";
import { namedClass } from "./classes.ts";

test("a class is named by whole words, the longest first, and only one at a time", () => {
  const names = { normal: ["normal"], lesion: ["lesion"], none: ["no lesion"] };
  assert.equal(namedClass("Normal.", names), "normal");
  assert.equal(namedClass("abnormal", names), undefined);
  assert.equal(namedClass("There is no lesion.", names), "none");
  assert.equal(namedClass("a lesion", names), "lesion");
  assert.equal(namedClass("no lesion, and a lesion", names), undefined);
  assert.equal(namedClass("图中可见病灶", { present: ["可见病灶"], absent: ["未见病灶"] }), "present");
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
  ["Ａ ｌｅｓｉｏｎ", "present"],
];
for (const [text, named] of denials)
  test(`"${text}" names ${named ?? "nothing"}`, () =>
    assert.equal(namedClass(text, lesions, { present: "absent" }), named));

test("a class that ends in a number is not part of another number, and a letter is no article", () => {
  const categories = { three: ["BI-RADS 3"], four: ["BI-RADS 4"], a: ["A"] };
  assert.equal(namedClass("bi-rads 4.", categories), "four");
  assert.equal(namedClass("BI-RADS 41", categories), undefined);
  assert.equal(namedClass("BI-RADS 4.5", categories), undefined);
  assert.equal(namedClass("The class is A.", categories), "a");
  assert.equal(namedClass("A nodule of a kind", categories), undefined);
  assert.equal(namedClass("0.5 mm", { five: ["5 mm"] }), undefined);
});

test("the usual words for normal name it, and a denied abnormality is not a denied class", () => {
  const words = (language: "en" | "zh") =>
    Object.fromEntries(Object.entries(natureWords).map(([name, own]) => [name, own[language]]));
  for (const text of ["乳腺未见异常。", "未见明显异常", "双乳腺无异常", "正常"])
    assert.equal(namedClass(text, words("zh")), "normal", text);
  for (const text of ["No abnormality is seen.", "Unremarkable breast.", "normal"])
    assert.equal(namedClass(text, words("en")), "normal", text);
  for (const text of ["异常", "见异常回声"]) assert.equal(namedClass(text, words("zh")), undefined, text);
  assert.equal(namedClass("remarkable", words("en")), undefined);
});
