import assert from "node:assert/strict";
import { test } from "node:test";
import { recordOf, setOf } from "../../test/question_fixture.ts";
import type { Given } from "./exchange.ts";
import { problemsOf } from "./problems.ts";
import type { Problem } from "./scores.ts";

const zh = { language: "zh", asked: "图中见什么？" } as const;
const questions = [
  ["fine", recordOf({ expected: "A cyst." }), "A mass of the liver."],
  ["empty", recordOf({}), " \n"],
  ["english", recordOf({ ...zh, expected: "囊肿。" }), "A cyst is seen."],
  ["chinese", recordOf({ expected: "A cyst." }), "可见一个囊肿。"],
  ["letters", recordOf({ ...zh, expected: "A" }), "B"],
  ["category", recordOf({ ...zh, expected: "BI-RADS 3" }), "BI-RADS 4"],
  ["number", recordOf({ ...zh, expected: "12 mm" }), "13 mm"],
  ["ten thousand", recordOf({}), "cyst ".repeat(10_000)],
  ["cut", recordOf({}), "A cyst of the"],
  ["missing", recordOf({ images: ["gone.png"] }), "failed"],
  ["failed", recordOf({}), "failed"],
] as const;

const set = {
  ...setOf(
    questions.map(([id, record]) => ({ ...record, id })),
    ["missing"],
  ),
  duplicates: ["fine", "fine"],
};
const given = questions.map(
  ([id, , text]): Given =>
    text === "failed"
      ? { id, text: "", finish: "failed", problem: "no picture" }
      : { id, text, finish: id === "cut" ? "length" : "stop" },
);
const answers = (["pictures", "noise"] as const).map((condition) => ({
  model: "m",
  identity: {},
  condition,
  given,
}));

test("whatever is wrong is named once: with records for all models, with answers for each condition", () => {
  const ofRecords = ["fine", "fine"];
  const told = (kind: Problem["kind"], ...ids: string[]) => ({ kind, ids });
  const ofAnswers = [
    told("empty answer", "empty"),
    told("wrong language", "english", "chinese"),
    told("far too long", "ten thousand"),
    told("cut off at the most tokens", "cut"),
    told("no answer", "failed"),
  ];
  const all = { model: "all", condition: "pictures" } as const;
  assert.deepEqual(problemsOf({ set, unreadable: ["odd"], answers }), [
    { ...all, ...told("duplicate id", ...ofRecords) },
    { ...all, ...told("missing picture", "missing") },
    { ...all, ...told("unreadable expectation", "odd") },
    ...(["pictures", "noise"] as const).flatMap((condition) =>
      ofAnswers.map((one) => ({ model: "m", condition, ...one })),
    ),
  ]);
});

test("a long answer is fine where long ones are expected", () => {
  const long = setOf([recordOf({ id: "q", expected: "cyst ".repeat(200) })]);
  const answer: Given = { id: "q", text: "cyst ".repeat(300), finish: "stop" };
  const asked = {
    set: long,
    unreadable: [],
    answers: [{ model: "m", identity: {}, condition: "pictures" as const, given: [answer] }],
  };
  assert.deepEqual(problemsOf(asked), []);
});
