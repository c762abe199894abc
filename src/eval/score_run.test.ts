import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, recordsOf, someFacts, u2Records } from "../../test/evaluation_fixture.ts";
import { u2BenchEvaluations } from "./evaluations/u2_bench.ts";
import { evaluationsNamed } from "./evaluations.ts";
import type { Condition, Question } from "./exchange.ts";
import { kindOf, pictureKinds } from "./questions.ts";
import { type AnsweredEvaluation, scoresOf } from "./score_run.ts";

const records = recordsOf(someFacts, "pictures");
const draws = { count: 60, seed: 3 };
const [region] = evaluationsNamed(["region"]) as [(typeof u2BenchEvaluations)[number]];

const by = async (
  model: string,
  answer: (question: Question) => string,
  condition: Condition = "pictures",
): Promise<AnsweredEvaluation> => ({
  evaluation: region,
  model,
  condition,
  exchanges: await answered(region, records, answer),
});
const right = ({ expected }: Question) => expected;
const wrong = () => "no idea";
/** Right about every third group. */
const seldom = ({ expected, group }: Question) => (Number(group.split(" ")[1]) % 3 === 0 ? expected : "");

test("all regions are the regions together, and kinds of pictures are never counted together", async () => {
  const run = await by("m", right);
  const { scores } = scoresOf([run], draws);
  for (const pictures of pictureKinds) {
    const own = scores.filter((one) => one.pictures === pictures && one.metric === "accuracy");
    const [all = assert.fail(), ...parts] = own;
    assert.equal(all.region, "all");
    if (pictures === "empty") assert.deepEqual(parts, [], "they are all of other regions");
    else {
      assert.ok(parts.length > 2);
      assert.equal(
        all.questions,
        parts.reduce((sum, { questions }) => sum + questions, 0),
      );
    }
    const asked = run.exchanges.filter(({ question }) => kindOf(question.record) === pictures);
    assert.equal(all.questions, asked.length);
  }
});

test("a difference is the second's score less the first's, and nothing between equal models", async () => {
  const { scores, differences } = scoresOf(
    [await by("a", seldom), await by("b", right), await by("c", right)],
    draws,
  );
  const accuracyOf = (model: string) =>
    scores.find((one) => one.model === model && one.region === "all" && one.pictures === "real")?.value ??
    assert.fail();
  const found = differences.filter(
    ({ metric, pictures, region: where }) => metric === "accuracy" && pictures === "real" && where === "all",
  );
  assert.deepEqual(
    found.map(({ models }) => models.join(" ")),
    ["a b", "a c", "b c"],
  );
  const [ab = assert.fail(), ac = assert.fail(), bc = assert.fail()] = found;
  assert.ok(Math.abs(ab.difference - (accuracyOf("b") - accuracyOf("a"))) < 1e-12);
  const [low, high] = ab.interval ?? assert.fail("no interval");
  assert.ok(low <= ab.difference && ab.difference <= high && ab.difference > 0);
  assert.equal(ab.difference, ac.difference);
  assert.deepEqual([bc.difference, ...(bc.interval ?? []), bc.p], [0, 0, 0, 1]);
  // Of three comparisons the smallest p is taken three times (Holm).
  const [alone = assert.fail()] = scoresOf(
    [await by("a", seldom), await by("b", right)],
    draws,
  ).differences.filter(
    ({ metric, pictures, region: where }) => metric === "accuracy" && pictures === "real" && where === "all",
  );
  assert.ok(Math.abs(ab.p - Math.min(1, 3 * alone.p)) < 1e-12, `${ab.p} and ${alone.p}`);
});

