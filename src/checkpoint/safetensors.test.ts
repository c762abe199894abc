import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { CheckpointError } from "../errors.ts";
import { float32, int64, type Tensor, tensor } from "../tensor/tensor.ts";
import { SafetensorsFile, writeSafetensors } from "./safetensors.ts";
import { parseHeader } from "./safetensors_header.ts";

/** A file assembled by the format's definition: length, header, data. */
function assemble(header: string, data: Uint8Array, length = BigInt(Buffer.byteLength(header))): Buffer {
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length);
  return Buffer.concat([start, Buffer.from(header), data]);
}

/** Tensors of a header with nothing wrong: names to [dtype, shape, begin, end]. */
type Entry = readonly [dtype: unknown, shape: unknown, begin: unknown, end: unknown];
const headerOf = (entries: Record<string, Entry>): string =>
  JSON.stringify(
    Object.fromEntries(
      Object.entries(entries).map(([name, [dtype, shape, ...offsets]]) => [
        name,
        { dtype, shape, data_offsets: offsets },
      ]),
    ),
  );

const everyDtype = new Map<string, Tensor>([
  ["float32", float32([2, 3], [0, 1.5, -2, 3, Number.NaN, Infinity])],
  ["float16", tensor("float16", [3], Uint16Array.of(0x3c00, 0, 0xffff))],
  ["bfloat16", tensor("bfloat16", [1, 1], Uint16Array.of(0x3f80))],
  ["int64", int64([2], [2 ** 53 - 1, -7])],
  ["int32", tensor("int32", [], Int32Array.of(-5))],
  ["uint8", tensor("uint8", [0, 4], new Uint8Array(0))],
  ["bool", tensor("bool", [3], Uint8Array.of(1, 0, 1))],
]);

test("a file assembled by hand, with data at an odd offset, reads as what it says", async (t) => {
  const path = join(temporaryFolder(t), "odd.safetensors");
  const header =
    '{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]},"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]} }';
  writeFileSync(path, assemble(header, Uint8Array.of(9, 0, 0, 0x80, 0x3f)));
  const file = await SafetensorsFile.open(path);
  assert.deepEqual(file.metadata, { format: "pt" });
  assert.deepEqual([...file.tensors.keys()], ["a", "b"]);
  assert.deepEqual(await file.read("b"), float32([1], [1]));
  assert.deepEqual(await file.read("a"), tensor("uint8", [], Uint8Array.of(9)));
  await file.close();
});

test("write, then read, is the identity for every dtype, scalars and empty tensors", async (t) => {
  const path = join(temporaryFolder(t), "all.safetensors");
  await writeSafetensors(path, everyDtype, { made: "by a test" });
  const file = await SafetensorsFile.open(path);
  assert.deepEqual(file.metadata, { made: "by a test" });
  assert.equal(file.tensors.size, everyDtype.size);
  for (const [name, expected] of everyDtype) {
    assert.deepEqual(await file.read(name), expected);
    const { offset, sizeBytes } = file.tensors.get(name)!;
    const elements = expected.data.length;
    assert.equal(elements === 0 ? 0 : offset % (sizeBytes / elements), 0, `${name} is aligned`);
  }
  const part = new Uint8Array(4);
  await file.readBytes("float32", 4, part);
  assert.equal(new Float32Array(part.buffer)[0], 1.5);
  await file.close();
});

test("tensors to write can be loaded when their turn comes", async (t) => {
  const path = join(temporaryFolder(t), "lazy.safetensors");
  let loaded = 0;
  const lazy = (value: number) => ({
    dtype: "float32" as const,
    shape: [1],
    load: async () => {
      loaded++;
      return float32([1], [value]);
    },
  });
  await writeSafetensors(
    path,
    new Map([
      ["x", lazy(1)],
      ["y", lazy(2)],
    ]),
  );
  assert.equal(loaded, 2);
  const file = await SafetensorsFile.open(path);
  assert.deepEqual(await file.read("y"), float32([1], [2]));
  await file.close();
});

test("a write that fails leaves what was there and nothing beside it", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "kept.safetensors");
  await writeSafetensors(path, new Map([["x", float32([1], [1])]]));
  const before = readFileSync(path);
  const failing = {
    dtype: "float32" as const,
    shape: [1],
    load: () => Promise.reject(new Error("disk gone")),
  };
  await assert.rejects(writeSafetensors(path, new Map([["x", failing]])), /disk gone/);
  const lying = { ...failing, load: async () => float32([2], [1, 2]) };
  await assert.rejects(writeSafetensors(path, new Map([["x", lying]])), /announced as float32 \[1\], loaded/);
  assert.deepEqual(readFileSync(path), before);
  assert.deepEqual(readdirSync(folder), ["kept.safetensors"]);
});

