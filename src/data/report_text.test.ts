import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { arbitraryFacts } from "../../test/arbitrary_facts.ts";
import { type Language, languages } from "../tasks/regions.ts";
import { createRandom } from "../tensor/random.ts";
import { Facts, type Finding } from "./facts.ts";
import { lookOf } from "./looks.ts";
import { absentKinds, formatReport, reportOf } from "./report_text.ts";
import {
  amountNames,
  emptyNames,
  type FindingKind,
  factRegionNames,
  findingKinds,
  kindOf,
  modeNames,
  sideNames,
  structureNames,
  viewNames,
} from "./vocabulary.ts";
import { termFields, termTables, thirdNames, thirdOf, waysToSay } from "./wording.ts";

const seeds = [1, 2, 3];
const textOf = (facts: Facts, language: Language, seed: number): string | undefined => {
  const report = reportOf(facts, language, createRandom(seed));
  return report && formatReport(report, language);
};
const properties = { numRuns: 150, seed: 20 };
const named = (table: object, language: Language): string[] =>
  Object.values(table as Record<string, Record<Language, string>>).map((name) => name[language]);

/** Every word that asserts something, whoever may say it. */
const assertions = (language: Language): string[] => [
  ...termFields.flatMap((field) =>
    Object.keys(termTables[field]).flatMap((value) => [...waysToSay(field, value, language)]),
  ),
  ...Object.values(findingKinds).flatMap((kinds) => named(kinds, language)),
  ...[amountNames, modeNames, viewNames, sideNames, structureNames, factRegionNames, emptyNames].flatMap(
    (table) => named(table, language),
  ),
  ...Object.values(thirdNames).flatMap((name) => [...name[language]]),
];

/** The words these facts allow. */
function allowed(facts: Facts, language: Language): string[] {
  const names = (finding: Finding) => {
    const look = lookOf(facts.region, finding.kind);
    const mass = lookOf(facts.region, "mass");
    return [
      ...termFields.flatMap((field) => {
        const value = finding[field];
        return value === undefined ? [] : [...waysToSay(field, value, language)];
      }),
      ...[kindOf(facts.region, finding.kind), look?.what, look?.site].flatMap(
        (name) => name?.[language] ?? [],
      ),
      ...[kindOf(facts.region, "mass"), mass?.what, mass?.site].flatMap((name) => name?.[language] ?? []),
      ...(finding.grade ? [amountNames[finding.grade][language]] : []),
      ...(finding.position ? thirdNames[thirdOf(finding.position)][language] : []),
    ];
  };
  return [
    factRegionNames[facts.region][language],
    ...(facts.findings ?? []).flatMap(names),
    ...(facts.structures ?? []).flatMap(({ kind, position }) => [
      structureNames[kind][language],
      ...(position ? thirdNames[thirdOf(position)][language] : []),
    ]),
    ...absentKinds(facts).flatMap((kind) => kindOf(facts.region, kind)?.[language] ?? []),
    ...(facts.view ? [viewNames[facts.view][language]] : []),
    ...(facts.mode ? [modeNames[facts.mode][language]] : []),
    ...(facts.side ? [sideNames[facts.side][language]] : []),
  ];
}

/** Words of a list that stand in a text, longest first and each blanked out, so that no word is found inside another. */
function found(text: string, words: readonly string[], language: Language): string[] {
  let rest = text.toLowerCase();
  return [...new Set(words)]
    .sort((a, b) => b.length - a.length)
    .filter((word) => {
      const escaped = word.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      const pattern = new RegExp(language === "en" ? `\\b${escaped}(?:s|es)?\\b` : escaped, "g");
      const isThere = pattern.test(rest);
      rest = rest.replace(pattern, "#");
      return isThere;
    });
}

