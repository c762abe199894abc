import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { decodeImage } from "../src/image/decode.ts";

const folder = new URL("../../samples/", import.meta.url);

test("every sample picture is small, decodes, and has its source and licence in the table", async () => {
  const table = readFileSync(new URL("README.md", folder), "utf8");
  const rows = [...table.matchAll(/^\| (\S+\.jpg) \|(.*)\|$/gm)].map(([, file, rest]) => ({
    file: file!,
    cells: rest!.split("|").map((cell) => cell.trim()),
  }));
  const pictures = readdirSync(folder).filter((name) => name !== "README.md");
  assert.deepEqual(rows.map(({ file }) => file).sort(), pictures.sort());
  for (const { file, cells } of rows) {
    assert.equal(cells.length, 5, file);
    assert.ok(cells.every((cell) => cell !== ""));
    const path = fileURLToPath(new URL(file, folder));
    assert.ok(statSync(path).size < 150_000, file);
    const { width, height } = await decodeImage(path);
    assert.ok(cells[3]!.includes(`${width}x${height}`), `${file} is ${width}x${height}`);
  }
  assert.match(table, /research use only/i);
  const { files } = JSON.parse(readFileSync(new URL("../package.json", folder), "utf8"));
  assert.ok(files.includes("samples"));
});
