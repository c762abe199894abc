/** @file Scores of runs for the tests of what is printed from them: one written by hand, and arbitrary ones. */

import fc from "fast-check";
import { conditions } from "../src/eval/exchange.ts";
import type { Confusion, RunScores, Score, Selection } from "../src/eval/scores.ts";

export const emptyRun: RunScores = {
  provenance: {},
  scores: [],
  differences: [],
  confusions: [],
  calibrations: [],
  problems: [],
  worst: [],
};

export const score = (fields: Partial<Score> = {}): Score => ({
  evaluation: "diagnosis",
  model: "nano",
  condition: "pictures",
  pictures: "real",
  region: "all",
  metric: "balanced accuracy",
  signature: "balanced_accuracy|classes:3",
  better: "higher",
  value: 0.5,
  interval: [0.4, 0.6],
  questions: 120,
  groups: 98,
  unread: 0,
  ...fields,
});

/** Text that would become markup, change direction, or be no text at all. */
export const hostileTexts = [
  "<script>alert(1)</script>",
  `"><img src=x onerror='alert(1)'>`,
  "a & b &amp; c",
  "]]> --> `code` | cell | [link](javascript:1) **bold** $x$",
  "مرحبا \u202Eevil\u2066 text",
  "\uD83D\uDE00 \uD83D alone \uDE00",
  "line\none\r\ntwo\u0000\u001B[31m\t",
  "左叶低回声结节",
] as const;

const text = fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: "binary" }), fc.constant(""));
const name = fc.constantFrom("nano", "a|b", "<b>", "none?");
const number = fc.oneof(
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.double({ min: -1e4, max: 1e4, noNaN: true }),
);
const pair = fc.tuple(number, number).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
const count = fc.integer({ min: 0, max: 5000 });

const selection = fc.record<Selection>({
  evaluation: fc.constantFrom("diagnosis", "a <report>"),
  model: name,
  condition: fc.constantFrom(...conditions),
  pictures: fc.constantFrom("real", "simulated"),
  region: fc.constantFrom("all", "breast", "thyroid"),
});

const asked = fc.tuple(selection, fc.constantFrom("F1", "BLEU-4 & co"), fc.constantFrom("a:1|b:2", "`c`"));

/** At most one score of each metric for each selection, as in a run; the majority is no model's. */
const scores = fc
  .array(
    fc.tuple(
      asked,
      fc.record({
        value: fc.option(number),
        interval: fc.option(pair),
        questions: count,
        groups: count,
        unread: count,
      }),
    ),
    { maxLength: 24 },
  )
  .map((rows) => {
    const found = rows.map(([[place, metric, signature], numbers]): Score => {
      const model = place.condition === "majority" ? "none" : place.model;
      return { ...place, ...numbers, model, metric, signature, better: metric === "F1" ? "higher" : "lower" };
    });
    return [...new Map(found.map((one) => [identity(one), one])).values()];
  });

/** What no two scores of a run share. */
export const identity = (one: Score): string =>
  JSON.stringify([
    one.evaluation,
    one.pictures,
    one.region,
    one.metric,
    one.signature,
    one.condition,
    one.model,
  ]);

const confusion = fc
  .tuple(selection, fc.array(text, { minLength: 1, maxLength: 4 }))
  .chain(([place, classes]) =>
    fc
      .array(fc.array(count, { minLength: classes.length + 1, maxLength: classes.length + 1 }), {
        minLength: classes.length,
        maxLength: classes.length,
      })
      .map((counts): Confusion => ({ ...place, classes, counts })),
  );

const share = fc.double({ min: 0, max: 1, noNaN: true });

export const arbitraryRun: fc.Arbitrary<RunScores> = fc.record({
  provenance: fc.dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 4 }),
  scores,
  differences: fc.array(
    fc
      .tuple(asked, fc.tuple(name, name), number, pair, share)
      .map(([[{ model: _, ...place }, metric, signature], models, difference, interval, p]) => ({
        ...place,
        models,
        metric,
        signature,
        difference,
        interval,
        p,
      })),
    { maxLength: 4 },
  ),
  confusions: fc.array(confusion, { maxLength: 3 }),
  calibrations: fc.array(
    fc
      .tuple(selection, fc.array(fc.record({ confidence: share, accuracy: share, count }), { maxLength: 10 }))
      .map(([place, bins]) => ({ ...place, bins })),
    { maxLength: 3 },
  ),
  problems: fc.array(
    fc.record({
      kind: fc.constantFrom("empty answer", "no answer", "duplicate id"),
      model: name,
      condition: fc.constantFrom(...conditions),
      ids: fc.array(text, { minLength: 1, maxLength: 14 }),
    }),
    { maxLength: 3 },
  ),
  worst: fc.array(
    fc
      .tuple(
        selection,
        fc.record({
          metric: fc.constantFrom("F1", "BLEU-4 & co"),
          value: number,
          id: text,
          asked: text,
          expected: text,
          answered: text,
          images: fc.array(text, { maxLength: 2 }),
        }),
      )
      .map(([place, rest]) => ({ ...place, ...rest })),
    { maxLength: 3 },
  ),
  expertLoads: fc.array(
    fc.record({
      model: name,
      region: fc.constantFrom("all", "breast"),
      layer: fc.integer({ min: 0, max: 3 }),
      shares: fc.array(share, { minLength: 1, maxLength: 8 }),
    }),
    { maxLength: 4 },
  ),
});
