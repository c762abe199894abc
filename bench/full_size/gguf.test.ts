import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { float16ToFloat32 } from "../../src/tensor/half.ts";
import { createRandom } from "../../src/tensor/random.ts";
import { temporaryFolder } from "../../test/temporary_folder.ts";
import { blocks, ggmlBytes, randomBlocks } from "./ggml_blocks.ts";
import { type GgufTensor, placeTensors, writeGguf } from "./gguf.ts";
import {
  activeGgufBytes,
  ggufMixtures,
  qwen2LayerWeights,
  qwen2Tensors,
  writeQwen2Gguf,
} from "./qwen2_gguf.ts";
import { releasedSize } from "./released.ts";

/** Reads a file field by field, as the format's page says. */
function parse(file: Uint8Array) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let at = 0;
  const pass = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  const u32 = () => view.getUint32(pass(4), true);
  const u64 = () => Number(view.getBigUint64(pass(8), true));
  const string = (): string => {
    const length = u64();
    const start = pass(length);
    return new TextDecoder().decode(file.subarray(start, start + length));
  };
  const value = (type: number): unknown => {
    if (type === 4) return u32();
    if (type === 6) return view.getFloat32(pass(4), true);
    if (type === 8) return string();
    assert.equal(type, 9);
    const of = u32();
    return Array.from({ length: u64() }, () => value(of));
  };
  assert.equal(new TextDecoder().decode(file.subarray(0, 4)), "GGUF");
  at = 4;
  const version = u32();
  const [tensorCount, valueCount] = [u64(), u64()];
  const metadata = Object.fromEntries(Array.from({ length: valueCount }, () => [string(), value(u32())]));
  const tensors = Array.from({ length: tensorCount }, () => {
    const name = string();
    const axes = Array.from({ length: u32() }, u64);
    return { name, axes, code: u32(), offset: u64() };
  });
  return { version, metadata, tensors, start: Math.ceil(at / 32) * 32 };
}

test("what is written is found where the header says", async (t) => {
  const path = join(temporaryFolder(t), "a.gguf");
  const tensors: GgufTensor[] = [
    { name: "norm", type: "f32", shape: [3] },
    { name: "matrix", type: "q4_0", shape: [5, 64] },
  ];
  const metadata = {
    "a.text": { string: "µ" },
    "a.list": { strings: ["x", "", "yz"] },
    "a.count": { uint32: 7 },
    "a.share": { float32: 0.5 },
  };
  await writeGguf(path, metadata, tensors, ({ name, bytes }) =>
    name === "norm"
      ? [new Uint8Array(bytes).fill(1)]
      : [new Uint8Array(100).fill(2), new Uint8Array(80).fill(3)],
  );
  const file = readFileSync(path);
  const found = parse(file);
  assert.equal(found.version, 3);
  assert.deepEqual(found.metadata, {
    "a.text": "µ",
    "a.list": ["x", "", "yz"],
    "a.count": 7,
    "a.share": 0.5,
  });
  assert.deepEqual(found.tensors, [
    { name: "norm", axes: [3], code: 0, offset: 0 },
    { name: "matrix", axes: [64, 5], code: 2, offset: 32 },
  ]);
  const bytes = (offset: number, length: number) => [
    ...new Set(file.subarray(found.start + offset).subarray(0, length)),
  ];
  assert.deepEqual([bytes(0, 12), bytes(32, 100), bytes(132, 80)], [[1], [2], [3]]);
  assert.equal(file.length, found.start + 32 + 180);
});

test("a tensor of the wrong length is refused, and no file is left", async (t) => {
  const path = join(temporaryFolder(t), "a.gguf");
  const tensors: GgufTensor[] = [{ name: "norm", type: "f32", shape: [3] }];
  await assert.rejects(
    writeGguf(path, {}, tensors, () => [new Uint8Array(11)]),
    /norm: expected 12 bytes, got 11/,
  );
  assert.throws(() => readFileSync(path), /ENOENT/);
});

/** Weights of random blocks, by the formulas of each type. */
const decoders = {
  q4_0: (block: Uint8Array, d: number) =>
    [...block.subarray(2)].flatMap((byte) => [byte & 15, byte >> 4].map((q) => d * (q - 8))),
  q6_k: (block: Uint8Array, d: number) => {
    const scales = new Int8Array(block.slice(192, 208).buffer);
    return Array.from({ length: 128 }, (_, i) => {
      const low = block[i]! & 15;
      const high = (block[128 + (i % 32)]! >> (2 * Math.floor(i / 64))) & 3; // some two bits of the high ones
      return d * scales[i % 16]! * ((low | (high << 4)) - 32);
    });
  },
};

for (const type of ["q4_0", "q6_k"] as const)
  test(`random ${type} blocks have the deviation asked for`, () => {
    const [count, size] = [400, blocks[type].bytes];
    const data = randomBlocks(type, count, 0.05, createRandom(1));
    const values = Array.from({ length: count }, (_, i) => {
      const block = data.subarray(i * size, (i + 1) * size);
      const half = new Float32Array(1);
      const offset = blocks[type].halves[0]![0];
      float16ToFloat32(new Uint16Array(block.slice(offset, offset + 2).buffer), half);
      return decoders[type](block, half[0]!);
    }).flat();
    const std = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    assert.ok(Math.abs(std / 0.05 - 1) < 0.1, String(std));
  });

test("the released shape has the sizes of Qwen2-7B", () => {
  const weights = qwen2Tensors("q4_0", releasedSize).reduce(
    (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );
  assert.equal(weights, 7_615_616_512); // as Qwen2-7B states
  assert.equal(qwen2LayerWeights(releasedSize), 28 * 233_046_016);
  assert.throws(() => ggmlBytes("q4_k", [2, 128]), /multiple of 256/);
  const inMixture = qwen2Tensors("q4_k_m", releasedSize);
  const larger = inMixture.filter(({ name, type }) => type === "q6_k" && name.includes("ffn_down")).length;
  assert.equal(larger, 14); // of 28, by use_more_bits of llama.cpp
  const { bytes } = placeTensors(inMixture);
  assert.ok(activeGgufBytes("q4_k_m", releasedSize) < bytes);
});

for (const mixture of ggufMixtures)
  test(`a small ${mixture} file has the tensors of its list`, async (t) => {
    const path = join(temporaryFolder(t), "a.gguf");
    const size = { layers: 1, width: 256, blocks: 1 };
    await writeQwen2Gguf(path, mixture, size, 1);
    const file = readFileSync(path);
    const { tensors, start } = parse(file);
    const { placed, bytes } = placeTensors(qwen2Tensors(mixture, size));
    assert.deepEqual(
      tensors.map(({ name, offset }) => ({ name, offset })),
      placed.map(({ name, offset }) => ({ name, offset })),
    );
    assert.ok(file.length <= start + bytes && file.length > start + bytes - 32);
  });