test("every assertion of a report traces to a fact, in both languages", () => {
  for (const language of languages) {
    const all = assertions(language);
    fc.assert(
      fc.property(arbitraryFacts, fc.integer({ min: 0, max: 1e6 }), (facts, seed) => {
        const text = textOf(facts, language, seed);
        if (text === undefined) return;
        const licensed = allowed(facts, language);
        const heading = language === "zh" ? ["超声所见", "超声提示"] : [];
        const unknown = found(text, [...all, ...licensed, ...heading], language).filter(
          (word) => ![...licensed, ...heading].includes(word),
        );
        // "in the breast" and the like say no more than the region.
        const extra = unknown.filter(
          (word) => !["breast", "liver", "kidney", "thyroid gland"].includes(word),
        );
        assert.deepEqual(extra, [], text);
      }),
      properties,
    );
  }
});

/** A picture in which every field is known, and no two say the same word. */
const full = Facts.parse({
  region: "breast",
  source: "simulated",
  mode: "bMode",
  view: "transverse",
  side: "left",
  mmPerPixel: 0.1,
  findings: [
    {
      kind: "fibroadenoma",
      position: { x: 0.1, y: 0.9 },
      axesMm: { long: 17, short: 11 },
      shape: "oval",
      orientation: "parallel",
      margin: "circumscribed",
      echogenicity: "hypoechoic",
      posterior: "enhancement",
      calcification: "coarse",
      grade: "mild",
      pathology: "benign",
      birads: "3",
    },
  ],
});

test("a fact that is taken away takes its words with it", () => {
  const [finding] = full.findings ?? [];
  assert.ok(finding);
  const numbers = { axesMm: ["17", "1.7"], birads: ["BI-RADS"] };
  for (const language of languages) {
    const cases: [name: string, words: readonly string[], less: Facts][] = [];
    for (const key of Object.keys(finding) as (keyof Finding)[]) {
      if (key === "kind") continue;
      const { [key]: value, ...rest } = finding;
      const words =
        key in termTables
          ? waysToSay(key as keyof typeof termTables, String(value), language)
          : key === "position"
            ? thirdNames[thirdOf(finding.position ?? { x: 0, y: 0 })][language]
            : numbers[key as keyof typeof numbers];
      cases.push([key, words, { ...full, findings: [rest as Finding] }]);
    }
    const { mode: _mode, ...noMode } = full;
    const { view: _view, ...noView } = full;
    const { side: _side, ...noSide } = full;
    cases.push(["mode", [modeNames.bMode[language]], noMode]);
    cases.push(["view", [viewNames.transverse[language]], noView]);
    cases.push(["side", [sideNames.left[language]], noSide]);
    for (const [name, words, less] of cases) {
      const says = (facts: Facts, seed: number) =>
        words.some((word) => textOf(facts, language, seed)?.toLowerCase().includes(word.toLowerCase()));
      assert.ok(
        seeds.some((seed) => says(full, seed)),
        `${language}: ${name} is told when known`,
      );
      // The left of the side and the left of the place share a word in English.
      const facts = name === "side" || name === "position" ? withoutPlaceAndSide(less, name) : less;
      assert.ok(
        seeds.every((seed) => !says(facts, seed)),
        `${language}: ${name} is not told when not known: ${textOf(facts, language, 1)}`,
      );
    }
  }
});

/** Takes away the other fact that says "left". */
function withoutPlaceAndSide({ side: _side, findings = [], ...rest }: Facts, missing: string): Facts {
  if (missing === "position") return { ...rest, findings };
  return { ...rest, findings: findings.map(({ position: _position, ...finding }) => finding) };
}

test("the same seed gives the same text, and seeds give varied ones", () => {
  for (const language of languages) {
    const texts = Array.from({ length: 40 }, (_, seed) => textOf(full, language, seed));
    assert.deepEqual(
      texts,
      Array.from({ length: 40 }, (_, seed) => textOf(full, language, seed)),
    );
    assert.ok(new Set(texts).size > 30, `${language}: ${new Set(texts).size} different texts of 40`);
  }
});

