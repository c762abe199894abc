import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { ownGolden } from "../../test/golden_case.ts";
import { decodeImage } from "./decode.ts";

const folder = mkdtempSync(join(tmpdir(), "echovlm-decode-"));
after(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** 6 x 4 pixels, all different. */
const rgb = Uint8Array.from({ length: 6 * 4 * 3 }, (_, index) => (index * 37 + (index >> 3) * 11) & 255);
const raw = (data: Uint8Array | Uint16Array, channels: 1 | 2 | 3 | 4, width = 6, height = 4) =>
  sharp(data, { raw: { width, height, channels } });

test("lossless formats give the very pixels and the file's hash", async () => {
  for (const bytes of [
    await raw(rgb, 3).png().toBuffer(),
    await raw(rgb, 3).png({ progressive: true }).toBuffer(),
    await raw(rgb, 3).webp({ lossless: true }).toBuffer(),
    await raw(rgb, 3).tiff({ compression: "lzw" }).toBuffer(),
    await raw(rgb, 3).tiff({ compression: "none", tile: true }).toBuffer(),
  ]) {
    const { width, height, data, hash } = await decodeImage(write("picture", bytes));
    assert.deepEqual([width, height], [6, 4]);
    assert.deepEqual([...data], [...rgb]);
    assert.equal(hash, createHash("sha256").update(bytes).digest("hex"));
  }
});

test("JPEG gives Pillow's pixels, chroma upsampling included", async () => {
  // Made by Pillow 12 (quality 75, 4:2:0) from a 64 x 48 picture; the hash is that of Pillow's decode.
  const { data } = await decodeImage(fileURLToPath(new URL("images/subsampled.jpg", ownGolden)));
  assert.equal(
    createHash("sha256").update(data).digest("hex"),
    "e83ca044bf4fe5513d505561700cd8e05fcd4932fffa98a6170214b390fea267",
  );
});

test("grey, palette, transparency and 16 bits become RGB; alpha is dropped, not blended", async () => {
  const grey = rgb.subarray(0, 24);
  const tripled = [...grey].flatMap((value) => [value, value, value]);
  const decoded = async (bytes: Uint8Array) => [...(await decodeImage(bytes)).data];
  const greyPng = raw(grey, 1).toColourspace("b-w").png();
  assert.deepEqual(await decoded(await greyPng.toBuffer()), tripled);

  const rgba = Uint8Array.from({ length: 96 }, (_, index) =>
    index % 4 === 3 ? 10 : rgb[index - (index >> 2)]!,
  );
  assert.deepEqual(await decoded(await raw(rgba, 4).png().toBuffer()), [...rgb]);
  assert.deepEqual(await decoded(await raw(rgb, 3).png({ palette: true, dither: 0 }).toBuffer()), [...rgb]);

  const deep = Uint16Array.from(rgb, (value, index) => value * 256 + ((index * 91) & 255));
  assert.deepEqual(await decoded(await raw(deep, 3).toColourspace("rgb16").png().toBuffer()), [...rgb]);
  const deepGrey = await raw(deep.subarray(0, 24), 1).toColourspace("grey16").png().toBuffer();
  assert.deepEqual(await decoded(deepGrey), tripled);
});

test("CMYK becomes RGB as in Pillow: every ink takes its share of what black leaves", async () => {
  const cmyk = await sharp(fileURLToPath(new URL("images/cmyk.tiff", ownGolden))).metadata();
  assert.equal(cmyk.space, "cmyk");
  const { data } = await decodeImage(fileURLToPath(new URL("images/cmyk.tiff", ownGolden)));
  assert.deepEqual(
    [...data],
    [59, 71, 55, 141, 175, 207, 54, 56, 42, 67, 29, 28, 7, 101, 32, 57, 32, 58, 98, 130, 36, 118, 63, 51],
  );
});

test("a colour profile changes no pixel", async () => {
  const tagged = await raw(rgb, 3).withIccProfile("p3").png().toBuffer();
  const stored = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer();
  assert.ok((await sharp(tagged).metadata()).icc !== undefined);
  assert.deepEqual([...(await decodeImage(tagged)).data], [...stored]);
  assert.notDeepEqual([...(await sharp(tagged).raw().toBuffer())], [...stored]);
});

test("the EXIF orientation is applied", async () => {
  const turned = await raw(rgb, 3).png().withMetadata({ orientation: 6 }).toBuffer();
  const { width, height, data } = await decodeImage(turned);
  assert.deepEqual([width, height], [4, 6]);
  // A quarter turn clockwise: the first row comes from the first column, bottom to top.
  assert.deepEqual([...data.subarray(0, 3)], [...rgb.subarray(3 * 18, 3 * 18 + 3)]);
});

test("of several pages or frames the first is taken", async () => {
  const frames = Uint8Array.from([...rgb.subarray(0, 36).fill(200), ...new Uint8Array(36).fill(9)]);
  const animation = sharp(frames, { raw: { width: 3, height: 8, channels: 3, pageHeight: 4 } });
  for (const bytes of [await animation.clone().gif().toBuffer(), await animation.clone().tiff().toBuffer()]) {
    const { width, height, data } = await decodeImage(bytes);
    assert.deepEqual([width, height, data[0], data.at(-1)], [3, 4, 200, 200]);
  }
});
