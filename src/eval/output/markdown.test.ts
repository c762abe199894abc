import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryRun, emptyRun, hostileTexts, score } from "../../../test/run_scores.ts";
import { conditions } from "../exchange.ts";
import type { Difference } from "../scores.ts";
import { scoresJson } from "./json.ts";
import { scoresMarkdown } from "./markdown.ts";
import { scoresPage } from "./page.ts";

/** Cells of each table row; a bar with a backslash before it is text. */
const rowsOf = (markdown: string): string[][] =>
  markdown
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(/(?<!\\) \| /));

const shown =
  /^(?:majority: )?(?<value>[−\d.]+) .*? · (?<questions>\d+)\/\d+\/\d+(?:; gap (?<gap>[+−\d.]+))?$/;
const number = (text: string) => Number(text.replace("−", "-"));

test("every score over all regions is printed once, of a single region every score with pictures", () => {
  fc.assert(
    fc.property(arbitraryRun, ({ scores }) => {
      const numbered = scores.map((one, place) => ({ ...one, questions: 100_000 + place }));
      const wanted = numbered.filter(({ region, condition }) => region === "all" || condition === "pictures");
      const printed = scoresMarkdown({ ...emptyRun, scores: numbered }).matchAll(/ · (1\d{5})\//g);
      assert.deepEqual(
        [...printed].map(([, questions]) => Number(questions)).sort(),
        wanted.map(({ questions }) => questions),
      );
    }),
  );
});

test("a gap is the difference of the two numbers shown", () => {
  const value = fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.double({ min: -50, max: 50, noNaN: true }),
  );
  const values = fc.tuple(...conditions.map(() => value));
  fc.assert(
    fc.property(values, values, (...models) => {
      const scores = models.flatMap((own, place) =>
        conditions
          .map((condition, index) =>
            score({ model: `m${place}`, condition, value: own[index]!, interval: null }),
          )
          .filter(({ condition }) => condition !== "majority" || place === 0),
      );
      const rows = rowsOf(scoresMarkdown({ ...emptyRun, scores })).slice(-conditions.length);
      const seen = rows[0]!.slice(2).map((cell) => number(shown.exec(cell)!.groups!.value!));
      let gaps = 0;
      for (const [, condition = "", ...cells] of rows.slice(1))
        for (const [place, cell] of cells.entries()) {
          const gap = /gap ([+−\d.]+)$/.exec(cell)![1]!;
          const control = number((shown.exec(condition) ?? shown.exec(cell))!.groups!.value!);
          const decimals = gap.split(".")[1]?.length ?? 0;
          assert.equal(number(gap), Number((seen[place]! - control).toFixed(decimals)) + 0);
          gaps++;
        }
      assert.equal(gaps, 8);
    }),
  );
});

test("a detail has one line, with pictures, and no plot; its differences are in the JSON alone", async () => {
  const whole = conditions.slice(0, 2).map((condition) => score({ condition }));
  const details = whole.map((one) => ({ ...one, metric: "detail", isDetail: true as const }));
  const { evaluation, pictures, region, signature } = whole[0]!;
  const difference: Difference = {
    ...{ evaluation, pictures, region, signature, condition: "pictures", metric: "detail" },
    ...{ models: ["a", "b"], difference: 0.1, interval: [0, 0.2], p: 0.04 },
  };
  const run = { ...emptyRun, scores: [...whole, ...details], differences: [difference] };
  const rows = rowsOf(scoresMarkdown(run)).filter((row) => /pictures|no picture/.test(row[1] ?? ""));
  assert.deepEqual(
    rows.map(([metric, condition]) => `${metric?.replace(/\[.*/, "")} ${condition}`),
    ["balanced accuracy pictures", " no picture", "detail pictures"],
  );
  assert.doesNotMatch(scoresMarkdown(run), /\+0\.1/);
  assert.match(scoresJson(run), /"difference": 0\.1/);
  const page = await scoresPage(run, async () => undefined);
  assert.equal(
    page.match(/<svg/g)?.length,
    (await scoresPage({ ...run, scores: whole }, async () => undefined)).match(/<svg/g)?.length,
  );
});

