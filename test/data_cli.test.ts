/** @file `echovlm data` as its users meet it, and the official project's data through its readers. */

import assert from "node:assert/strict";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { keepRecords, readRecords, recordFiles } from "../src/data/read_records.ts";
import { echovlm, picture, refusal, says } from "./cli_process.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const turns = (question: string, answer: string) => [
  { role: "user", content: question },
  { role: "assistant", content: answer },
];
const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join("\n");
const read = (file: string) =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

/**
 * A folder with `records` of one group each, all showing one real picture under a name of their own; different files
 * end with bytes of their own, which change no pixel.
 */
function folderOf(
  t: Parameters<typeof temporaryFolder>[0],
  records: number,
  areDifferent = false,
): { folder: string; file: string } {
  const folder = temporaryFolder(t);
  const file = join(folder, "records.jsonl");
  mkdirSync(join(folder, "images"));
  const rows = Array.from({ length: records }, (_, index) => {
    const name = `images/${index}.png`;
    cpSync(picture, join(folder, name));
    if (areDifferent) appendFileSync(join(folder, name), `${index}`);
    return {
      messages: turns("<image>What?", `Answer ${index}.`),
      images: [name],
      group: `g${index}`,
      region: "liver",
    };
  });
  writeFileSync(file, lines(rows));
  return { folder, file };
}

describe("echovlm data", { concurrency: 2 }, () => {
  test("convert: one file that appears whole, with paths that still lead to the pictures", async (t) => {
    const { folder, file } = folderOf(t, 3);
    const out = join(folder, "elsewhere/out.jsonl");
    const args = ["data", "convert", "--set", "licence=CC0", "--out", out, file];
    const { code, stdout, stderr } = await echovlm([...args, "--json"]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), {
      out,
      files: 1,
      read: 3,
      kept: 3,
      skipped: 0,
      badFiles: 0,
      warnings: 0,
    });
    assert.deepEqual(read(out)[1].images, ["../images/1.png"]);
    assert.equal(read(out)[1].licence, "CC0");
    assert.equal((await echovlm(["data", "validate", out])).code, 0);

    says(await refusal(args), out, /expected no such file yet/);
    const { code: again } = await echovlm([...args, "--force"]);
    assert.equal(again, 0);
  });

  test("convert: a bad record fails and leaves nothing, or is named and left out", async (t) => {
    const { folder, file } = folderOf(t, 2);
    writeFileSync(file, `${readFileSync(file, "utf8")}\n{"messages": 3}`);
    const out = join(folder, "out.jsonl");
    const args = ["data", "convert", "--out", out, file];
    says(await refusal(args), `${file}:3`, /^messages: expected array, got number/);
    assert.deepEqual(readdirSync(folder).sort(), ["images", "records.jsonl"]);
    const { code, stdout, stderr } = await echovlm([...args, "--on-error", "skip"]);
    assert.equal(code, 0);
    assert.match(stdout, /3 read = 2 kept \+ 1 skipped\n$/);
    assert.match(stderr, /^left out .*records\.jsonl:3: messages: /);
    assert.equal(read(out).length, 2);
  });

  test("validate: every fault with its place, and exit code 1", async (t) => {
    const { folder, file } = folderOf(t, 2);
    const more = [
      { messages: turns("<image>a", "b"), images: ["images/gone.png"] },
      { messages: turns("<image>a", "b") },
    ];
    writeFileSync(file, `${readFileSync(file, "utf8")}\n${lines(more)}`);
    const { code, stdout } = await echovlm(["data", "validate", "--json", file]);
    assert.equal(code, 1);
    const { read: count, good, bad, faults, passed } = JSON.parse(stdout);
    assert.deepEqual([count, good, bad, passed], [4, 2, 2, false]);
    assert.deepEqual(
      faults.map((fault: { line: number }) => fault.line),
      [3, 4],
    );
    assert.match(faults[0].problem, /^images\.0: .*gone\.png: expected an image file, got no file there$/);
    const unseen = await echovlm(["data", "validate", "--no-images", file]);
    assert.match(
      unseen.stdout,
      /records\.jsonl:4 +images: .*\n\n4 records read = 3 good \+ 1 bad; 0 of 1 files bad\n$/,
    );
    assert.equal(existsSync(join(folder, "gone.png")), false);
  });

  test("split: each record once, groups whole, the same again from another order", async (t) => {
    const { folder, file } = folderOf(t, 24, true);
    const split = async (input: string, out: string, ...more: string[]) => {
      const { code, stderr } = await echovlm([
        "data",
        "split",
        "--shares",
        "0.5,0.25,0.25",
        "--out",
        out,
        ...more,
        input,
      ]);
      assert.equal(code, 0, stderr);
      return ["train", "val", "test"].map((part) =>
        read(join(out, `${part}.jsonl`))
          .map((record: { group: string }) => record.group)
          .sort(),
      );
    };
    const stratified = await split(file, join(folder, "a"), "--stratify");
    assert.deepEqual(
      stratified.map((part) => part.length),
      [12, 6, 6],
    );
    assert.deepEqual(stratified.flat().sort(), Array.from({ length: 24 }, (_, index) => `g${index}`).sort());
    const turned = join(folder, "turned.jsonl");
    writeFileSync(turned, readFileSync(file, "utf8").split("\n").reverse().join("\n"));
    assert.deepEqual(await split(turned, join(folder, "b"), "--stratify"), stratified);
    assert.deepEqual(
      await split(turned, join(folder, "c"), "--seed", "1"),
      await split(file, join(folder, "d"), "--seed", "1"),
    );
  });

  test("split: without groups, or with an empty part, nothing is written", async (t) => {
    const { folder, file } = folderOf(t, 1);
    const args = ["data", "split", "--out", join(folder, "s"), file];
    assert.match(await refusal(args), /^--shares: expected at least one group in .*, got none of 1/);
    writeFileSync(file, lines([{ messages: turns("a", "b") }]));
    says(await refusal(args), `${file}:1`, /^group: expected the patient, examination or sweep, got nothing/);
    assert.equal(existsSync(join(folder, "s")), false);
    says(
      await refusal(["data", "split", "--shares", "0.5,0.2,0.2", "--out", folder, file]),
      "shares",
      /make 1 together/,
    );
  });

  test("split: one picture under several names is refused", async (t) => {
    const { folder, file } = folderOf(t, 2);
    const args = ["data", "split", "--shares", "0.5,0.5,0", "--out", join(folder, "s"), file];
    says(
      await refusal(args),
      `${file}:2`,
      /^group: expected g0 as in .*:1, which shows the same picture, got g1/,
    );
  });

  test("a manifest's labels that are not understood are warnings, named and counted", async (t) => {
    const folder = temporaryFolder(t);
    const file = join(folder, "manifest.jsonl");
    const row = { region: "breast", dataset: "D", width: 8, height: 6, group: "D:1" };
    const labelled = (file: string, labels: object) => ({ ...row, file, labels });
    writeFileSync(
      file,
      lines([
        labelled("a.png", { pathology: "maligna", view: "transverse" }),
        labelled("b.png", { patholgy: "benign" }),
        labelled("c.png", { pathology: "benign" }),
      ]),
    );
    const named = [
      `warning ${file}:1: a.png: pathology "maligna": not understood`,
      `warning ${file}:2: b.png: patholgy "benign": no label of that name is understood`,
    ];
    const validate = ["data", "validate", "--no-images", file];
    const convert = ["data", "convert", "--force", "--out", join(folder, "out.jsonl"), file];
    for (const args of [validate, convert]) {
      const { code, stdout, stderr } = await echovlm([...args, "--json"]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(stderr.trimEnd().split("\n"), named);
      assert.equal(JSON.parse(stdout).warnings, 2);
      assert.match((await echovlm(args)).stdout, /; 2 warnings\n$/);
    }
  });

  test("stats and preview", async (t) => {
    const { file } = folderOf(t, 3);
    const stats = await echovlm(["data", "stats", "--json", file]);
    const { records, tallies, groups, pictures } = JSON.parse(stats.stdout);
    assert.deepEqual([records, tallies.region, groups.count], [3, { liver: 3 }, 3]);
    assert.equal(pictures.acrossGroups.length, 1, "all show equal files");
    const text = await echovlm(["data", "stats", file]);
    assert.match(text.stdout, /region +liver +3 +100\.0 %/);
    const preview = await echovlm(["data", "preview", "--count", "1", file]);
    assert.match(
      preview.stdout,
      /records\.jsonl:1\n {2}region liver · group g0\n.*0\.png, \d+ x \d+ png\nuser: <image>What\?\nassistant: Answer 0\.\n/,
    );
    const drawn = await echovlm(["data", "preview", "--count", "2", "--seed", "4", "--json", file]);
    assert.equal(JSON.parse(drawn.stdout).length, 2);
  });

  test("wrong input ends with 2", async () => {
    says(
      await refusal(["data", "stats", "gone.jsonl"]),
      "gone.jsonl",
      /expected a file or folder of records, got ENOENT/,
    );
    for (const args of [
      ["data"],
      ["data", "convert", "a.jsonl"],
      ["data", "stats", "--set", "colour=red", "a.jsonl"],
    ])
      assert.equal((await echovlm(args)).code, 2);
  });
});

