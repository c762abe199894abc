/** @file A whole run without a model: what comes out depends on the questions, the answers and the seed alone. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import type { DataRecord } from "../src/data/record.ts";
import { RequestError } from "../src/errors.ts";
import type { ModelSource } from "../src/eval/answerer.ts";
import { type EvaluateOptions, evaluate } from "../src/eval/evaluate.ts";
import { evaluationsNamed } from "../src/eval/evaluations.ts";
import { conditions } from "../src/eval/exchange.ts";
import { scoresCsv } from "../src/eval/output/csv.ts";
import { scoresJson } from "../src/eval/output/json.ts";
import { scoresMarkdown } from "../src/eval/output/markdown.ts";
import { scoresPage } from "../src/eval/output/page.ts";
import type { RunScores } from "../src/eval/scores.ts";
import { lookAtName, recordsOf, someFacts } from "./evaluation_fixture.ts";
import { fakeModel } from "./question_fixture.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const facts = [...someFacts.slice(0, 4), ...someFacts.slice(-3)];

/** Records of pictures that are there; those of the last picture are not. */
function madeRecords(folder: string): DataRecord[] {
  for (const n of facts.keys()) if (n < facts.length - 1) writeFileSync(join(folder, `${n}.png`), "");
  return recordsOf(facts, folder);
}

/** Whatever a model may say, by what it is asked and shown. */
const sayings = [
  "",
  "A",
  "B. benign",
  "True",
  "错误",
  "良性",
  "The picture shows no lesion.",
  "超声所见：肝脏可见囊肿。\n超声提示：肝囊肿。",
  "About 12 mm.",
];
const tenThousandTokens = "cyst ".repeat(10_000);

const few = evaluationsNamed(["report", "true or false", "region", "nature"]);
const closed = evaluationsNamed(["single choice", "true or false", "region"]);

const speaking = (salt: string, calls = Number.POSITIVE_INFINITY, stop?: AbortController): ModelSource => {
  let left = calls;
  return fakeModel(
    (conversations) => {
      if (left-- <= 0) {
        stop?.abort(new Error("stopped"));
        throw stop?.signal.reason;
      }
      return conversations.map((messages) => {
        const told = JSON.stringify(messages, (_, value: unknown) =>
          typeof value === "string" && value.endsWith(".png") ? basename(value) : value,
        );
        const [lot = 0] = createHash("sha256")
          .update(salt + told)
          .digest();
        if (salt === "long" && lot % 4 === 0) return { text: tenThousandTokens, finish: "stop" };
        return { text: sayings[lot % sayings.length] ?? "", finish: lot > 250 ? "length" : "stop" };
      });
    },
    { name: salt, batch: 8, identity: { salt } },
  );
};

const options = (folder: string, more: Partial<EvaluateOptions> = {}): EvaluateOptions => ({
  folder,
  evaluations: few,
  models: [speaking("one"), speaking("two")],
  conditions,
  settings: { maxNewTokens: 8, temperature: 0, seed: 7 },
  draws: 3,
  most: 6,
  look: lookAtName,
  signal: new AbortController().signal,
  onProgress: () => {},
  ...more,
});

/** Everything that is printed of a run. */
const printed = async (run: RunScores) => ({
  json: scoresJson(run),
  csv: scoresCsv(run),
  markdown: scoresMarkdown(run),
  page: await scoresPage(run, async () => undefined),
});

const filesIn = (folder: string) =>
  [
    "questions.jsonl",
    "run.json",
    ...readdirSync(join(folder, "answers"))
      .sort()
      .map((name) => `answers/${name}`),
  ].map((name) => [name, readFileSync(join(folder, name), "utf8")]);

test("two runs of one seed give the same bytes, whether stopped midway or not", async (t) => {
  const records = madeRecords(temporaryFolder(t));
  const [unbroken, broken] = [temporaryFolder(t), temporaryFolder(t)];
  const wanted = await printed(await evaluate(records, options(unbroken)));
  const stop = new AbortController();
  const stopping = [speaking("one"), speaking("two", 4, stop)];
  await assert.rejects(
    evaluate(records, options(broken, { models: stopping, signal: stop.signal })),
    /stopped/,
  );
  assert.ok(readdirSync(join(broken, "answers")).length > 4, "some answers were kept");
  assert.deepEqual(await printed(await evaluate(records, options(broken))), wanted);
  assert.deepEqual(filesIn(broken), filesIn(unbroken));
});

