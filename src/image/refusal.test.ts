import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import sharp from "sharp";
import { bmpOf } from "../../test/bmp_fixture.ts";
import { RequestError } from "../errors.ts";
import { decodeImage } from "./decode.ts";
import type { ImageSource } from "./read_source.ts";

const folder = mkdtempSync(join(tmpdir(), "echovlm-refusal-"));
after(() => rmSync(folder, { recursive: true }));

const write = (name: string, content: Uint8Array | string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

/** The error decoding ends with, checked to be one line that names the source. */
async function refusal(source: ImageSource, limits = {}): Promise<string> {
  try {
    await decodeImage(source, limits);
  } catch (error) {
    assert.ok(error instanceof RequestError, String(error));
    assert.ok(error.message.startsWith(typeof source === "string" ? `${source}: ` : "image bytes: "));
    assert.ok(!error.message.includes("\n"));
    return error.message;
  }
  assert.fail("the picture was accepted");
}

/** Large enough to have a body behind the header. */
const noise = Uint8Array.from({ length: 24 * 16 * 3 }, (_, index) => (index * 7919 * (index >> 2)) & 255);
const picture = () => sharp(noise, { raw: { width: 24, height: 16, channels: 3 } });

const files: Readonly<Record<string, Uint8Array>> = {
  png: await picture().png().toBuffer(),
  jpeg: await picture().jpeg().toBuffer(),
  webp: await picture().webp().toBuffer(),
  tiff: await picture().tiff({ compression: "lzw" }).toBuffer(),
  gif: await picture().gif().toBuffer(),
  bmp: bmpOf({ width: 24, height: 16, bits: 24, rows: noise }),
};

test("paths that hold no picture are refused, each with its reason", async () => {
  assert.match(await refusal(join(folder, "absent.png")), /no file there/);
  assert.match(await refusal(folder), /a directory/);
  assert.match(await refusal("/dev/null"), /a device, pipe or socket/);
  assert.match(await refusal(write("empty.png", "")), /got 0 bytes/);
  assert.match(await refusal(new Uint8Array()), /got 0 bytes/);
  assert.match(await refusal("a\0b"), /null bytes/);
});

test("what is neither a path nor bytes is refused", async () => {
  for (const source of [files.png!.buffer, new URL("file:///scan.png"), 5, { width: 1, height: 1 }])
    await assert.rejects(
      decodeImage(source as unknown as Uint8Array),
      (error) =>
        error instanceof RequestError && /^image: expected a path or a Uint8Array, got /.test(error.message),
    );
});

test("a picture's text in place of its path is not repeated whole", async () => {
  const source = `data:image/png;base64,${"A".repeat(1e6)}`;
  await assert.rejects(
    decodeImage(source),
    (error) =>
      error instanceof RequestError && /no file there/.test(error.message) && error.message.length < 300,
  );
});

test("the content decides, not the name", async () => {
  assert.match(
    await refusal(write("notes.png", "hello there")),
    /PNG, JPEG, .* got text that starts with "hello there"/,
  );
  assert.match(
    await refusal(write("junk.png", Uint8Array.of(1, 2, 254))),
    /got bytes that start with 01 02 fe/,
  );
  assert.match(await refusal(write("drawing.png", "<svg xmlns='http://www.w3.org/2000/svg'/>")), /got text/);
  assert.equal((await decodeImage(write("really-jpeg.png", files.jpeg!))).width, 24);
});

test("a declared size over the limit is refused before pixels are decoded", async () => {
  for (const [name, bytes] of Object.entries(files)) {
    assert.match(await refusal(bytes, { maxImagePixels: 383 }), /at most 383 pixels, got 24 x 16/, name);
    assert.equal((await decodeImage(bytes, { maxImagePixels: 384 })).width, 24, name);
  }
  // 100 000 x 100 000 pixels declared in a file of a few bytes.
  const bomb = Buffer.from(files.png!);
  bomb.writeUInt32BE(100_000, 16);
  bomb.writeUInt32BE(100_000, 20);
  bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
  assert.match(await refusal(bomb), /at most 100000000 pixels, got 100000 x 100000/);
});

test("a file over the size limit is refused", async () => {
  const path = write("picture.png", files.png!);
  assert.match(await refusal(path, { maxFileBytes: 100 }), /at most 100 bytes/);
  assert.match(await refusal(files.png!, { maxFileBytes: 100 }), /at most 100 bytes/);
});

test("truncated files are refused", async () => {
  for (const [name, bytes] of Object.entries(files))
    for (const share of [0.3, 0.6, 0.9]) {
      const path = write(`cut.${name}`, bytes.subarray(0, Math.floor(bytes.length * share)));
      assert.match(await refusal(path), /undamaged picture|truncated/, `${name} cut to ${share}`);
    }
});

test("any damage ends in a picture or a refusal", async () => {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    value: fc.integer({ min: 0, max: 255 }),
  });
  const limits = { maxImagePixels: 1e6 };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(files)),
      fc.array(change, { maxLength: 6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (bytes, changes, kept) => {
        const damaged = Uint8Array.from(bytes);
        // Headers are where most decisions are taken: half of the changes fall there.
        changes.forEach(({ at, value }, index) => {
          damaged[Math.floor(at * (index % 2 === 0 ? damaged.length - 1 : 63))] = value;
        });
        const cut = kept > 0.5 ? damaged : damaged.subarray(0, Math.floor(damaged.length * kept * 2));
        try {
          const { width, height, data } = await decodeImage(cut, limits);
          assert.equal(data.length, width * height * 3);
        } catch (error) {
          assert.ok(error instanceof RequestError, String(error));
        }
      },
    ),
    { numRuns: 4000 },
  );
});

/** The checksum of a PNG chunk. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
