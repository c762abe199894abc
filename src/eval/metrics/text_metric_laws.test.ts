import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RequestError } from "../../errors.ts";
import { bleu } from "./bleu.ts";
import { chrf } from "./chrf.ts";
import { cider } from "./cider.ts";
import { meteor } from "./meteor.ts";
import { everyRow, type Metric, type TextItem } from "./metric.ts";
import { rouge } from "./rouge.ts";
import { ultrasoundSynonyms } from "./synonyms.ts";
import type { TextUnit } from "./tokens.ts";

const units: readonly TextUnit[] = [
  { language: "en" },
  { language: "en", unit: "char" },
  { language: "zh" },
  { language: "zh", unit: "word" },
];

/** Each metric with what equal texts score at most. CIDEr's weights belong to all items, so it is not among these. */
const metrics: readonly { readonly metric: Metric<TextItem>; readonly most: number }[] = [
  ...units.flatMap((unit) => [
    { metric: bleu(unit), most: 100 },
    { metric: bleu({ ...unit, order: 2, smoothing: "floor" }), most: 100 },
    { metric: bleu({ ...unit, order: 1, smoothing: "none" }), most: 100 },
    { metric: bleu({ ...unit, smoothing: "add-k", level: "sentence" }), most: 100 },
    { metric: rouge({ ...unit, kind: 1 }), most: 1 },
    { metric: rouge({ ...unit, kind: 2, part: "recall", stem: true }), most: 1 },
    { metric: rouge({ ...unit, kind: "L", part: "precision" }), most: 1 },
    { metric: meteor(unit), most: 1 },
    { metric: meteor({ ...unit, synonyms: ultrasoundSynonyms[unit.language] }), most: 1 },
  ]),
  { metric: chrf(), most: 100 },
  { metric: chrf({ wordOrder: 2 }), most: 100 },
  { metric: chrf({ level: "sentence" }), most: 100 },
];
const all = [...metrics, ...units.map((unit) => ({ metric: cider(unit), most: 10 }))];

const text = fc
  .array(
    fc.constantFrom(
      "a",
      "cyst",
      "cysts",
      "of",
      "12.3mm",
      ",",
      ".",
      "Liver",
      "the",
      "结节",
      "低回声",
      "，",
      "左",
    ),
    { maxLength: 12 },
  )
  .map((words) => words.join(" "));
const item = fc.record({ answer: text, references: fc.array(text, { minLength: 1, maxLength: 3 }) });
const sample = fc
  .array(item, { minLength: 1, maxLength: 5 })
  .chain((items) =>
    fc.tuple(fc.constant(items), fc.array(fc.nat({ max: items.length - 1 }), { minLength: 1, maxLength: 8 })),
  );

const close = (actual: number, wanted: number, of: string) =>
  assert.ok(Math.abs(actual - wanted) < 1e-9, `${of}: expected ${wanted}, got ${actual}`);
const label = ({ name, signature }: Metric<TextItem>) => `${name} ${signature}`;

test("rows score as the items they name, repetitions and all, and no higher than the most", () => {
  fc.assert(
    fc.property(sample, ([items, rows]) => {
      for (const { metric, most } of metrics) {
        const named = rows.map((row) => items[row]!);
        const score = metric.of(items).score(rows);
        close(score, metric.of(named).score(everyRow(named)), label(metric));
        assert.ok(score >= 0 && score <= most + 1e-9, label(metric));
      }
    }),
    { numRuns: 60 },
  );
});

test("CIDEr-D of rows is the mean of each, weighted by all items", () => {
  fc.assert(
    fc.property(sample, ([items, rows]) => {
      for (const unit of units) {
        const scored = cider(unit).of(items);
        const sum = rows.reduce((total, row) => total + scored.score([row]), 0);
        close(scored.score(rows), sum / rows.length, unit.language);
      }
    }),
  );
  const items = ["an anechoic cyst is seen", "the cyst is simple", "a solid mass is seen"].map((answer) => ({
    answer,
    references: [answer],
  }));
  const [first = Number.NaN] = [cider({ language: "en" }).of(items).score([0])];
  close(first, 10, "an answer among others");
  close(cider({ language: "en" }).of(items.slice(0, 1)).score([0]), 0, "an answer alone");
});

