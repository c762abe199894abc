import assert from "node:assert/strict";
import { test } from "node:test";
import { picture } from "../../test/model_fixture.ts";
import { recordOf } from "../../test/question_fixture.ts";
import { createPictureCheck } from "../data/check_pictures.ts";
import type { DataRecord } from "../data/record.ts";
import { collectQuestions, questionOf } from "./questions.ts";

const collect = (records: readonly DataRecord[]) => collectQuestions(records, createPictureCheck());

test("the last answer is expected, and all before it is asked", () => {
  const record: DataRecord = {
    messages: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "Look:\n<image> What is it?" },
      { role: "assistant", content: "A cyst." },
      { role: "user", content: "How large?" },
      { role: "assistant", content: "12 mm." },
    ],
    images: ["a.png"],
  };
  const { messages, expected } = questionOf(record, "q");
  assert.equal(expected, "12 mm.");
  assert.deepEqual(messages, [
    { role: "system", content: "Be brief." },
    {
      role: "user",
      content: [
        { type: "image", image: "a.png" },
        { type: "text", text: "Look:\nWhat is it?" },
      ],
    },
    { role: "assistant", content: "A cyst." },
    { role: "user", content: [{ type: "text", text: "How large?" }] },
  ]);
});

test("the language is the record's, or that of the last words", () => {
  assert.equal(questionOf(recordOf({ asked: "结节?", expected: "A" }), "q").language, "zh");
  assert.equal(questionOf(recordOf({ asked: "Nodule?", expected: "A" }), "q").language, "en");
  assert.equal(questionOf(recordOf({ asked: "结节?", language: "en" }), "q").language, "en");
});

test("a record without a group is one of its own", () => {
  assert.equal(questionOf(recordOf({}), "q7").group, "q7");
  assert.equal(questionOf(recordOf({ group: "anna" }), "q7").group, "anna");
});

test("records of the same pictures are one group where none is named, in whatever language they ask", async () => {
  const { questions } = await collect([
    recordOf({ id: "en", images: [picture("liver")], language: "en" }),
    recordOf({ id: "zh", images: [picture("liver")], language: "zh" }),
    recordOf({ id: "other", images: [picture("kidney")] }),
    recordOf({ id: "named", images: [picture("liver")], group: "anna" }),
    recordOf({ id: "gone", images: ["gone.png"] }),
    recordOf({ id: "damaged", images: [new Uint8Array([1, 2, 3])] }),
    recordOf({ id: "words" }),
  ]);
  const [en, zh, other, ...rest] = questions.map(({ group }) => group);
  assert.equal(en, zh);
  assert.notEqual(en, other);
  assert.deepEqual(rest, ["anna", "gone.png", "damaged", "words"]);
});

test("of equal ids the first is kept, and each other one is named", async () => {
  const { questions, duplicates } = await collect([
    recordOf({ id: "a", expected: "first" }),
    recordOf({ id: "b" }),
    recordOf({ id: "a", expected: "second" }),
    recordOf({ id: "a", expected: "third" }),
  ]);
  assert.deepEqual(
    questions.map(({ id, expected }) => [id, expected]),
    [
      ["a", "first"],
      ["b", "A cyst."],
    ],
  );
  assert.deepEqual(duplicates, ["a", "a"]);
});

test("a record without an id is known by its words and pictures", async () => {
  const idsOf = async (...records: DataRecord[]) => (await collect(records)).questions.map(({ id }) => id);
  const [first] = await idsOf(recordOf({ images: [picture("liver")] }));
  assert.deepEqual(await idsOf(recordOf({ images: [picture("liver")], region: "liver" })), [first]);
  const others = await idsOf(
    recordOf({ images: [picture("liver")] }),
    recordOf({ images: [picture("kidney")] }),
    recordOf({ images: [picture("liver")], asked: "Where?" }),
    recordOf({ images: [picture("liver")], expected: "B" }),
  );
  assert.equal(new Set(others).size, 4);
});

test("questions whose picture is not there are kept and named with every path; damaged files are there", async () => {
  const { questions, missing } = await collect([
    recordOf({ id: "good", images: [picture("liver")] }),
    recordOf({ id: "bad", images: ["gone.png", picture("liver"), "lost.png"] }),
    recordOf({ id: "damaged", images: [new Uint8Array([1, 2, 3])] }),
  ]);
  assert.equal(questions.length, 3);
  assert.deepEqual([...missing], [["bad", ["gone.png", "lost.png"]]]);
});
