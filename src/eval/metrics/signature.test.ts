import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "./signature.ts";

test("a table's hash is short and changes with anything in it, also in a regular expression", () => {
  const tables = [
    { nature: ["benign"], patterns: [/no/i] },
    { nature: ["benign", "harmless"], patterns: [/no/i] },
    { nature: ["benign"], patterns: [/not/i] },
    { nature: ["benign"], patterns: [/no/] },
    { nature: ["benign"], patterns: [] },
  ];
  const hashes = tables.map(hashOf);
  assert.equal(new Set(hashes).size, tables.length);
  for (const [place, hash] of hashes.entries()) {
    assert.match(hash, /^[0-9a-f]{8}$/);
    assert.equal(hashOf(structuredClone(tables[place])), hash);
  }
});
