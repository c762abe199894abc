import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type BleuOptions, bleu } from "./bleu.ts";
import { chrf } from "./chrf.ts";
import { cider } from "./cider.ts";
import { meteor } from "./meteor.ts";
import type { Metric, TextItem } from "./metric.ts";
import { porterStem } from "./porter_stem.ts";
import { type RougeOptions, rouge } from "./rouge.ts";
import { type TextUnit, tokenizerFor } from "./tokens.ts";

/** What test/fixtures/text_metrics.py wrote: the numbers of sacreBLEU, nltk, rouge_score and, for CIDEr, numpy. */
interface Scores {
  readonly corpus: number;
  readonly sentences: readonly number[];
}
interface TextSet {
  readonly unit: TextUnit;
  readonly items: readonly TextItem[];
  readonly tokens: readonly (readonly (readonly string[])[])[];
  readonly bleu: readonly (Scores & Pick<Required<BleuOptions>, "order" | "smoothing">)[];
  readonly nltkBleu: readonly (Scores &
    Pick<Required<BleuOptions>, "order" | "smoothing"> & { readonly rows: readonly number[] })[];
  readonly rouge: readonly {
    readonly kind: string;
    readonly stem: boolean;
    readonly scores: readonly (readonly [number, number, number])[];
  }[];
  readonly meteor: readonly {
    readonly synonyms: readonly (readonly string[])[];
    readonly scores: readonly number[];
  }[];
  readonly chrf: readonly (Scores & { readonly wordOrder: 0 | 2 })[];
  readonly cider: Scores;
}
const expected = JSON.parse(
  readFileSync(new URL("../../../../test/fixtures/text_metrics.json", import.meta.url), "utf8"),
) as {
  readonly stems: Readonly<Record<string, string>>;
  readonly tokens: Readonly<Record<"13a" | "zh" | "char", readonly (readonly [string, readonly string[]])[]>>;
  readonly sets: Readonly<Record<string, TextSet>>;
};

const close = (actual: number, wanted: number, of: string) =>
  assert.ok(
    Math.abs(actual - wanted) <= 1e-9 * Math.max(1, wanted),
    `${of}: expected ${wanted}, got ${actual}`,
  );

/** Every item by itself. */
function closeEach(metric: Metric<TextItem>, items: readonly TextItem[], wanted: readonly number[]): void {
  const scored = metric.of(items);
  assert.equal(wanted.length, items.length);
  for (const [row, score] of wanted.entries())
    close(scored.score([row]), score, `${metric.name} ${metric.signature} of ${items[row]!.answer}`);
}
const rowsOf = (items: readonly unknown[]) => [...items.keys()];

test("stems are nltk's", () => {
  for (const [word, stem] of Object.entries(expected.stems)) assert.equal(porterStem(word), stem, word);
});

const units: Record<keyof typeof expected.tokens, TextUnit> = {
  "13a": { language: "en" },
  char: { language: "en", unit: "char" },
  zh: { language: "zh" },
};
for (const name of ["13a", "zh", "char"] as const)
  test(`tokens of ${name} are sacreBLEU's`, () => {
    const tokenizer = tokenizerFor(units[name]);
    assert.equal(tokenizer.name, name);
    for (const [text, tokens] of expected.tokens[name])
      assert.deepEqual(tokenizer.tokens(text), tokens, text);
  });

for (const [name, { unit, items, ...wanted }] of Object.entries(expected.sets)) {
  test(`${name}: the texts are cut as they should be`, () => {
    const { tokens } = tokenizerFor(unit);
    const cut = items.map(({ answer, references }) => [answer, ...references].map(tokens));
    assert.deepEqual(cut, wanted.tokens);
  });

  test(`${name}: BLEU is sacreBLEU's, over all answers and of each`, () => {
    for (const { order, smoothing, corpus, sentences } of wanted.bleu) {
      const of = `BLEU-${order} ${smoothing}`;
      close(
        bleu({ ...unit, order, smoothing })
          .of(items)
          .score(rowsOf(items)),
        corpus,
        of,
      );
      closeEach(bleu({ ...unit, order, smoothing, level: "sentence" }), items, sentences);
    }
  });

  test(`${name}: BLEU is nltk's where both are defined`, () => {
    for (const { order, smoothing, rows, corpus, sentences } of wanted.nltkBleu) {
      const scored = bleu({ ...unit, order, smoothing }).of(items);
      close(scored.score(rows), 100 * corpus, `BLEU-${order} ${smoothing}`);
      for (const [index, row] of rows.entries())
        close(scored.score([row]), 100 * sentences[index]!, `BLEU-${order} ${smoothing} of row ${row}`);
    }
  });

  test(`${name}: ROUGE is rouge_score's`, () => {
    for (const { kind: written, stem, scores } of wanted.rouge) {
      const kind: RougeOptions["kind"] = written === "L" ? "L" : written === "1" ? 1 : 2;
      for (const [index, part] of (["precision", "recall", "f"] as const).entries()) {
        const each = scores.map((parts) => parts[index]!);
        closeEach(rouge({ ...unit, kind, part, stem }), items, each);
      }
    }
  });

  test(`${name}: METEOR is nltk's, with and without synonyms`, () => {
    for (const { synonyms, scores } of wanted.meteor) closeEach(meteor({ ...unit, synonyms }), items, scores);
  });

  test(`${name}: chrF and chrF++ are sacreBLEU's, over all answers and of each`, () => {
    for (const { wordOrder, corpus, sentences } of wanted.chrf) {
      close(chrf({ wordOrder }).of(items).score(rowsOf(items)), corpus, `chrF ${wordOrder}`);
      closeEach(chrf({ wordOrder, level: "sentence" }), items, sentences);
    }
  });

  test(`${name}: CIDEr-D is the paper's`, () => {
    close(cider(unit).of(items).score(rowsOf(items)), wanted.cider.corpus, "CIDEr-D");
    closeEach(cider(unit), items, wanted.cider.sentences);
  });
}