test("models are compared on the pictures only; controls are scored", async () => {
  const run = await Promise.all([
    by("a", right),
    by("b", wrong),
    by("a", wrong, "noise"),
    by("b", right, "noise"),
    by("none", seldom, "majority"),
  ]);
  const { scores, differences, worst, confusions } = scoresOf(run, draws);
  for (const list of [differences, worst, confusions])
    for (const { condition } of list) assert.equal(condition, "pictures");
  assert.deepEqual(
    scores
      .filter((one) => one.metric === "accuracy" && one.pictures === "real" && one.region === "all")
      .map(({ model, condition, value }) => [
        model,
        condition,
        value === 1 ? 1 : value === 0 ? 0 : "between",
      ]),
    [
      ["a", "pictures", 1],
      ["b", "pictures", 0],
      ["a", "noise", 0],
      ["b", "noise", 1],
      ["none", "majority", "between"],
    ],
  );
  assert.ok(worst.every(({ model, asked }) => model === "b" && !asked.includes("<image>")));
});

/** Scores and differences of two models on records of so many groups, all of one kind. */
async function ofGroups(count: number) {
  const real = records.filter((record) => kindOf(record) === "real");
  const groups = [...new Set(real.map(({ group }) => group))].slice(0, count);
  const own = real.filter(({ group }) => groups.includes(group));
  const exchanges = await answered(region, own, seldom);
  const parts = ["a", "b"].map((model) => ({
    evaluation: region,
    model,
    condition: "pictures" as const,
    exchanges,
  }));
  const { scores, differences } = scoresOf(parts, draws);
  const isWhole = (one: { readonly region: string }) => one.region === "all";
  return { scores: scores.filter(isWhole), differences: differences.filter(isWhole) };
}

test("few groups have no interval, since they tell little of others; one group has no difference", async () => {
  for (const count of [1, 9, 10]) {
    const { scores, differences } = await ofGroups(count);
    assert.ok(scores.length > 0);
    assert.equal(differences.length > 0, count > 1);
    for (const { groups } of scores) assert.equal(groups, count);
    for (const { interval } of [...scores, ...differences]) assert.equal(interval !== null, count === 10);
  }
});

test("draws in which a score is not defined are counted where there are any", async () => {
  const truth = evaluationsNamed(["true or false"])[0] ?? assert.fail();
  // One statement alone is true: many draws hold none of its kind, so that nothing can be put before another.
  const exchanges = (await answered(truth, records, ({ expected }) => expected)).filter(
    ({ question: { record } }) => kindOf(record) === "real",
  );
  const truths = exchanges.filter((one) => truth.classes?.read(one).expected === "true").slice(0, 1);
  const lies = exchanges.filter((one) => truth.classes?.read(one).expected === "false").slice(0, 5);
  const told = [...truths, ...lies].map(({ question, given }, row) => ({
    question: { ...question, group: `${row}` },
    given: { ...given, tokens: [{ text: given.text, logprob: 0, top: [] }] },
  }));
  const { scores } = scoresOf(
    [{ evaluation: truth, model: "m", condition: "pictures", exchanges: told }],
    draws,
  );
  const drawsOf = (name: string) =>
    scores.find(({ metric, region: where }) => metric.startsWith(name) && where === "all")?.undefinedDraws;
  assert.equal(drawsOf("accuracy"), undefined);
  assert.ok((drawsOf("AUROC") ?? 0) > 5 && (drawsOf("AUROC") ?? 0) < draws.count);
});

/** Each question in six pairs of groups. */
const manyU2Records = [0, 1, 2, 3, 4, 5].flatMap((copy) =>
  u2Records.map((record) => ({ ...record, id: `${record.id} ${copy}`, group: `${record.group} ${copy}` })),
);

