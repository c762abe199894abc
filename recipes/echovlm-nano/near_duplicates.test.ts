import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import sharp from "sharp";
import type { ManifestRow } from "../../src/data/manifest.ts";
import type { Part } from "../../src/data/split.ts";
import { createRandom } from "../../src/tensor/random.ts";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { joined, nearDuplicates } from "./near_duplicates.ts";

test("pictures that differ in size, brightness and noise only are one set; others and other regions are not", async (t) => {
  const folder = temporaryFolder(t);
  const side = 40;
  const row = async (group: string, region: string, seed: number, change: (value: number) => number) => {
    const random = createRandom(seed);
    const scene = Uint8Array.from({ length: side * side }, () => change(40 + 120 * random()));
    const file = `${group}.png`;
    await sharp(scene, { raw: { width: side, height: side, channels: 1 } })
      .resize(80, 100, { fit: "fill" })
      .png()
      .toFile(join(folder, file));
    return { file, group, region } as ManifestRow;
  };
  const rows = await Promise.all([
    row("a", "breast", 1, (value) => value),
    row("b", "breast", 2, (value) => value),
    row("c", "breast", 1, (value) => 0.8 * value + 30),
    row("d", "liver", 1, (value) => value),
  ]);
  assert.deepEqual(await nearDuplicates(rows, folder), [["a", "c"]]);
});

test("a set is in one part: in training if any of it is, and nothing else moves", () => {
  const parts = new Map<string, Part>([
    ["a", "test"],
    ["b", "train"],
    ["c", "val"],
    ["d", "test"],
    ["e", "val"],
  ]);
  const together = joined(parts, [
    ["a", "b"],
    ["d", "e"],
  ]);
  assert.deepEqual(Object.fromEntries(together), { a: "train", b: "train", c: "val", d: "test", e: "test" });
});
