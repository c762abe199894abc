import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { reports } from "../../../test/labelled_reports.ts";
import { sentences } from "../../../test/labelled_sentences.ts";
import { findingKinds, type Kind } from "../../data/vocabulary.ts";
import { languages, type Region, regions } from "../../tasks/regions.ts";
import { labelsOf, patterns } from "./labels.ts";
import { labelsIn, mentionsIn, type Status } from "./mentions.ts";

const labelled = [...sentences, ...reports];

for (const [region, text, labels] of labelled)
  test(`${region}: ${text}`, () => assert.deepEqual(labelsIn(text, region).sort(), [...labels].sort()));

const statuses: readonly [region: Region, text: string, mentions: readonly [string, Status][]][] = [
  [
    "breast",
    "A cyst, no mass, possible lipoma.",
    [
      ["cyst", "present"],
      ["mass", "negated"],
      ["lipoma", "uncertain"],
    ],
  ],
  [
    "breast",
    "见囊肿，未见肿块，脂肪瘤可能。",
    [
      ["cyst", "present"],
      ["mass", "negated"],
      ["lipoma", "uncertain"],
    ],
  ],
  ["breast", "Carcinoma cannot be excluded.", [["cancer", "uncertain"]]],
  ["breast", "乳腺癌不除外", [["cancer", "uncertain"]]],
  ["breast", "Carcinoma can't be excluded.", [["cancer", "uncertain"]]],
  ["breast", "Carcinoma was not entirely excluded.", [["cancer", "uncertain"]]],
  ["breast", "We cannot confidently rule out carcinoma.", [["cancer", "uncertain"]]],
  ["breast", "囊肿？", [["cyst", "uncertain"]]],
  ["breast", "考虑纤维腺瘤", [["fibroadenoma", "uncertain"]]],
];
for (const [region, text, mentions] of statuses)
  test(`${region}: what of ${text}`, () =>
    assert.deepEqual(
      mentionsIn(text, region).map(({ label, status }) => [label, status]),
      mentions,
    ));

test("a mention is where the text names it, whatever its case", () => {
  const text = "Findings: CYST.";
  assert.deepEqual(
    mentionsIn(text, "breast").map(({ start, end }) => text.slice(start, end)),
    ["CYST"],
  );
});

/** What the project's own reports call findings, as some region's word in some language. */
const named = regions.flatMap((region) =>
  Object.values<Kind>(findingKinds[region]).flatMap((kind) =>
    languages.map((language) => ({ region, language, name: kind[language] })),
  ),
);

for (const { region, language, name } of named)
  test(`${region}: ${name} is one label, and none when it is denied`, () => {
    assert.equal(labelsIn(name, region).length, 1);
    const denied = language === "zh" ? `未见${name}征象。` : `No sign of ${name}.`;
    assert.deepEqual(labelsIn(denied, region), []);
  });

const anySentence = fc.constantFrom(...labelled.filter(([, text]) => text !== ""));
const anyName = fc.constantFrom(...named);

test("a denied sentence adds no label, wherever it stands", () => {
  fc.assert(
    fc.property(anySentence, anyName, ([region, text], { language, name }) => {
      const denied = language === "zh" ? `未见${name}。` : `No ${name}. `;
      const labels = labelsIn(text, region).sort();
      assert.deepEqual(labelsIn(`${denied}${text}`, region).sort(), labels);
      assert.deepEqual(labelsIn(`${text}\n${denied}`, region).sort(), labels);
    }),
    { numRuns: 150 },
  );
});

test("a stated sentence adds its label and takes none away but normal", () => {
  fc.assert(
    fc.property(anySentence, anyName, ([region, text], other) => {
      fc.pre(other.region === region);
      const before = labelsIn(text, region).filter((label) => label !== "normal");
      const added = labelsIn(other.name, region);
      const stated = other.language === "zh" ? `${other.name}。` : `There is ${other.name}. `;
      assert.deepEqual(new Set(labelsIn(`${stated}${text}`, region)), new Set([...before, ...added]));
    }),
    { numRuns: 150 },
  );
});

test("a list under one denial is denied as a whole, in any order", () => {
  for (const region of regions)
    for (const language of languages) {
      const names = named.filter((one) => one.region === region && one.language === language);
      fc.assert(
        fc.property(fc.shuffledSubarray(names, { minLength: 2 }), (some) => {
          const [last, ...rest] = some.map(({ name }) => name);
          const text =
            language === "zh" ? `未见${rest.join("、")}及${last}。` : `No ${rest.join(", ")} or ${last}.`;
          assert.deepEqual(labelsIn(text, region), []);
        }),
        { numRuns: 15 },
      );
    }
});

/** Repeats that make a backtracking pattern take time without end where two of its parts share a text. */
const repeats: readonly [region: Region, text: string, labels: readonly string[]][] = [
  ["breast", `Cyst${", ".repeat(1000)}`, ["cyst"]],
  ["breast", `Cyst${" , mass".repeat(1000)}`, ["cyst", "mass"]],
  ["breast", `Cyst${" ".repeat(5000)}`, ["cyst"]],
  ["heart", `Left ventricle ${"-".repeat(5000)}`, []],
  ["heart", `Left ventricle a${`${"-".repeat(60)}b`.repeat(100)}`, []],
  ["breast", "No cyst or mass, ".repeat(1000), []],
  ["breast", "未见囊肿、肿块".repeat(500), []],
];
for (const [region, text, labels] of repeats)
  test(`${region}: a long answer is read to its end: ${text.slice(0, 30)}`, () =>
    assert.deepEqual(labelsIn(text, region), labels));

test("every label of every region has phrases, and no region has one twice", () => {
  for (const region of regions) {
    const labels = labelsOf(region);
    assert.equal(new Set(labels).size, labels.length);
    for (const label of labels.slice(0, -1))
      assert.ok(patterns.some((one) => one.region === region && one.label === label));
  }
});
