import assert from "node:assert/strict";
import { test } from "node:test";
import { Facts } from "../../src/data/facts.ts";
import type { DataRecord } from "../../src/data/record.ts";
import type { Exchange } from "../../src/eval/exchange.ts";
import { questionOf } from "../../src/eval/questions.ts";
import { referencesOf } from "./references.ts";
import { type Finished, measureOf, resultsOf, verdictOf } from "./results.ts";
import { planRuns } from "./runs.ts";
import { scales } from "./scale.ts";
import type { Measure } from "./scores.ts";
import { resultsMarkdown } from "./tables.ts";

const measure = (metric: string, value: number, low: number, high: number): Measure => ({
  evaluation: "report",
  signature: "",
  ...{ metric, value, low, high },
});

test("a direction holds where all is above 0 and every seed agrees, and is open where they do not", () => {
  const each = (...values: readonly number[]) => values.map((value) => [measure("BLEU-1 (en)", value, 0, 0)]);
  const above = [measure("BLEU-1 (en)", 1, 0.5, 1.5)];
  assert.match(verdictOf(above, each(2, 0.1))[0] ?? "", /holds in 1,/);
  assert.match(verdictOf(above, each(2, -0.1))[0] ?? "", /holds in 0, is reversed in 0 and open in 1/);
});

test("a direction holds above 0, is reversed below, and is open on both sides", () => {
  const of = (low: number, high: number) =>
    verdictOf([measure("BLEU-1 (en)", (low + high) / 2, low, high)], [])[0];
  assert.match(of(0.1, 2) ?? "", /holds in 1, is reversed in 0 and open in 0/);
  assert.match(of(-2, -0.1) ?? "", /holds in 0, is reversed in 1 and open in 0/);
  assert.match(of(-1, 1) ?? "", /holds in 0, is reversed in 0 and open in 1/);
  assert.match(verdictOf([], [])[0] ?? "", /nothing to compare/);
});

const reports = Array.from(
  { length: 12 },
  (_, n): DataRecord => ({
    id: `test-${n} report`,
    messages: [
      { role: "user", content: "Write the report." },
      { role: "assistant", content: `Findings: A thyroid nodule number ${n}.\nImpression: Thyroid nodule.` },
    ],
    task: "report",
    language: "en",
    region: "thyroid",
    simulated: true,
    group: `test-${n}`,
  }),
);

/** A run that answers so. */
function finished(name: string, answer: (expected: string) => string): Finished {
  const run = planRuns(scales.full).find((one) => one.name === name);
  assert.ok(run);
  const exchanges = reports.map((record): Exchange => {
    const question = questionOf(record, record.id ?? "");
    return { question, given: { id: question.id, text: answer(question.expected), finish: "stop" } };
  });
  const phase = { steps: 10, tokens: 1000, records: 9, validationLoss: 1, timed: { seconds: 1, steps: 10 } };
  return {
    run,
    phases: [phase, phase],
    answers: new Map([
      ["pictures", exchanges],
      ["other picture", exchanges],
    ]),
  };
}

const right = (expected: string) => expected;
const wrong = () => "Nothing is seen.";
const draws = { count: 60, seed: 1 };

test("who answers as expected has the best scores, and leads whoever does not", () => {
  const { runs, seeds, bLessA, verdict } = resultsOf(
    [finished("a-1", wrong), finished("b-1", right), finished("a-2", wrong), finished("b-2", right)],
    scales.full,
    draws,
  );
  const b = runs.find(({ name }) => name === "b-1");
  assert.ok(Math.abs((measureOf(b?.scores ?? [], "report", "BLEU-1 (en)")?.value ?? 0) - 100) < 1e-9);
  const lead = measureOf(bLessA, "report", "ROUGE-1 (en)");
  assert.ok(lead && lead.low > 0.5 && (lead.p ?? 1) < 0.05);
  assert.match(verdict[0] ?? "", /holds in 2,/);
  assert.deepEqual(
    seeds.map(({ name, seeds }) => [name, seeds]),
    [
      ["a", 2],
      ["b", 2],
      ["b − a", 2],
    ],
  );
});

test("equal answers differ by nothing", () => {
  const { bLessA } = resultsOf([finished("a-1", right), finished("b-1", right)], scales.full, draws);
  const difference = measureOf(bLessA, "report", "BLEU-1 (en)");
  assert.deepEqual([difference?.value, difference?.low, difference?.high, difference?.p], [0, 0, 0, 1]);
});

test("the page names every run, and every number in it has been computed", () => {
  const all = ["a-1", "b-1", "no-experts"].map((name) => finished(name, right));
  const page = resultsMarkdown(resultsOf(all, scales.full, draws), "Test");
  for (const { run } of all) assert.ok(page.includes(`| ${run.name} |`));
  assert.doesNotMatch(page.split("## Signatures")[0]!, /NaN|undefined|Infinity/);
});

test("what knows every fact says it in other words, and what no model knows is the same for all pictures", () => {
  const facts = Facts.parse({
    region: "thyroid",
    source: "simulated",
    findings: [{ kind: "nodule", pathology: "benign" }],
  });
  const questions = reports.map((record) => questionOf({ ...record, facts }, record.id ?? ""));
  const [reworded, typical] = referencesOf(questions);
  assert.equal(reworded?.exchanges.length, questions.length);
  for (const { question, given } of reworded?.exchanges ?? []) {
    assert.notEqual(given.text, question.expected);
    assert.match(given.text, /thyroid/i);
  }
  assert.equal(typical?.exchanges.length, questions.length);
  assert.deepEqual(
    referencesOf(questions.map((one) => ({ ...one, record: { ...one.record, facts: undefined! } })))[0]
      ?.exchanges,
    [],
  );
});
