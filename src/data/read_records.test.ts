import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brief, itemsOf, turns } from "../../test/read_items.ts";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { CheckpointError, RequestError } from "../errors.ts";
import { placeName } from "./place.ts";
import { type Counts, keepRecords, readRecords, recordFiles } from "./read_records.ts";
import { openRecordWriter } from "./write_records.ts";

test("EchoVLM conversations: roles, system turn, language, and what the path tells", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "BUSI.json");
  const conversations = [
    { from: "system", value: "你是助手。" },
    { from: "human", value: "<image>请描述。" },
    { from: "gpt", value: "无回声区。" },
  ];
  const image = ["public_data/BUSI/benign (1).png"];
  writeFileSync(
    file,
    JSON.stringify([{ id: "benign (1).png", image, description: "无回声区。", conversations }], null, 4),
  );
  assert.deepEqual(brief(await itemsOf([folder], { pictures: "/pictures" })), [
    {
      id: "benign (1).png",
      language: "zh",
      dataset: "BUSI",
      region: "breast",
      task: "caption",
      messages: [{ role: "system", content: "你是助手。" }, ...turns("<image>请描述。", "无回声区。")],
      images: [join("/pictures", image[0]!)],
    },
  ]);
});

test("LLaVA: one picture, a list, or none", async (t) => {
  const file = join(temporaryFolder(t), "llava.json");
  const conversations = (question: string) => [
    { from: "human", value: question },
    { from: "gpt", value: "Yes." },
  ];
  const rows = [
    { id: 7, image: "a.png", conversations: conversations("<image>\nOne?") },
    { image: ["a.png", "b.png"], conversations: conversations("<image><image>\nTwo?") },
    { conversations: conversations("None?") },
  ];
  writeFileSync(file, JSON.stringify(rows));
  const at = (name: string) => join(file, "..", name);
  assert.deepEqual(brief(await itemsOf([file])), [
    { id: "7", language: "en", messages: turns("<image>\nOne?", "Yes."), images: [at("a.png")] },
    { language: "en", messages: turns("<image><image>\nTwo?", "Yes."), images: [at("a.png"), at("b.png")] },
    { language: "en", messages: turns("None?", "Yes."), images: [] },
  ]);
});

test("a bad record is named by file, line and field, and the others are read", async (t) => {
  const file = join(temporaryFolder(t), "data.jsonl");
  const row = (fields: object) => JSON.stringify({ messages: turns("Why?", "So."), ...fields });
  const lines = [
    row({}),
    row({ images: ["a.png"] }),
    "[]",
    '{"images": []}',
    "{",
    JSON.stringify({ conversations: [{ from: "robot", value: "hi" }] }),
    row({ id: "last" }),
  ];
  writeFileSync(file, lines.join("\n"));
  const items = await itemsOf([file]);
  assert.deepEqual(
    items.map(({ place }) => place),
    lines.map((_, index) => ({ file, line: index + 1, index })),
  );
  const [first, tags, list, neither, json, role, last] = brief(items);
  assert.deepEqual(
    [first, last],
    [{ messages: turns("Why?", "So.") }, { id: "last", messages: turns("Why?", "So.") }],
  );
  assert.match(String(tags), /^bad record: images: expected one for each <image>, got 1 for 0$/);
  assert.match(String(list), /^bad record: expected a record, got a list$/);
  assert.match(String(neither), /^bad record: expected messages or conversations, got neither$/);
  assert.match(String(json), /^bad record: expected JSON, got /);
  assert.match(
    String(role),
    /^bad record: conversations\.0\.from: expected one of system, human, gpt, got "robot"$/,
  );

  const counts: Counts[] = [];
  const kept = [];
  for await (const { record } of keepRecords(readRecords([file]), "skip", (_, now) =>
    counts.push({ ...now }),
  ))
    kept.push(record);
  assert.equal(kept.length, 2);
  for (const { read, kept, skipped } of counts) assert.equal(read, kept + skipped);
  assert.deepEqual(counts.at(-1), { read: 7, kept: 2, skipped: 5, badFiles: 0, warnings: 0 });

  const seen: unknown[] = [];
  await assert.rejects(
    async () => {
      for await (const { record } of keepRecords(readRecords([file]), "fail")) seen.push(record);
    },
    (error) =>
      error instanceof RequestError && error.message.startsWith(`${file}:2: images: expected one for each`),
  );
  assert.equal(seen.length, 1);
});

test("leniency is only on request: unknown fields, Ture, empty files", async (t) => {
  const folder = temporaryFolder(t);
  const conversations = [
    { from: "human", value: "Ture or False?" },
    { from: "gpt", value: "Ture" },
  ];
  writeFileSync(join(folder, "a.json"), JSON.stringify([{ model: "x", conversations }]));
  writeFileSync(join(folder, "b.json"), "");
  assert.deepEqual(brief(await itemsOf([folder])), [
    "bad record: expected no field model",
    "bad file: expected records, got an empty file",
  ]);
  assert.deepEqual(brief(await itemsOf([folder], { lenient: true })), [
    { language: "en", messages: turns("True or False?", "True"), images: [] },
  ]);
});