test("offsets beyond 4 GiB are read where they are", async (t) => {
  const path = join(temporaryFolder(t), "sparse.safetensors");
  const size = 5 * 2 ** 30;
  const header = headerOf({ big: ["U8", [size], 0, size], end: ["I32", [1], size, size + 4] });
  writeFileSync(path, assemble(header, new Uint8Array(0)));
  truncateSync(path, 8 + Buffer.byteLength(header) + size);
  writeFileSync(path, Uint8Array.of(7, 0, 0, 0), { flag: "a" });
  const file = await SafetensorsFile.open(path);
  assert.deepEqual(await file.read("end"), tensor("int32", [1], Int32Array.of(7)));
  const last = Uint8Array.of(1);
  await file.readBytes("big", size - 1, last);
  assert.equal(last[0], 0);
  await file.close();
});

test("a damaged file is refused, saying what was expected and found", async (t) => {
  const folder = temporaryFolder(t);
  const two = new Uint8Array(8);
  const f32 = (begin: unknown, end: unknown): Entry => ["F32", [1], begin, end];
  const cases: [name: string, content: Uint8Array, problem: RegExp][] = [
    ["empty", new Uint8Array(0), /found 0 bytes/],
    [
      "lfs",
      Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
      /Git LFS pointer/,
    ],
    ["giant", assemble("{}", two, 2n ** 63n), /header of at most 100000000 bytes/],
    ["long", assemble("{}", two, 99n), /header of 99 bytes, found a file of 18/],
    ["text", assemble("{]", two), /expected JSON/],
    ["utf8", Buffer.concat([assemble("", two, 1n), Uint8Array.of(0xff)]), /expected JSON/],
    ["list", assemble("[1]", two), /expected an object, found \[1\]/],
    [
      "twice",
      assemble(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        two,
      ),
      /found twice: "a"/,
    ],
    ["f64", assemble(headerOf({ a: ["F64", [1], 0, 8] }), two), /expected dtype F32, .*found "F64"/],
    ["negative", assemble(headerOf({ a: ["F32", [-2], 0, 8] }), two), /non-negative integers, found \[-2\]/],
    ["product", assemble(headerOf({ a: ["U8", [2 ** 40, 2 ** 40], 0, 8] }), two), /found 8/],
    ["size", assemble(headerOf({ a: ["F32", [3], 0, 8] }), two), /expected 12 bytes for F32 \[3\], found 8/],
    ["backwards", assemble(headerOf({ a: f32(8, 4) }), two), /expected data_offsets/],
    ["below", assemble(headerOf({ a: f32(-4, 0) }), two), /expected data_offsets/],
    ["fraction", assemble(headerOf({ a: f32(0.5, 4.5) }), two), /expected data_offsets/],
    ["overlap", assemble(headerOf({ a: f32(0, 4), b: f32(2, 6) }), two), /overlaps the one before it by 2/],
    ["gap", assemble(headerOf({ a: f32(4, 8) }), two), /gap of 4 bytes/],
    ["short", assemble(headerOf({ a: f32(0, 4), b: f32(4, 8) }), two.subarray(3)), /cut off/],
    ["trailing", assemble(headerOf({ a: f32(0, 4) }), two), /found 4 more/],
    ["metadata", assemble('{"__metadata__":{"a":1}}', new Uint8Array(0)), /object of strings/],
    ["entry", assemble('{"a":"b","b":null}', two), /"a": expected an object, found "b"; tensor "b"/],
  ];
  for (const [name, content, problem] of cases) {
    const path = join(folder, name);
    writeFileSync(path, content);
    await assert.rejects(SafetensorsFile.open(path), (error: Error) => {
      assert.ok(error instanceof CheckpointError, `${name}: ${error.stack}`);
      assert.match(error.message, problem);
      assert.ok(error.message.startsWith(path));
      return true;
    });
  }
  await assert.rejects(SafetensorsFile.open(join(folder, "absent")), /there is no such file/);
  await assert.rejects(SafetensorsFile.open(folder), CheckpointError);
});

