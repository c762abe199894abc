import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BmpSketch, bmpOf } from "../../test/bmp_fixture.ts";
import { RequestError } from "../errors.ts";
import { decodeBmp } from "./bmp.ts";

const decode = (sketch: BmpSketch) => [...decodeBmp(bmpOf(sketch), "test.bmp", 1e6).data];

const red = [255, 0, 0];
const green = [0, 255, 0];
const blue = [0, 0, 255];
const white = [255, 255, 255];

test("palette bitmaps of 1, 4 and 8 bits, odd widths, both headers", () => {
  for (const core of [false, true]) {
    const two = { width: 3, height: 2, palette: [...red, ...blue], core };
    assert.deepEqual(decode({ ...two, bits: 1, rows: Uint8Array.of(0b01000000, 0b11000000) }), [
      ...red,
      ...blue,
      ...red,
      ...blue,
      ...blue,
      ...red,
    ]);
    assert.deepEqual(decode({ ...two, bits: 4, rows: Uint8Array.of(0x01, 0x10, 0x11, 0x00) }), [
      ...red,
      ...blue,
      ...blue,
      ...blue,
      ...blue,
      ...red,
    ]);
    assert.deepEqual(decode({ ...two, bits: 8, rows: Uint8Array.of(1, 0, 0, 0, 1, 0) }), [
      ...blue,
      ...red,
      ...red,
      ...red,
      ...blue,
      ...red,
    ]);
  }
});

test("direct colours of 16 and 32 bits, with and without masks", () => {
  const words = (bytes: 2 | 4, ...values: number[]) => {
    const rows = Buffer.alloc(values.length * bytes);
    values.forEach((value, index) => {
      rows.writeUIntLE(value, index * bytes, bytes);
    });
    return rows;
  };
  const row = { width: 3, height: 1 };
  assert.deepEqual(decode({ ...row, bits: 16, rows: words(2, 0x7c00, 0x03e0, 0x7fff) }), [
    ...red,
    ...green,
    ...white,
  ]);
  // Pillow's scaling of 5 and 6 bits: value * 255 / largest, rounded down.
  const masks16 = [0xf800, 0x07e0, 0x001f];
  assert.deepEqual(decode({ ...row, bits: 16, masks: masks16, rows: words(2, 0xf800, 0x0400, 0x0003) }), [
    ...red,
    0,
    129,
    0,
    0,
    0,
    24,
  ]);
  assert.deepEqual(decode({ ...row, bits: 32, rows: words(4, 0x80ff0000, 0x00ff00, 0x12ffffff) }), [
    ...red,
    ...green,
    ...white,
  ]);
  const masks32 = [0xff000000, 0x00ff0000, 0x0000ff00];
  assert.deepEqual(
    decode({ ...row, bits: 32, masks: masks32, rows: words(4, 0xff000000, 0x00ff0007, 0xffffff00) }),
    [...red, ...green, ...white],
  );
});

test("24-bit rows are padded, stored from either end", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      (width, height, topDown) => {
        const rgb = Array.from({ length: width * height * 3 }, (_, index) => (index * 31) & 255);
        const rows = Uint8Array.from(rgb, (_, index) => rgb[index - (index % 3) + 2 - (index % 3)]!);
        assert.deepEqual(decode({ width, height, bits: 24, rows, topDown }), rgb);
      },
    ),
  );
});

test("what cannot be read is refused with the reason", () => {
  const good = bmpOf({
    width: 2,
    height: 2,
    bits: 8,
    palette: [...red, ...blue],
    rows: Uint8Array.of(0, 1, 1, 0),
  });
  const refused = (change: (file: Buffer) => void, reason: RegExp) => {
    const file = Buffer.from(good);
    change(file);
    assert.throws(
      () => decodeBmp(file, "test.bmp", 1e6),
      (error) =>
        error instanceof RequestError && error.message.startsWith("test.bmp: ") && reason.test(error.message),
    );
  };
  refused((file) => file.writeUInt32LE(1, 30), /uncompressed BMP, got compression 1/);
  refused((file) => file.writeUInt16LE(7, 28), /1, 4, 8, 16, 24 or 32 bits a pixel, got 7/);
  refused((file) => file.writeInt32LE(-5, 18), /positive width/);
  refused((file) => file.writeUInt32LE(20, 14), /header of 12 or at least 40 bytes, got 20/);
  refused((file) => file.writeInt32LE(500, 22), /at least 2062 bytes of BMP, got 70 .*truncated/);
  refused((file) => file.fill(9, 62), /at most 2 colours, got colour 9/);
  refused((file) => file.writeInt32LE(2_000_000, 18), /at most 1000000 pixels/);
  const masked = { width: 1, height: 1, bits: 16, rows: Uint8Array.of(0, 0) } as const;
  assert.throws(() => decode({ ...masked, masks: [0xf0f0, 0xf00, 0xf] }), /one run of bits, got 0xf0f0/);
});
