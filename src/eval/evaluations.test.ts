import assert from "node:assert/strict";
import { test } from "node:test";
import { answered, recordsOf, someFacts, u2Records } from "../../test/evaluation_fixture.ts";
import { RequestError } from "../errors.ts";
import { evaluations, evaluationsNamed } from "./evaluations.ts";
import type { Exchange, Question, TokenAlternatives } from "./exchange.ts";
import { scoresOf } from "./score_run.ts";
import type { Score } from "./scores.ts";

const records = [...recordsOf(someFacts, "pictures"), ...u2Records];
const draws = { count: 2, seed: 1 };

async function scoresBy(name: string, answer: (question: Question) => string) {
  const [evaluation = assert.fail(name)] = evaluationsNamed([name]);
  const exchanges = await answered(evaluation, records, answer);
  assert.ok(exchanges.length > 1, `${name} asks nothing of the test's records`);
  const run = scoresOf([{ evaluation, model: "m", condition: "pictures", exchanges }], draws);
  return { exchanges, run, whole: run.scores.filter(({ region }) => region === "all") };
}

/** What the best answer scores: METEOR and CIDEr-D depend on the texts. */
function bestOf({ metric, better }: Score): number | undefined {
  if (better === "lower") return 0;
  if (/^(?:(?:sentence )?BLEU|chrF)/.test(metric)) return 100;
  return /^(?:METEOR|CIDEr)/.test(metric) ? undefined : 1;
}

for (const { name } of evaluations)
  test(`${name}: right answers score the most, none the least, and none is unread but those of no words`, async () => {
    const right = await scoresBy(name, ({ expected }) => expected);
    const none = await scoresBy(name, () => " ");
    for (const [place, score] of right.whole.entries()) {
      const [best, least] = [bestOf(score), none.whole[place] ?? assert.fail()];
      const what = `${score.metric}, ${score.pictures}`;
      // No label or class may be there to be right about.
      if (score.value !== null && best !== undefined)
        assert.ok(Math.abs(score.value - best) < 1e-9, `${what}: ${score.value} for right answers`);
      if (best === undefined) assert.ok((score.value ?? 0) > (least.value ?? 0), what);
      if (score.better === "higher")
        assert.ok(Math.abs(least.value ?? 0) < 1e-9, `${what}: ${least.value} for none`);
      else assert.ok(least.value === null || least.value >= 0, what);
      assert.equal(score.unread, 0, what);
      assert.deepEqual([least.metric, least.unread], [score.metric, least.questions]);
      assert.match(score.signature, /version:echovlm-/, what);
    }
    assert.ok(right.whole.some(({ value }) => value !== null));
    assert.deepEqual(right.run.worst, [], "a right answer is no worst case");
    for (const { classes, counts } of right.run.confusions)
      for (const [row, own] of counts.entries())
        assert.equal(
          own.reduce((sum, n) => sum + n, 0),
          own[row],
          `${classes[row]} is read as another`,
        );
    for (const { counts } of none.run.confusions) for (const own of counts) assert.ok(own.at(-1)! > 0);
  });