test("the order of rows changes nothing", () => {
  fc.assert(
    fc.property(sample, ([items, rows]) => {
      for (const { metric } of all) {
        const scored = metric.of(items);
        close(scored.score(rows), scored.score(rows.toSorted()), label(metric));
        close(scored.score(rows), scored.score(rows.toReversed()), label(metric));
      }
    }),
    { numRuns: 30 },
  );
});

const reports: readonly string[] = [
  "The liver is enlarged with increased echogenicity 肝脏体积增大，实质回声增强。",
  "A hypoechoic nodule of 12.3mm in the left lobe 甲状腺左叶见低回声结节，边界不清。",
  "No hydronephrosis of either kidney is seen 双肾集合系统未见分离。",
];

test("answers equal to a reference score the most, and others less", () => {
  const equal = reports.map((answer) => ({ answer, references: ["Something else.", answer] }));
  const other = reports.map((answer, row) => ({
    answer,
    references: [reports[(row + 1) % 3]!, "Something else."],
  }));
  for (const { metric, most } of all) {
    const score = metric.of(equal).score(everyRow(equal));
    // METEOR takes off half of one chunk's share even then; CIDEr averages over references.
    const reached =
      metric.name === "METEOR"
        ? score > 0.99
        : Math.abs(score - (metric.name === "CIDEr-D" ? 5 : most)) < 1e-9;
    assert.ok(reached, `${label(metric)}: ${score}`);
    assert.ok(metric.of(other).score(everyRow(other)) < 0.7 * score, label(metric));
  }
});

test("empty answers score nothing, no rows have no score, and no references are refused", () => {
  const items: TextItem[] = [
    { answer: "", references: [reports[0]!] },
    { answer: " \n", references: [reports[1]!, ""] },
    { answer: "", references: [""] },
  ];
  for (const { metric } of all) {
    assert.equal(metric.of(items).score([0, 1, 2]), 0, label(metric));
    assert.equal(metric.of(items).score([]), Number.NaN, label(metric));
    assert.throws(() => metric.of([...items, { answer: "a", references: [] }]), {
      name: RequestError.name,
      message: /item 3.*at least one reference/s,
    });
  }
});

test("10,000 tokens against 300 take no more than seconds", () => {
  const words = ["结节", "cyst", "of", "the", "低回声", "12.3mm", ",", "margins"];
  // No period that is short, or that both share.
  const long = (length: number, seed: number) =>
    Array.from({ length }, (_, i) => words[(i * i * seed + (i >> 3)) % words.length]).join(" ");
  const items = [
    { answer: long(10_000, 3), references: [long(300, 5), long(300, 7)] },
    { answer: "y".repeat(10_000), references: ["y".repeat(300)] },
  ];
  for (const { metric } of all) {
    const before = process.cpuUsage();
    assert.ok(Number.isFinite(metric.of(items).score([0, 1])), label(metric));
    const { user, system } = process.cpuUsage(before);
    const seconds = (user + system) / 1e6;
    assert.ok(seconds < 10, `${label(metric)}: ${seconds} s`);
  }
});

test("metrics that differ say so", () => {
  const labels = all.map(({ metric }) => label(metric));
  assert.equal(new Set(labels).size, labels.length);
  // sacreBLEU's own string, but for the version and the number of references.
  assert.match(
    bleu({ language: "zh" }).signature,
    /^nrefs:var\|case:mixed\|eff:no\|tok:zh\|smooth:exp\|version:echovlm-\d/,
  );
  assert.match(chrf().signature, /\|case:mixed\|eff:yes\|nc:6\|nw:0\|space:no\|version:echovlm-\d/);
  assert.match(
    bleu({ language: "zh", unit: "word" }).signature,
    /\|tok:jieba-\d+\.\d+\.\d+\+ultrasound\[[0-9a-f]{8}\]\|/,
  );
});
