import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitrarySet, recordOf, setOf, taskOf } from "../../test/question_fixture.ts";
import type { Question } from "./exchange.ts";
import { majorityAnswers } from "./majority.ts";

/** By definition: count every answer of other groups to the same kind in the same language. */
function byDefinition(question: Question, questions: readonly Question[]): string | undefined {
  const others = questions
    .filter(
      (other) =>
        other.group !== question.group &&
        taskOf(other) === taskOf(question) &&
        other.language === question.language,
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const countOf = (answer: string) => others.filter(({ expected }) => expected === answer).length;
  const most = Math.max(...others.map(({ expected }) => countOf(expected)));
  return others.find(({ expected }) => countOf(expected) === most)?.expected;
}

test("it is the commonest answer to such questions in other groups; of equals the first by id", () => {
  fc.assert(
    fc.property(arbitrarySet, ({ questions }) => {
      const answers = majorityAnswers(questions, taskOf);
      for (const question of questions)
        assert.equal(answers.get(question.id), byDefinition(question, questions));
    }),
    { numRuns: 500 },
  );
});

test("whatever the own group expects changes nothing", () => {
  fc.assert(
    fc.property(arbitrarySet, fc.constantFrom("A", "D"), ({ questions }, answer) => {
      const before = majorityAnswers(questions, taskOf);
      const { group } = questions[0]!;
      const changed = questions.map((one) => (one.group === group ? { ...one, expected: answer } : one));
      const after = majorityAnswers(changed, taskOf);
      for (const one of questions.filter((one) => one.group === group))
        assert.equal(after.get(one.id), before.get(one.id));
    }),
  );
});

test("who is alone in asking has none", () => {
  const { questions } = setOf([recordOf({ task: "open" }), recordOf({ task: "choice" })]);
  assert.deepEqual([...majorityAnswers(questions, taskOf).values()], [undefined, undefined]);
});