test("every control stands under its score, the majority's once for all models", () => {
  const scores = ["a", "b"].flatMap((model) =>
    conditions.slice(0, 4).map((condition, place) => score({ model, condition, value: 0.8 - place / 10 })),
  );
  const majority = score({ model: "none", condition: "majority", value: 0.25, interval: null });
  const markdown = scoresMarkdown({ ...emptyRun, scores: [...scores, majority] });
  assert.deepEqual(
    rowsOf(markdown)
      .slice(-5)
      .map((row) => row.map((cell) => cell.replace(/ · [\d/]+/, ""))),
    [
      ["balanced accuracy[^1] ↑", "pictures", "0.800 [0.400, 0.600]", "0.800 [0.400, 0.600]"],
      ["", "no picture", "0.700 [0.400, 0.600]; gap +0.100", "0.700 [0.400, 0.600]; gap +0.100"],
      ["", "noise", "0.600 [0.400, 0.600]; gap +0.200", "0.600 [0.400, 0.600]; gap +0.200"],
      ["", "other picture", "0.500 [0.400, 0.600]; gap +0.300", "0.500 [0.400, 0.600]; gap +0.300"],
      ["", "majority: 0.250 no interval", "gap +0.550", "gap +0.550"],
    ],
  );
});

test("each signature is one footnote, and each footnote is used", () => {
  fc.assert(
    fc.property(arbitraryRun, (run) => {
      const markdown = scoresMarkdown(run);
      const used = new Set(markdown.match(/\[\^\d+\](?!:)/g));
      const told = markdown.match(/^\[\^\d+\](?=:)/gm) ?? [];
      const whole = [...run.scores, ...run.differences].filter(({ region }) => region === "all");
      const parts = run.scores.filter(({ condition }) => condition === "pictures");
      const signatures = new Set([...whole, ...parts].map(({ signature }) => signature));
      assert.equal(told.length, signatures.size);
      assert.deepEqual([...used].sort(), [...told].sort());
    }),
  );
});

test("no text of a model or a record becomes markup or a cell", () => {
  const ids = [...hostileTexts];
  const markdown = scoresMarkdown({
    ...emptyRun,
    provenance: Object.fromEntries(ids.map((text) => [text, text])),
    scores: ids.map((text) => score({ model: text, metric: text, region: text, evaluation: text })),
    problems: [{ kind: "no answer", model: ids[0]!, condition: "noise", ids }],
  });
  assert.doesNotMatch(markdown, /<[a-z!/]|(?<!\\)\]\(|[\u202A-\u202E\u2066-\u2069]|(?!\n)\p{Cc}|\p{Cs}/u);
  for (const row of rowsOf(markdown)) assert.ok(row.length <= 5);
  assert.match(markdown, /&lt;script>alert\(1\)&lt;\/script>/);
});

test("a problem names ten questions and counts the rest", () => {
  const ids = Array.from({ length: 13 }, (_, place) => `q${place}`);
  const problems = [{ kind: "no answer", model: "nano", condition: "pictures", ids } as const];
  const markdown = scoresMarkdown({ ...emptyRun, problems });
  assert.match(markdown, /\| no answer \| nano \| pictures \| 13 \| q0, q1, .*q9, and 3 more \|/);
});

test("expert load is told layer by layer over all regions, in percent", () => {
  const load = { model: "a|b", layer: 0, region: "all", shares: [0.25, 0.75] };
  const expertLoads = [
    load,
    { ...load, layer: 1, shares: [1, 0] },
    { ...load, region: "liver", shares: [0.5, 0.5] },
  ];
  const markdown = scoresMarkdown({ ...emptyRun, expertLoads });
  assert.match(markdown, /## Expert load\n[\s\S]*### a\\\|b\n/);
  assert.deepEqual(rowsOf(markdown).slice(-4), [
    ["Layer", "Expert 0", "Expert 1"],
    ["---", "---", "---"],
    ["0", "25.0", "75.0"],
    ["1", "100.0", "0.0"],
  ]);
  assert.doesNotMatch(scoresMarkdown(emptyRun), /Expert load/);
});

test("a run without scores says so", () => {
  const markdown = scoresMarkdown(emptyRun);
  assert.match(markdown, /Research use only.*No question was scored\..*## Problems\n\nNone\.\n$/s);
});

test("a score that is not defined and two of the same name", () => {
  assert.match(
    scoresMarkdown({ ...emptyRun, scores: [score({ value: null, interval: null })] }),
    /not defined no interval · 120\/98\/0 \|/,
  );
  const some = { ...emptyRun, scores: [score({ undefinedDraws: 12 })] };
  assert.match(scoresMarkdown(some), /· 120\/98\/0 · 12 draws undefined \|/);
  assert.throws(
    () => scoresMarkdown({ ...emptyRun, scores: [score(), score({ value: 0.1 })] }),
    /two scores/,
  );
});