test("how an answer is read stands in its scores' signatures as a hash of what it is read by", async () => {
  for (const { name } of evaluations) {
    const { whole } = await scoresBy(name, ({ expected }) => expected);
    for (const { signature } of whole.filter((one) => one.signature.startsWith("read:")))
      assert.match(signature, /^read:[^|[]+\[[0-9a-f]{8}\]/);
  }
});

test("a picture is asked about once, in the same words wherever it lies and however the records are ordered", async () => {
  const [region = assert.fail()] = evaluationsNamed(["region"]);
  const asked = async (given: typeof records) =>
    (await answered(region, given, () => ""))
      .map(({ question: { id, record } }) => JSON.stringify([id, record.messages, record.group]))
      .sort();
  const here = recordsOf(someFacts, "here");
  const wanted = await asked(here);
  assert.equal(wanted.length, 2 * someFacts.length);
  assert.deepEqual(await asked(recordsOf(someFacts, "there/below")), wanted);
  assert.deepEqual(await asked(here.toReversed()), wanted);
});

test("a picture without anatomy is not asked for its nature, and must not be called normal", async () => {
  const empty = recordsOf(someFacts.slice(-2), "pictures");
  const [nature = assert.fail(), lesion = assert.fail()] = [
    ...evaluationsNamed(["nature"]),
    ...evaluationsNamed(["lesion"]),
  ];
  assert.deepEqual(await answered(nature, empty, () => ""), []);
  const said = await answered(lesion, empty, ({ language }) =>
    language === "zh" ? "未见病灶。" : "No lesion.",
  );
  assert.deepEqual(
    said.map(
      (exchange) => lesion.classes?.read(exchange).expected === lesion.classes?.read(exchange).predicted,
    ),
    [false, false, false, false],
  );
});

test("reports are scored sentence by sentence and by both parts of ROUGE too; METEOR knows our synonyms by word", async () => {
  const { whole } = await scoresBy("report", ({ expected }) => expected);
  const signaturesOf = new Map(whole.map(({ metric, signature }) => [metric, signature]));
  for (const label of ["en", "zh, characters", "zh, words"])
    for (const metric of ["sentence BLEU-1", "sentence BLEU-4", "ROUGE-1 precision", "ROUGE-L recall"])
      assert.ok(signaturesOf.has(`${metric} (${label})`), `${metric} (${label})`);
  const [en, characters, words] = ["en", "zh, characters", "zh, words"].map((label) =>
    String(signaturesOf.get(`METEOR (${label})`)),
  );
  for (const signature of [en, words]) assert.match(signature!, /stages:exact\+porter-nltk\+synonyms\[/);
  assert.match(characters!, /stages:exact\+porter-nltk\|/);
});

test("a BI-RADS category is read however it is written, and only where one is named", async () => {
  const [birads = assert.fail()] = evaluationsNamed(["birads"]);
  const [{ question: en } = assert.fail()] = (await answered(birads, records, () => "")).filter(
    ({ question: { language } }) => language === "en",
  );
  const read = (text: string, language: Question["language"] = "en") =>
    birads.classes?.read({
      question: { ...en, language },
      given: { id: en.id, text, finish: "stop" },
    }).predicted;
  const named: readonly (readonly [
    category: string | undefined,
    language: Question["language"],
    text: string,
  ])[] = [
    ["4", "en", "The lesion is BI-RADS 4."],
    ["4", "en", "BI-RADS category 4b: 12.3 mm, 2 o'clock."],
    ["4", "en", "4A"],
    ["3", "en", "BIRADS-III"],
    ["5", "en", "Category 5, not BI-RADS 4."],
    ["2", "zh", "该病灶为BI-RADS 2类。"],
    ["4", "zh", "BI-RADS分类为4a类"],
    ["4", "zh", "考虑BI-RADS：Ⅳ类"],
    ["3", "zh", "3类。"],
    [undefined, "en", "BI-RADS 3-4"],
    [undefined, "en", "BI-RADS 3 or BI-RADS 4"],
    [undefined, "en", "not BI-RADS 4"],
    [undefined, "zh", "不是BI-RADS 4类"],
    [undefined, "en", "BI-RADS 0"],
    [undefined, "en", "BI-RADS 3.5"],
    [undefined, "en", "A mass of 4 mm."],
    [undefined, "zh", "血流2级"],
  ];
  for (const [category, language, text] of named) assert.equal(read(text, language), category, text);
});

test("a BI-RADS category one step off agrees better than one three steps off; accuracy cannot tell", async () => {
  const stepsOff = (steps: number) => async () => {
    const run = await scoresBy("birads", ({ expected }) => {
      const category = Number(/\d/.exec(expected));
      return `BI-RADS ${category > 3 ? category - steps : category + steps}`;
    });
    return (name: string) =>
      run.whole.find(({ metric, pictures }) => metric === name && pictures === "simulated")?.value ??
      assert.fail(name);
  };
  const [one, three] = [await stepsOff(1)(), await stepsOff(3)()];
  assert.deepEqual([one("accuracy"), three("accuracy")], [0, 0]);
  assert.ok(one("quadratic kappa") > three("quadratic kappa"));
});

test("chances of letters are read from tokens: sure and right is calibrated, sure and wrong is not", async () => {
  const [choice = assert.fail()] = evaluationsNamed(["single choice"]);
  const told = (letter: string): TokenAlternatives[] => {
    const other = letter === "A" ? "B" : "A";
    return [{ text: letter, logprob: Math.log(0.99), top: [{ text: other, logprob: Math.log(0.01) }] }];
  };
  const scored = async (answer: (expected: string) => string) => {
    const exchanges = (await answered(choice, records, ({ expected }) => answer(expected))).map(
      ({ question, given }): Exchange => ({ question, given: { ...given, tokens: told(given.text) } }),
    );
    const { scores, calibrations } = scoresOf(
      [{ evaluation: choice, model: "m", condition: "pictures", exchanges }],
      draws,
      7,
    );
    assert.ok(calibrations.length > 0);
    assert.ok(scores.some(({ metric }) => metric === "AUROC (token probabilities)"));
    return scores.filter(({ metric, region }) => region === "all" && /^(?:Brier|ECE)/.test(metric));
  };
  for (const { value, unread, signature } of await scored((letter) => letter)) {
    assert.match(signature, /\|chances:renormalised over classes\|logprobs:7\|/);
    assert.ok(value !== null && value < 0.02);
    assert.equal(unread, 0);
  }
  for (const { value } of await scored((letter) => (letter === "A" ? "B" : "A"))) assert.ok(value! > 0.9);
});

test("names of evaluations that there are not are refused with those that there are", () => {
  assert.throws(
    () => evaluationsNamed(["report", "reprot"]),
    (error: Error) => {
      assert.ok(error instanceof RequestError);
      return /expected some of report, .*region.*, got reprot/.test(error.message);
    },
  );
  assert.equal(new Set(evaluations.map(({ name }) => name)).size, evaluations.length);
});
