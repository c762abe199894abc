import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { kindOfWord, kindWords, labelWords, regionWords, type Words } from "./label_words.ts";
import { type FactRegion, factRegionNames } from "./vocabulary.ts";

const allWords: readonly (readonly [name: string, words: Words<string>])[] = [
  ["region", regionWords],
  ...Object.entries(labelWords),
  ...Object.entries(kindWords).map(([region, words]) => [`finding, ${region}`, words] as const),
];

test("every word of a field has one meaning, in capitals or not, with blanks or hyphens", () => {
  for (const [name, { names, keyOf }] of allWords)
    for (const [key, words] of names)
      for (const word of [key, ...words])
        for (const spelling of [
          word,
          word.toUpperCase(),
          word.replaceAll(" ", "_"),
          word.replaceAll("-", " "),
        ])
          assert.equal(keyOf(spelling), key, `${name}: ${spelling}`);
});

test("a finding may have its region before it; nothing else is taken for one", () => {
  for (const [word, region, kind] of [
    ["kidney stone", "kidney", "stone"],
    ["Thyroid carcinoma", "thyroid", "carcinoma"],
    ["左肾结石", "kidney", undefined],
    ["stone", "liver", undefined],
    ["kidney", "kidney", undefined],
    ["constructor", "kidney", undefined],
    ["stone", "other", undefined],
    [["stone"], "kidney", undefined],
  ] as const)
    assert.equal(kindOfWord(word, region), kind, `${word} of ${region}`);
  assert.deepEqual(
    (Object.keys(factRegionNames) as FactRegion[]).filter((region) => kindOfWord("cyst", region)),
    ["breast", "kidney", "liver", "thyroid"],
  );
});

/** The list of docs/facts.md: a line a field; names that only spell the key apart are left out. */
function listed(): string {
  const plain = (word: string) => word.toLowerCase().replaceAll(/[ -]/g, "");
  return allWords
    .map(([name, { names }]) => {
      const keys = [...names].map(([key, words]) =>
        [`\`${key}\``, ...words.filter((word) => plain(word) !== plain(key))].join(" / "),
      );
      return `- **${name}**: ${keys.join("; ")}`;
    })
    .join("\n");
}

test("docs/facts.md lists every word that a label may say", () => {
  const text = readFileSync(fileURLToPath(new URL("../../../docs/facts.md", import.meta.url)), "utf8");
  const list = text
    .split("\n")
    .filter((line) => line.startsWith("- **"))
    .join("\n");
  assert.equal(list, listed());
});