const official = fileURLToPath(new URL("../../../shared/echovlm-data/", import.meta.url));
const absent = existsSync(official) ? false : "../shared/echovlm-data is not here";

/** Records of each file, as the reference counts them. */
const officialCounts: Readonly<Record<string, number>> = {
  "2D_Ultrasound_Sequences_Of_The_Liver": 7,
  AUITD: 1263,
  "Annotated Ultrasound Liver images": 735,
  "BUS-BRA": 1875,
  BUSC: 250,
  BUSI: 780,
  BUS_UC: 811,
  CCAUS: 1100,
  "Dataset of B-mode fatty liver ultrasound images": 55,
  "GDPH&SYSUCC": 2405,
  QAMEBI: 232,
};

test("the official data: 9,513 records, two empty files named, all captions in Chinese", {
  skip: absent,
}, async () => {
  const files = await recordFiles([join(official, "public_data")]);
  const bad: string[] = [];
  const found: Record<string, number> = {};
  for await (const { record } of keepRecords(readRecords(files), "skip", (item) => {
    if (item.kind !== "record") bad.push(`${item.kind}: ${item.problems.join()}`);
  })) {
    assert.deepEqual([record.task, record.language], ["caption", "zh"]);
    assert.deepEqual(
      record.messages.map(({ role }) => role),
      ["system", "user", "assistant"],
    );
    found[record.dataset ?? ""] = (found[record.dataset ?? ""] ?? 0) + 1;
  }
  assert.deepEqual(found, officialCounts);
  assert.deepEqual(bad, Array(2).fill("bad file: expected records, got an empty file"));
});

test("the official prompts are no records: each is named, and so is the comma too many", {
  skip: absent,
}, async () => {
  const files = await recordFiles([join(official, "question_json")]);
  const kinds = { record: 0, "bad record": 0, "bad file": 0 };
  for await (const item of readRecords(files)) kinds[item.kind]++;
  assert.deepEqual(kinds, { record: 0, "bad record": 1268, "bad file": 1 });
});