test("U2-BENCH's tasks make one score where all eight were asked: 1 for right answers", async () => {
  const scored = async (answer: (question: Question) => string, left = 0) => {
    const parts = await Promise.all(
      u2BenchEvaluations.slice(left).map(async (evaluation) => ({
        evaluation,
        model: "m",
        condition: "pictures" as const,
        exchanges: await answered(evaluation, manyU2Records, answer),
      })),
    );
    return scoresOf(parts, draws).scores.filter(({ metric }) => metric === "U2-Score");
  };
  const [perfect = assert.fail()] = await scored(right);
  assert.ok(Math.abs((perfect.value ?? 0) - 1) < 1e-12, `${perfect.value}`);
  assert.deepEqual(
    [perfect.evaluation, perfect.region, perfect.questions, perfect.groups, perfect.unread],
    ["U2-BENCH", "all", 96, 12, 0],
  );
  assert.deepEqual(
    perfect.interval?.map((bound) => Number(bound.toFixed(9))),
    [1, 1],
  );
  const half = (
    await scored(({ record, expected }) => (record.group?.startsWith("group 0") ? expected : ""))
  )[0];
  const [low, high] = half?.interval ?? assert.fail("no interval");
  assert.ok(low < (half?.value ?? 0) && (half?.value ?? 1) < high, `${low} to ${high} around ${half?.value}`);
  const [nothing = assert.fail()] = await scored(() => "");
  assert.deepEqual([nothing.value, nothing.unread], [0, 96]);
  const diagnoses = await scored(({ record, expected }) => (record.task === "U2-BENCH DD" ? expected : ""));
  assert.ok(Math.abs((diagnoses[0]?.value ?? 0) - 0.2) < 1e-12);
  // "abnormal" holds "normal" and does not say it.
  const [abnormal = assert.fail()] = await scored(({ record }) =>
    record.task === "U2-BENCH DD" ? "Abnormal." : "",
  );
  assert.ok(Math.abs((abnormal.value ?? 0) - 0.1) < 1e-12);
  assert.deepEqual(await scored(right, 1), []);
});

const u2ScoresBy = async (task: string, answer: (expected: string) => string) => {
  const evaluation = u2BenchEvaluations.find(({ name }) => name === `U2-BENCH ${task}`) ?? assert.fail(task);
  const exchanges = await answered(evaluation, u2Records, ({ expected }) => answer(expected));
  const [first = assert.fail(task)] = scoresOf(
    [{ evaluation, model: "m", condition: "pictures", exchanges }],
    draws,
  ).scores;
  return first;
};

const classAnswers: readonly [what: string, answer: (expected: string) => string, wanted: number[]][] = [
  ["the class in a sentence", (expected) => `The picture is **${expected}**.`, [1, 0]],
  ["every class", () => "It could be normal or abnormal.", [0, 2]],
  ["the right class denied", (expected) => `It is not ${expected}.`, [0, 2]],
  ["no class", () => "I do not know.", [0, 2]],
  ["another class", (expected) => (expected === "normal" ? "abnormal" : "normal"), [0, 0]],
];
for (const task of ["DD", "VRA", "LL", "OD", "KD"])
  for (const [what, answer, wanted] of classAnswers)
    test(`U2-BENCH ${task}: ${what} has accuracy and unread answers ${wanted.join(", ")}`, async () => {
      const { value, unread } = await u2ScoresBy(task, answer);
      assert.deepEqual([value, unread], wanted);
    });

test("U2-BENCH's classes stand in the signature of the scores that they are read by", async () => {
  const { signature } = await u2ScoresBy("DD", (expected) => expected);
  const [evaluation = assert.fail()] = u2BenchEvaluations;
  const other = u2Records.slice(0, 1);
  const exchanges = await answered(evaluation, other, ({ expected }) => expected);
  const [score] = scoresOf([{ evaluation, model: "m", condition: "pictures", exchanges }], draws).scores;
  assert.notEqual(score?.signature, signature);
});

test("no answer to U2-BENCH CVE costs more than silence, and usual ways to write a value are read", async () => {
  const value = async (answer: (expected: string) => string) => (await u2ScoresBy("CVE", answer)).value ?? -1;
  assert.equal(await value(() => ""), 0);
  assert.equal(await value(() => "It is 42."), 0);
  assert.equal(await value((expected) => expected.replace("0.", ".")), 1);
  assert.equal(await value((expected) => `2D view: ${100 * Number(expected)} %`), 1);
});