test("neither the order of the records nor where their pictures lie changes a number", async (t) => {
  const given = { most: 1e6, evaluations: closed, models: [speaking("one")] };
  const numbersOf = async (records: readonly DataRecord[]) => {
    const { worst: _, ...run } = await evaluate(records, options(temporaryFolder(t), given));
    return scoresJson({ ...run, worst: [] });
  };
  const wanted = await numbersOf(madeRecords(temporaryFolder(t)));
  assert.equal(await numbersOf(madeRecords(temporaryFolder(t)).toReversed()), wanted);
});

test("more questions hold those that fewer ask, in both languages", async (t) => {
  const records = madeRecords(temporaryFolder(t));
  const asked = async (most: number) => {
    const folder = temporaryFolder(t);
    await evaluate(
      records,
      options(folder, { most, evaluations: evaluationsNamed(["region"]), conditions: ["majority"] }),
    );
    const lines = readFileSync(join(folder, "questions.jsonl"), "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line));
  };
  const [fewer, more] = [await asked(7), await asked(11)];
  assert.deepEqual([fewer.length, more.length], [7, 11]);
  const ids = new Set(more.map(({ id }) => id));
  assert.ok(fewer.every(({ id }) => ids.has(id)));
  assert.equal(new Set(fewer.map(({ language }) => language)).size, 2);
  assert.deepEqual(Object.keys(fewer[0]), [
    "id",
    "evaluation",
    "language",
    "group",
    "asked",
    "expected",
    "images",
  ]);
  assert.match(fewer[0].asked[0].content, /^<image>\S/);
});

test("bad records and bad answers are counted and named, and none is dropped", async (t) => {
  const records = madeRecords(temporaryFolder(t));
  const [first = assert.fail()] = records.filter(({ task }) => task === "choice");
  const odd: DataRecord = {
    ...first,
    id: "odd",
    messages: [...first.messages.slice(0, -1), { role: "assistant", content: "neither of them" }],
  };
  const { problems, scores } = await evaluate(
    [...records, first, odd],
    options(temporaryFolder(t), {
      most: 1e6,
      evaluations: closed,
      models: [speaking("long")],
      conditions: ["pictures", "no picture"],
    }),
  );
  const named = (kind: string, model = "long") =>
    problems
      .filter((one) => one.kind === kind && [model, "all"].includes(one.model))
      .flatMap(({ ids }) => ids);
  assert.deepEqual(named("duplicate id"), [`single choice: ${first.id}`]);
  assert.deepEqual(named("unreadable expectation"), ["single choice: odd"]);
  const missing = named("missing picture");
  assert.ok(missing.length > 1 && new Set(missing).size === missing.length);
  for (const kind of ["empty answer", "wrong language", "far too long", "cut off at the most tokens"])
    assert.ok(named(kind).length > 0, kind);
  assert.deepEqual(named("no answer"), []);
  const choices = scores.filter(
    ({ evaluation, metric, model, region }) =>
      evaluation === "single choice" && metric === "accuracy" && model === "long" && region === "all",
  );
  const asked = records.filter(({ task }) => task === "choice").length;
  for (const condition of ["pictures", "no picture"]) {
    const own = choices.filter((one) => one.condition === condition);
    assert.equal(
      own.reduce((sum, { questions }) => sum + questions, 0),
      asked,
      condition,
    );
    assert.ok(own.some(({ unread }) => unread > 0));
  }
});

test("records that ask nothing of the kind are refused before any model is opened", async (t) => {
  const models: ModelSource[] = [{ name: "m", open: async () => assert.fail("opened") }];
  const run = options(temporaryFolder(t), { models, evaluations: evaluationsNamed(["report"]) });
  await assert.rejects(evaluate([], run), (error: Error) => {
    assert.ok(error instanceof RequestError);
    return /expected questions for report, got none.*docs\/evaluation\.md/s.test(error.message);
  });
});
