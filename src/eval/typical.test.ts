import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitrarySet, recordOf, setOf, taskOf } from "../../test/question_fixture.ts";
import { typicalAnswers } from "./typical.ts";

const reports = (
  rows: readonly (readonly [group: string, expected: string, asked?: string])[],
  task = "report",
) =>
  setOf(
    rows.map(([group, expected, asked = "Write the report."]) => recordOf({ task, group, asked, expected })),
  ).questions;

test("of texts that all differ it is the one that is most like those of other groups, not the first", () => {
  const texts = [
    "The bladder is empty today.",
    "The liver is of normal size and shape.",
    "The liver is of normal size, its echo is even.",
    "The liver is of normal size and shape, its echo is even.",
  ] as const;
  const questions = reports(texts.map((text, n) => [`patient ${n}`, text] as const));
  const [first, ...others] = typicalAnswers(questions, taskOf).values();
  assert.equal(first, texts[3]);
  assert.ok(!others.includes(texts[0]));
});

test("questions that tell a region are answered with what that region's expect", () => {
  const [liver, heart] = ["The liver is even.", "The left ventricle is wide."];
  const questions = reports([
    ["a", liver, "Read this liver ultrasound image."],
    ["b", liver, "Read this liver ultrasound image."],
    ["c", liver, "Read this liver ultrasound image."],
    ["d", heart, "Read this cardiac ultrasound image."],
    ["e", heart, "Read this cardiac ultrasound image."],
    ["f", "The breast is dense.", "Read this breast ultrasound image."],
  ]);
  assert.deepEqual(
    [...typicalAnswers(questions, taskOf).values()],
    [liver, liver, liver, heart, heart, liver],
    "who is alone with its region gets what all expect",
  );
});

test("the order of questions and whatever the own group expects change nothing", () => {
  fc.assert(
    fc.property(arbitrarySet, fc.constantFrom("A", "D"), ({ questions }, answer) => {
      const before = typicalAnswers(questions, taskOf);
      const { group } = questions[0]!;
      const changed = questions.map((one) => (one.group === group ? { ...one, expected: answer } : one));
      const after = typicalAnswers([...changed].reverse(), taskOf);
      for (const one of questions.filter((one) => one.group === group))
        assert.equal(after.get(one.id), before.get(one.id));
    }),
  );
});

test("a group with more questions than are compared leaves others their place", () => {
  const many = Array.from({ length: 400 }, (_, n) => ["many", `The liver has ${n} cysts.`] as const);
  const answers = typicalAnswers(reports([...many, ["one", "The liver is even."]]), taskOf);
  assert.equal(answers.get("q0"), "The liver is even.");
  assert.match(answers.get("q400") ?? "", /cysts/);
});

test("who is alone in asking has none", () => {
  const questions = [...reports([["a", "Even."]]), ...reports([["b", "Wide."]], "open")];
  const renamed = questions.map((question, n) => ({ ...question, id: `${n}` }));
  assert.deepEqual([...typicalAnswers(renamed, taskOf).values()], [undefined, undefined]);
});