test("what the user states fills in what records leave out", async (t) => {
  const file = join(temporaryFolder(t), "data.jsonl");
  const rows = [
    { messages: turns("<image>a", "b"), images: ["p12_left.png"] },
    { messages: turns("<image>a", "b"), images: ["scan.png"], region: "liver", group: "9" },
    { messages: turns("<image>a", "b"), images: ["scan.png"] },
  ];
  writeFileSync(file, rows.map((row) => JSON.stringify(row)).join("\n"));
  const items = await itemsOf([file], { stated: { region: "breast" }, groupPattern: /^p(\d+)_/ });
  const [first, second, third] = items;
  assert.ok(first?.kind === "record" && second?.kind === "record");
  assert.deepEqual([first.record.region, first.record.group], ["breast", "12"]);
  assert.deepEqual([second.record.region, second.record.group], ["liver", "9"]);
  assert.match(
    String(brief([third!])[0]),
    /^bad record: images\.0: expected a path that matches .*, got scan\.png$/,
  );
});

test("inputs that are not there, or hold no records, are refused", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "notes.txt"), "hello");
  for (const input of ["missing.jsonl", "notes.txt", "."])
    await assert.rejects(recordFiles([join(folder, input)]), RequestError);
});

test("a folder that may not be listed is refused", {
  skip: process.platform === "win32" ? "Windows knows no such modes" : false,
}, async (t) => {
  const folder = temporaryFolder(t);
  const closed = join(folder, "closed");
  mkdirSync(closed);
  chmodSync(folder, 0o755);
  chmodSync(closed, 0);
  // Root may list everything; another user may not.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await assert.rejects(
      recordFiles([closed]),
      (error) =>
        error instanceof RequestError &&
        error.message === `${closed}: expected a file or folder of records, got EACCES`,
    );
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

test("writing then reading is identity, also from another folder, and nothing half-written stays", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "a/data.jsonl");
  mkdirSync(join(folder, "a"));
  const row = {
    messages: turns("<image>a<video>", "b"),
    images: ["x/y.png"],
    videos: [["1.png", "2.png"]],
    group: "g",
    region: "other",
  };
  writeFileSync(file, JSON.stringify(row));
  const before = await itemsOf([file]);
  const out = join(folder, "b/c/out.jsonl");
  const writer = await openRecordWriter(out, false);
  for (const item of before) if (item.kind === "record") await writer.write(item.record);
  assert.ok(!existsSync(out), "not there before it is whole");
  await writer.commit();
  assert.deepEqual(JSON.parse(readFileSync(out, "utf8")).images, ["../../a/x/y.png"]);
  assert.deepEqual(brief(await itemsOf([out])), brief(before));

  await assert.rejects(openRecordWriter(out, false), RequestError);
  const other = await openRecordWriter(out, true);
  await other.discard();
  assert.deepEqual(readdirSync(join(folder, "b/c")), ["out.jsonl"]);
});

test("a manifest's row gives a report and questions in both languages, the same every time", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "manifest.jsonl");
  const labels = { pathology: "benign" };
  const row = { file: "a.png", region: "breast", dataset: "D", labels, width: 8, height: 6, group: "D:1" };
  const { group: _group, ...torn } = row;
  writeFileSync(file, [row, torn].map((one) => JSON.stringify(one)).join("\n"));
  const items = await itemsOf([file]);
  const records = items.flatMap((item) => (item.kind === "record" ? [item.record] : []));
  assert.deepEqual([...new Set(records.map(({ language }) => language))], ["zh", "en"]);
  assert.equal(records.filter(({ task }) => task === "report").length, 2);
  assert.ok(records.length > 6);
  assert.equal(new Set(records.map(({ id }) => id)).size, records.length);
  for (const { region, group, images, facts } of records) {
    assert.deepEqual([region, group, images], ["breast", "D:1", [join(folder, "a.png")]]);
    assert.equal(facts?.findings?.[0]?.pathology, "benign");
  }
  assert.deepEqual(brief(items.slice(records.length)), ["bad record: group: expected string, got nothing"]);
  assert.deepEqual(await itemsOf([file]), items);
});

test("what of a manifest's row is not understood comes with its first record alone", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "manifest.jsonl");
  const row = { file: "a.png", dataset: "D", width: 8, height: 6, group: "D:1", labels: { colour: "red" } };
  writeFileSync(file, JSON.stringify({ ...row, region: "breast" }));
  const items = await itemsOf([file]);
  const told = items.map((item) => (item.kind === "record" ? item.warnings : undefined));
  assert.ok(told.length > 1);
  assert.deepEqual(told, [
    ['a.png: colour "red": no label of that name is understood'],
    ...told.slice(1).map(() => undefined),
  ]);
});

test("records of a list are told apart by their number, as they may share a line; ids may be numbers", async (t) => {
  const folder = temporaryFolder(t);
  const [list, linesFile] = [join(folder, "a.json"), join(folder, "b.jsonl")];
  const record = { id: 7, messages: turns("Why?", "So.") };
  writeFileSync(list, JSON.stringify([record, 3]));
  writeFileSync(linesFile, JSON.stringify(record));
  const items = await itemsOf([list, linesFile]);
  assert.deepEqual(
    items.map(({ place }) => placeName(place)),
    [`${list}:1 row 0`, `${list}:1 row 1`, `${linesFile}:1`],
  );
  assert.deepEqual(brief([items[0]!, items[2]!]), [
    { ...record, id: "7" },
    { ...record, id: "7" },
  ]);
});

test("a place that cannot be written to is refused, and says so", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "file"), "");
  const path = join(folder, "file/out.jsonl");
  await assert.rejects(
    openRecordWriter(path, true),
    (error) =>
      error instanceof CheckpointError &&
      error.message.startsWith(
        `${path}: cannot be written: something else has the name of a folder in the path (EEXIST)`,
      ),
  );
});