test("a file that shrinks while open is noticed, and an unknown name is named", async (t) => {
  const path = join(temporaryFolder(t), "shrinking.safetensors");
  await writeSafetensors(path, new Map([["x", float32([4], [1, 2, 3, 4])]]));
  const file = await SafetensorsFile.open(path);
  truncateSync(path, readFileSync(path).length - 6);
  await assert.rejects(file.read("x"), /"x": the file ended 6 bytes early/);
  await assert.rejects(file.read("y"), /"y": there is none of that name/);
  await file.close();
});

/** What opening comes to: an error of ours, or tensors that all read and together fill the file. */
async function checkOutcome(path: string, content: Uint8Array): Promise<boolean> {
  writeFileSync(path, content);
  let file: SafetensorsFile;
  try {
    file = await SafetensorsFile.open(path);
  } catch (error) {
    assert.ok(error instanceof CheckpointError, (error as Error).stack);
    assert.ok(error.message.length < 20_000);
    return false;
  }
  let end = 0;
  for (const [name, info] of file.tensors) {
    assert.equal((await file.read(name)).data.byteLength, info.sizeBytes);
    end = info.offset + info.sizeBytes;
  }
  await file.close();
  assert.ok(file.tensors.size === 0 || end === content.length);
  return true;
}

test("any mutation of a file gives a CheckpointError or a valid file", async (t) => {
  const path = join(temporaryFolder(t), "mutated.safetensors");
  await writeSafetensors(path, everyDtype, { format: "pt" });
  const valid = readFileSync(path);
  assert.ok(await checkOutcome(path, valid));
  const bit = fc.tuple(fc.nat(valid.length - 1), fc.nat(7));
  const flips = fc.array(bit, { minLength: 1, maxLength: 4 }).map((bits) => {
    const content = Buffer.from(valid);
    for (const [byte, shift] of bits) content[byte]! ^= 1 << shift;
    return content;
  });
  const cuts = fc.nat(valid.length).map((length) => valid.subarray(0, length));
  const lengths = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((length) => {
    const content = Buffer.from(valid);
    content.writeBigUInt64LE(length);
    return content;
  });
  const number = fc.oneof(fc.nat(16), fc.integer(), fc.double(), fc.constantFrom(-1, 2 ** 53, 1e300, null));
  const dtype = fc.constantFrom("F32", "F16", "BOOL", "F64", "", 4);
  const entry = fc.tuple(dtype, fc.array(number, { maxLength: 4 }), number, number);
  const invented = fc
    .dictionary(fc.string(), entry, { maxKeys: 4 })
    .map((entries) => assemble(headerOf(entries), new Uint8Array(8)));
  const json = fc.json().map((text) => assemble(text, new Uint8Array(4)));
  const noise = fc.uint8Array({ maxLength: 64 });
  await fc.assert(
    fc.asyncProperty(fc.oneof(flips, cuts, lengths, invented, json, noise), async (content) => {
      await checkOutcome(path, content);
    }),
    { numRuns: 3000 },
  );
});

test("headers that nest or repeat without measure are refused in little time", () => {
  const parse = (text: string) => () => parseHeader(Buffer.from(text), 2 ** 40, "header");
  const deep = 1_000_000;
  assert.throws(parse(`{"a":${"[".repeat(deep)}${"]".repeat(deep)}}`), CheckpointError);
  const entries = Array.from({ length: 100_000 }, (_, i) => `"${i % 50_000}":{}`);
  assert.throws(parse(`{${entries.join()}}`), /found twice/);
  assert.throws(parse(`{"${"\\\\".repeat(8 * deep)}":7}`), CheckpointError);
  const gaps = Array.from({ length: 200_000 }, (_, i) => [`${i}`, ["U8", [1], 2 * i, 2 * i + 1]] as const);
  assert.throws(parse(headerOf(Object.fromEntries(gaps))), CheckpointError);
  assert.throws(parse('{"a" \n: {}, "b\\"": {}, "\\u0061": {}}'), /found twice: "a"/);
});

const golden = fileURLToPath(new URL("../../../../shared/golden/echovlm-tiny-bf16/", import.meta.url));
test("a file written by the reference", { skip: !existsSync(golden) && "../shared is absent" }, async () => {
  const file = await SafetensorsFile.open(join(golden, "model.safetensors"));
  assert.equal(file.tensors.size, 96);
  const norm = await file.read("model.norm.weight");
  assert.deepEqual([norm.dtype, norm.shape], ["bfloat16", [64]]);
  await file.close();
});
