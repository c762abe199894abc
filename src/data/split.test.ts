import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { RequestError } from "../errors.ts";
import { createPictureCheck } from "./check_pictures.ts";
import type { ReadItem } from "./read_records.ts";
import type { DataRecord } from "./record.ts";
import {
  assertShares,
  groupStrata,
  type Part,
  partOf,
  parts,
  splittable,
  stratifiedParts,
  stratumOf,
} from "./split.ts";

const shares = { train: 0.7, val: 0.2, test: 0.1 };
const names = (count: number) => Array.from({ length: count }, (_, index) => `patient ${index}`);
const count = (given: Iterable<Part>) => {
  const all = [...given];
  return parts.map((part) => all.filter((one) => one === part).length);
};
const near = (actual: number, wanted: number, within: number) =>
  assert.ok(Math.abs(actual - wanted) <= within, `${actual} is not within ${within} of ${wanted}`);

test("by hash: the shares hold on average, and the seed decides", () => {
  const at = (seed: number) => names(10_000).map((name) => partOf(name, shares, seed));
  const [one, two] = [at(1), at(2)];
  const [train, val, held] = count(one);
  near(train!, 7000, 150);
  near(val!, 2000, 150);
  near(held!, 1000, 150);
  const agree = one.filter((part, index) => part === two[index]).length;
  near(agree / 10_000, 0.49 + 0.04 + 0.01, 0.03);
  assert.deepEqual(at(1), one);
});

test("by hash: a part without a share gets nothing", () => {
  assert.deepEqual(count(names(500).map((name) => partOf(name, { train: 0.5, val: 0.5, test: 0 }, 3)))[2], 0);
  assert.deepEqual(
    count(names(500).map((name) => partOf(name, { train: 0, val: 0, test: 1 }, 3))),
    [0, 0, 500],
  );
});

test("by stratum: the order changes nothing, and each stratum has its shares as nearly as groups allow", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(60), { minLength: 1, maxLength: 6 }), fc.nat(1000), (sizes, seed) => {
      const strata = sizes.flatMap((size, stratum) =>
        names(size).map((name) => [`${stratum} ${name}`, `s${stratum}`] as const),
      );
      const given = stratifiedParts(new Map(strata), shares, seed);
      assert.deepEqual(
        new Map([...stratifiedParts(new Map(strata.toReversed()), shares, seed)].sort()),
        new Map([...given].sort()),
      );
      for (const [stratum, size] of sizes.entries()) {
        const own = count(
          strata.filter(([, name]) => name === `s${stratum}`).map(([group]) => given.get(group)!),
        );
        for (const [index, part] of parts.entries()) near(own[index]!, size * shares[part], 2);
      }
      const all = count(given.values());
      for (const [index, part] of parts.entries()) near(all[index]!, strata.length * shares[part], 1);
    }),
    { numRuns: 60 },
  );
});

test("by stratum: the seed decides which", () => {
  const strata = new Map(names(50).map((name) => [name, "one"]));
  assert.notDeepEqual(stratifiedParts(strata, shares, 1), stratifiedParts(strata, shares, 2));
});

test("shares must be shares", () => {
  assertShares({ train: 0.8, val: 0.1, test: 0.1 });
  for (const wrong of [
    { train: 0.8, val: 0.1, test: 0.2 },
    { train: 1.2, val: -0.2, test: 0 },
    { train: Number.NaN, val: 0.5, test: 0.5 },
  ])
    assert.throws(() => assertShares(wrong), RequestError);
});

const record = (fields: Partial<DataRecord>): DataRecord => ({
  messages: [
    { role: "user", content: "a" },
    { role: "assistant", content: "b" },
  ],
  ...fields,
});
async function* stream(records: readonly DataRecord[]): AsyncGenerator<ReadItem> {
  for (const [index, one] of records.entries())
    yield { kind: "record", place: { file: "f", line: index + 1, index }, record: one };
}

test("a record without a group, or with another group's picture, cannot be split", async () => {
  const kinds: string[] = [];
  const records = [
    record({ group: "a", images: ["1.png", "2.png"] }),
    record({ images: ["3.png"] }),
    record({ group: "b", images: ["4.png", "2.png"] }),
    record({ group: "b", images: ["4.png"] }),
    record({ group: "b" }),
  ];
  for await (const item of splittable(stream(records), createPictureCheck()))
    kinds.push(item.kind === "record" ? "record" : item.problems.join("; "));
  assert.deepEqual(kinds, [
    "record",
    "group: expected the patient, examination or sweep, got nothing; parts are split by it",
    "group: expected a as in f:1, which shows the same picture, got b",
    "record",
    "record",
  ]);
});

test("a picture is the same under another name, whatever group shows it", async (t) => {
  const folder = temporaryFolder(t);
  const [one, copy, other] = ["one.png", "copy.png", "other.png"].map((name) => join(folder, name));
  const golden = (name: string) =>
    fileURLToPath(new URL(`../../../test/golden/echovlm-tiny/images/${name}`, import.meta.url));
  cpSync(golden("nodule.png"), one!);
  cpSync(golden("nodule.png"), copy!);
  cpSync(golden("liver.png"), other!);
  const records = [one!, relative(".", one!), copy!, other!].map((path, index) =>
    record({ group: `g${index}`, images: [path] }),
  );
  const missing = ["gone.png", resolve("gone.png")].map((path, index) =>
    record({ group: `m${index}`, images: [path] }),
  );
  const kinds: string[] = [];
  for await (const item of splittable(stream([...records, ...missing]), createPictureCheck()))
    kinds.push(item.kind);
  assert.deepEqual(kinds, ["record", "bad record", "bad record", "record", "record", "bad record"]);
});

test("a stratum is the region and the worst that is seen; a group has that of most of its records", async () => {
  const breast = (facts: object) =>
    record({ group: "g", facts: { region: "breast", source: "labelled", ...facts } });
  const malignant = breast({ findings: [{ kind: "cyst" }, { kind: "mass", pathology: "malignant" }] });
  const normal = breast({ normal: true });
  assert.equal(stratumOf(malignant), "breast/malignant");
  assert.equal(stratumOf(normal), "breast/normal");
  assert.equal(stratumOf(breast({ findings: [{ kind: "cyst" }] })), "breast/cyst");
  assert.equal(stratumOf(record({ region: "liver", dataset: "D" })), "liver/D");
  assert.equal(stratumOf(record({})), "no region/no label");
  async function* of(...all: DataRecord[]) {
    for (const one of all) yield { record: one };
  }
  assert.deepEqual([...(await groupStrata(of(normal, malignant, normal)))], [["g", "breast/normal"]]);
  assert.deepEqual([...(await groupStrata(of(normal, malignant)))], [["g", "breast/malignant"]]);
});
