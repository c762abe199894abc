import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { SchemaElement } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { brief, itemsOf, picture, turns } from "../../test/read_items.ts";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { messagesOf } from "./record.ts";
import { openRecordWriter } from "./write_records.ts";

const bytes = new Uint8Array(readFileSync(picture));

test("Parquet: JSON columns, paths, and null for what is absent", async (t) => {
  const file = join(temporaryFolder(t), "data.parquet");
  const buffer = parquetWriteBuffer({
    rowGroupSize: 2,
    columnData: [
      {
        name: "messages",
        data: [turns("<image>a", "b"), turns("c", "d"), turns("e", "")].map((m) => JSON.stringify(m)),
        type: "STRING",
      },
      { name: "images", data: ['["a.png"]', null, null], type: "STRING" },
      { name: "group", data: ["g", null, null], type: "STRING" },
    ],
  });
  writeFileSync(file, new Uint8Array(buffer));
  const items = await itemsOf([file]);
  assert.deepEqual(brief(items), [
    { messages: turns("<image>a", "b"), images: [join(file, "../a.png")], group: "g" },
    { messages: turns("c", "d") },
    "bad record: messages.1.content: expected text, got none",
  ]);
  assert.deepEqual(
    items.map(({ place }) => place.index),
    [0, 1, 2],
  );
});

test("Parquet: pictures as bytes, in EchoVLM's and LLaVA's columns", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "data.parquet");
  const conversations = [
    { from: "human", value: "<image>a" },
    { from: "gpt", value: "b" },
  ];
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "conversations", data: [JSON.stringify(conversations)], type: "STRING" },
      { name: "image", data: [bytes], type: "BYTE_ARRAY" },
    ],
  });
  writeFileSync(file, new Uint8Array(buffer));
  const [item] = await itemsOf([file]);
  assert.ok(item?.kind === "record", JSON.stringify(item));
  assert.deepEqual(messagesOf(item.record)[0]?.content, [
    { type: "image", image: bytes },
    { type: "text", text: "a" },
  ]);

  const out = join(folder, "out/data.jsonl");
  const writer = await openRecordWriter(out, false);
  await writer.write(item.record);
  await writer.commit();
  const [again] = await itemsOf([out]);
  assert.ok(again?.kind === "record");
  const [path] = again.record.images ?? [];
  assert.ok(typeof path === "string");
  assert.deepEqual(new Uint8Array(readFileSync(path)), bytes);
});

test("a file that is no Parquet is bad, and nothing else happens", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "a.parquet"), "PAR1 but not really, only so many bytes of text");
  writeFileSync(join(folder, "b.parquet"), "");
  const items = await itemsOf([folder]);
  assert.deepEqual(
    items.map(({ kind }) => kind),
    ["bad file", "bad file"],
  );
});

test("Parquet: columns of their own types, as Hugging Face writes them", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "data.parquet");
  const text = (name: string): SchemaElement => ({
    name,
    type: "BYTE_ARRAY",
    converted_type: "UTF8",
    repetition_type: "OPTIONAL",
  });
  const list = (name: string, element: readonly SchemaElement[]): SchemaElement[] => [
    { name, converted_type: "LIST", repetition_type: "OPTIONAL", num_children: 1 },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", repetition_type: "OPTIONAL", num_children: element.length },
    ...element,
  ];
  const schema: SchemaElement[] = [
    { name: "root", num_children: 2 },
    ...list("messages", [text("role"), text("content")]),
    ...list("images", [{ name: "bytes", type: "BYTE_ARRAY", repetition_type: "OPTIONAL" }, text("path")]),
  ];
  const columnData = [
    { name: "messages", data: [turns("<image><image>a", "b"), turns("c", "d")] },
    {
      name: "images",
      data: [
        [
          { bytes, path: "x.png" },
          { bytes: null, path: "y.png" },
        ],
        [],
      ],
    },
  ];
  writeFileSync(file, new Uint8Array(parquetWriteBuffer({ columnData, schema })));
  assert.deepEqual(brief(await itemsOf([file])), [
    { messages: turns("<image><image>a", "b"), images: [bytes, join(folder, "y.png")] },
    { messages: turns("c", "d"), images: [] },
  ]);
});
