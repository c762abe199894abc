/** Values that the papers give, by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { bleu } from "./bleu.ts";
import { chineseWords } from "./chinese_words.ts";
import { cider } from "./cider.ts";
import { meteor } from "./meteor.ts";
import type { Metric, TextItem } from "./metric.ts";
import { type RougeOptions, rouge } from "./rouge.ts";
import { ultrasoundSynonyms } from "./synonyms.ts";

const scoreOf = (metric: Metric<TextItem>, answer: string, ...references: string[]) =>
  metric.of([{ answer, references }]).score([0]);
const close = (actual: number, wanted: number) =>
  assert.ok(Math.abs(actual - wanted) < 1e-9, `expected ${wanted}, got ${actual}`);

test("BLEU: the examples of Papineni et al. 2002, section 2.1", () => {
  const precision = (order: 1 | 2) => bleu({ language: "en", order, smoothing: "none" });
  // Example 2: clipped, 2 of 7. The answer is as long as the closer reference.
  const the = "the the the the the the the";
  close(scoreOf(precision(1), the, "the cat is on the mat", "there is a cat on the mat"), 200 / 7);
  // Example 1: the first candidate has 17 of 18 words and 10 of 17 pairs; it is as long as a reference.
  const references = [
    "It is a guide to action that ensures that the military will forever heed Party commands",
    "It is the guiding principle which guarantees the military forces always being under the command of the Party",
    "It is the practical guide for the army always to heed the directions of the party",
  ];
  const first =
    "It is a guide to action which ensures that the military always obeys the commands of the party";
  close(scoreOf(precision(1), first, ...references), (100 * 17) / 18);
  close(scoreOf(precision(2), first, ...references), 100 * Math.sqrt((17 / 18) * (10 / 17)));
  // The second candidate has 8 of 14 words, 1 of 13 pairs, and is two words short of the closest reference.
  const second = "It is to insure the troops forever hearing the activity guidebook that party direct";
  const brevity = Math.exp(1 - 16 / 14);
  close(scoreOf(precision(1), second, ...references), (100 * brevity * 8) / 14);
  close(scoreOf(precision(2), second, ...references), 100 * brevity * Math.sqrt((8 / 14) * (1 / 13)));
});

test("ROUGE: the examples of Lin 2004, section 3.1", () => {
  const score = (kind: RougeOptions["kind"], answer: string) =>
    scoreOf(rouge({ language: "en", kind }), answer, "police killed the gunman");
  close(score("L", "police kill the gunman"), 3 / 4);
  close(score("L", "the gunman kill police"), 2 / 4);
  close(score("L", "the gunman police killed"), 2 / 4);
  // By pairs of words the second and the third are alike, and the fourth is better.
  close(score(2, "police kill the gunman"), 1 / 3);
  close(score(2, "the gunman kill police"), 1 / 3);
  close(score(2, "the gunman police killed"), 2 / 3);
});

test("METEOR: the example of Banerjee and Lavie 2005, section 2.2", () => {
  // Six matches in two chunks: "the president" and "spoke to the audience". F is 10PR / (R + 9P).
  const [precision, recall] = [6 / 6, 6 / 7];
  const mean = (10 * precision * recall) / (recall + 9 * precision);
  const answer = "the president spoke to the audience";
  close(
    scoreOf(meteor({ language: "en" }), answer, "the president then spoke to the audience"),
    mean * (1 - 0.5 * (2 / 6) ** 3),
  );
});

test("METEOR: our synonyms match, by word, in both languages", () => {
  const [en, zh] = [{ language: "en" }, { language: "zh", unit: "word" }] as const;
  const dilated = ["dilated renal pelvis", "distended renal pelvis"] as const;
  const one = 1 - 0.5 * (1 / 3) ** 3;
  close(scoreOf(meteor({ ...en, synonyms: ultrasoundSynonyms.en }), ...dilated), one);
  assert.ok(scoreOf(meteor(en), ...dilated) < 0.7);
  const margin = ["结节边界不清。", "结节边界模糊。"] as const;
  close(scoreOf(meteor({ ...zh, synonyms: ultrasoundSynonyms.zh }), ...margin), one);
  assert.ok(scoreOf(meteor(zh), ...margin) < 0.7);
});

test("CIDEr-D: a rare word counts more than a common one", () => {
  const items = [
    { answer: "liver", references: ["liver cyst"] },
    { answer: "cyst", references: ["liver cyst"] },
    { answer: "", references: ["kidney cyst"] },
    { answer: "", references: ["ovary cyst"] },
  ];
  const scored = cider({ language: "en" }).of(items);
  // "cyst" is in every reference: weight log(4/4). "liver" is in two: all of the weight of single words.
  close(scored.score([1]), 0);
  close(scored.score([0]), (10 / 4) * Math.exp(-1 / 72));
});

test("words of ultrasound are whole, numbers too", () => {
  const cut = (text: string) => chineseWords(text).join(" ");
  assert.equal(
    cut("左乳外上象限可见低回声肿块，大小12.3mm，BI-RADS 3类"),
    "左乳 外上象限 可见 低回声 肿块 ， 大小 12.3 mm ， BI-RADS 3 类",
  );
  assert.equal(cut("附壁血栓 肾错构瘤 内中膜"), "附壁血栓 肾错构瘤 内中膜");
});