test("a report has findings and impression, in one language, without holes", () => {
  fc.assert(
    fc.property(arbitraryFacts, fc.integer({ min: 0, max: 1e6 }), (facts, seed) => {
      const chinese = textOf(facts, "zh", seed);
      if (chinese !== undefined) {
        assert.match(chinese, /^超声所见：.+\n超声提示：.+$/);
        assert.doesNotMatch(chinese.replaceAll(/BI-RADS|mm|cm/g, ""), /[a-z]/i, chinese);
        assert.doesNotMatch(chinese, /undefined|，，|。。|，。|：。|：：/, chinese);
      }
      const english = textOf(facts, "en", seed);
      if (english !== undefined) {
        assert.match(english, /^Findings: .+\nImpression: .+$/);
        assert.doesNotMatch(english, /[\u3000-\u9fff\uff00-\uffef]/, english);
        assert.doesNotMatch(english, / {2}|undefined|false|,,|\.\.|,\.|\ba [aeio]|\ban [^aeiou]/i, english);
      }
      assert.equal(chinese === undefined, english === undefined);
    }),
    properties,
  );
});

test("no text contradicts itself: nothing is both found and absent, normal and diseased, benign and BI-RADS 5", () => {
  const breast = (finding: object) =>
    Facts.parse({ region: "breast", source: "labelled", findings: [{ kind: "fibroadenoma", ...finding }] });
  for (const seed of seeds) {
    const surprise = textOf(breast({ pathology: "benign", birads: "5" }), "en", seed) ?? "";
    assert.match(surprise, /BI-RADS 5/);
    assert.doesNotMatch(surprise, /benign|fibroadenoma/i);
    const missed = textOf(
      Facts.parse({
        region: "breast",
        source: "labelled",
        findings: [{ kind: "carcinoma", pathology: "malignant", birads: "2" }],
      }),
      "zh",
      seed,
    );
    assert.doesNotMatch(missed ?? "", /恶性|癌/);
    assert.match(textOf(breast({ pathology: "benign", birads: "2" }), "zh", seed) ?? "", /良性/);
  }
  const wrong: unknown[] = [
    { region: "liver", source: "labelled", normal: true, findings: [{ kind: "cyst" }] },
    { region: "liver", source: "labelled", findings: [{ kind: "cyst" }], absent: ["cyst"] },
    { region: "liver", source: "labelled", findings: [{ kind: "plaque" }] },
    { region: "liver", source: "labelled", findings: [{ kind: "carcinoma", pathology: "benign" }] },
    { region: "liver", source: "labelled", findings: [{ kind: "cyst", axesMm: { long: 9, short: 8 } }] },
    { region: "liver", source: "labelled", colour: "red" },
  ];
  for (const facts of wrong) assert.equal(Facts.safeParse(facts).success, false, JSON.stringify(facts));
});

test("outside the seven regions and in empty pictures nothing is diagnosed", () => {
  const diseases = (language: Language) =>
    Object.values(findingKinds).flatMap((kinds) => named(kinds, language));
  const pictures: unknown[] = [
    { region: "other", source: "labelled", structures: [{ kind: "nerve", position: { x: 0.5, y: 0.2 } }] },
    { region: "other", source: "labelled", empty: "noContact" },
    { region: "other", source: "labelled", empty: "notUltrasound" },
  ];
  for (const picture of pictures)
    for (const language of languages)
      for (const seed of seeds) {
        const text = textOf(Facts.parse(picture), language, seed) ?? "";
        assert.match(text, language === "zh" ? /不作诊断|无法/ : /no diagnosis|not suitable/i);
        assert.deepEqual(found(text, diseases(language), language), []);
      }
});

test("where the facts come from changes nothing in the prose; nothing known gives no report", () => {
  for (const language of languages) {
    const labelled = textOf({ ...full, source: "labelled" }, language, 3);
    assert.equal(textOf(full, language, 3), labelled);
    assert.equal(textOf(Facts.parse({ region: "liver", source: "labelled" }), language, 1), undefined);
  }
});

test("every kind of finding of every region can be told in both languages", () => {
  for (const [region, kinds] of Object.entries(findingKinds))
    for (const kind of Object.keys(kinds) as FindingKind[])
      for (const language of languages) {
        const facts = Facts.parse({ region, source: "simulated", findings: [{ kind }] });
        const name = kindOf(facts.region, kind)?.[language] ?? "";
        assert.ok(
          textOf(facts, language, 5)?.toLowerCase().includes(name.toLowerCase()),
          `${region} ${kind}`,
        );
      }
});
