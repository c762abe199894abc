import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { jsonArrayRows } from "./json_array.ts";
import { jsonLineRows } from "./json_lines.ts";
import type { Row } from "./row.ts";

/** Bytes in pieces that end at the given places. */
async function* pieces(bytes: Buffer, ends: readonly number[]) {
  let start = 0;
  for (const end of [...ends.map((end) => end % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    if (end > start) yield bytes.subarray(start, end);
    start = Math.max(start, end);
  }
}
type Reader = typeof jsonArrayRows;
async function rowsOf(
  read: Reader,
  text: string | Buffer,
  { ends = [] as number[], lenient = false, max = 1000 } = {},
) {
  const rows: Row[] = [];
  const options = { lenient, maxRecordBytes: max };
  for await (const row of read(pieces(Buffer.from(text), ends), "f", options)) rows.push(row);
  return rows;
}
/** Rows in short: line and value, or line and what is wrong. */
const brief = (rows: readonly Row[]) =>
  rows.map((row) => [
    row.place.line,
    row.kind === "value" ? row.value : `${row.kind}: ${row.problems.join()}`,
  ]);

const ends = fc.array(fc.nat(2000), { maxLength: 12 });
const values = fc.array(fc.jsonValue(), { minLength: 1, maxLength: 8 });
const pretty = fc.constantFrom(undefined, 1, 4);

test("an array gives its elements, however it is laid out and cut into pieces", async () => {
  await fc.assert(
    fc.asyncProperty(values, pretty, ends, async (list, indent, cutAt) => {
      const text = JSON.stringify(list, null, indent);
      const rows = await rowsOf(jsonArrayRows, text, { ends: cutAt, max: 1e6 });
      assert.deepEqual(
        rows.map((row) => row.kind === "value" && row.value),
        JSON.parse(text),
      );
      assert.deepEqual(
        rows.map(({ place }) => place.index),
        list.map((_, index) => index),
      );
    }),
    { numRuns: 150 },
  );
});

test("lines give their values, however the file is cut into pieces", async () => {
  const eol = fc.constantFrom("\n", "\r\n", "\n\n");
  await fc.assert(
    fc.asyncProperty(values, eol, ends, fc.boolean(), async (list, end, cutAt, open) => {
      const text = list.map((value) => JSON.stringify(value)).join(end) + (open ? "" : end);
      const rows = await rowsOf(jsonLineRows, text, { ends: cutAt, max: 1e6 });
      assert.deepEqual(
        rows.map((row) => row.kind === "value" && row.value),
        JSON.parse(JSON.stringify(list)),
      );
    }),
    { numRuns: 150 },
  );
});

test("a damaged element is named with its line, and the others are read", async () => {
  const rows = brief(await rowsOf(jsonArrayRows, '[\n {"a": 1},\n {"a": oops},\n\n {"a": 2}\n]\n'));
  assert.deepEqual(
    [rows[0], rows[2]],
    [
      [2, { a: 1 }],
      [5, { a: 2 }],
    ],
  );
  assert.match(String(rows[1]), /^3,bad record: expected JSON, got /);
  assert.equal(rows.length, 3);
});

const arrays: readonly [what: string, text: string | Buffer, rows: unknown[], lenient?: unknown[]][] = [
  ["no bytes", "", [[undefined, "bad file: expected records, got an empty file"]], []],
  ["white space", " \n", [[undefined, "bad file: expected records, got an empty file"]], []],
  ["an empty list", "[ ]", [[undefined, "bad file: expected records, got an empty file"]], []],
  [
    "a comma too many",
    "[1,\n2,\n]",
    [
      [1, 1],
      [2, 2],
      [3, "bad file: expected a record after the comma, got ]"],
    ],
    [
      [1, 1],
      [2, 2],
    ],
  ],
  ["an object", '{"a": [1]}', [[1, "bad file: expected a list of records in [ ], got something else"]]],
  [
    "a record that never ends",
    "[1,\n{\n2,\n3",
    [
      [1, 1],
      [2, "bad file: expected the record that begins here to end, got a file that ends inside it"],
    ],
  ],
  [
    "a list that never ends",
    "[1,\n2,\n",
    [
      [1, 1],
      [2, 2],
      [3, "bad file: expected ] at the end, got a file that ends inside the list"],
    ],
  ],
  [
    "a text that never ends",
    '[1,\n"a,\n2]',
    [
      [1, 1],
      [
        2,
        'bad file: expected a text to end on its line, got one without its "; the rest of the file cannot be read',
      ],
    ],
  ],
  [
    "more after the list",
    "[1]\n[2]",
    [
      [1, 1],
      [2, "bad file: expected the end of the file after ], got more"],
    ],
  ],
  ["a byte order mark", "\ufeff[1]", [[1, 1]]],
  ["brackets in texts", '[{"a":"]},[\\"\\\\"}]', [[1, { a: ']},["\\' }]]],
  [
    "bytes that are not UTF-8",
    Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]),
    [[1, "bad record: expected UTF-8 text, got other bytes"]],
  ],
  [
    "a record that is too long",
    `[1,"${"x".repeat(2000)}"]`,
    [
      [1, 1],
      [1, "bad file: expected a record of at most 1000 bytes"],
    ],
  ],
];
for (const [what, text, expected, lenient = expected] of arrays)
  test(`an array file with ${what}`, async () => {
    const cutAt = [3, 500, 1000];
    assert.deepEqual(brief(await rowsOf(jsonArrayRows, text, { ends: cutAt })), expected);
    assert.deepEqual(brief(await rowsOf(jsonArrayRows, text, { ends: cutAt, lenient: true })), lenient);
  });

test("a damaged or too long line is named, and the others are read", async () => {
  const text = `1\n\n{oops\n"${"x".repeat(2000)}"\n2`;
  const rows = brief(await rowsOf(jsonLineRows, text, { ends: [7, 600] }));
  assert.deepEqual(rows[0], [1, 1]);
  assert.match(String(rows[1]), /^3,bad record: expected JSON, got /);
  assert.deepEqual(rows.slice(2), [
    [4, "bad record: expected a line of at most 1000 bytes"],
    [5, 2],
  ]);
});

test("a file without lines is bad, or empty on request", async () => {
  assert.equal((await rowsOf(jsonLineRows, "\n")).length, 1);
  assert.equal((await rowsOf(jsonLineRows, "\n", { lenient: true })).length, 0);
});
