/** @file Runs values through ONNX Runtime: lowered, encoded, weights in a file of the temporary folder. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Value } from "../src/graph/value.ts";
import { type LowerOptions, lower } from "../src/onnx/lower.ts";
import { encodeModel } from "../src/onnx/model.ts";
import { loadProgram } from "../src/runtime/node/program.ts";
import type { Accumulator, Program, Tensors } from "../src/runtime/program.ts";
import { float16ToFloat32, float32ToFloat16 } from "../src/tensor/half.ts";
import { float32, type Tensor } from "../src/tensor/tensor.ts";

export type Weights = ReadonlyMap<string, Tensor>;

/** The two lowerings that have to agree. */
export const lowerings: readonly LowerOptions["kernels"][] = ["fused", "plain"];

function toHalf(data: Float32Array): Uint16Array {
  const target = new Uint16Array(data.length);
  float32ToFloat16(data, target);
  return target;
}

/** The weights as half-precision storage gives them back: rank two and more rounded, smaller ones as they are. */
export function roundedToHalf(weights: Weights): Weights {
  return new Map(
    [...weights].map(([name, weight]) => {
      if (weight.dtype !== "float32" || weight.shape.length < 2) return [name, weight];
      const data = new Float32Array(weight.data.length);
      float16ToFloat32(toHalf(weight.data as Float32Array), data);
      return [name, float32(weight.shape, data)];
    }),
  );
}

const root = mkdtempSync(join(tmpdir(), "echovlm-test-"));
process.once("exit", () => rmSync(root, { recursive: true, force: true }));

/** A program for `outputs`; the folder of its weights goes when the process ends. */
export function compile(
  outputs: Readonly<Record<string, Value>>,
  weights: Weights,
  options: LowerOptions,
  accumulators: readonly Accumulator[] = [],
): Promise<Program> {
  const lowered = lower(outputs, options);
  const folder = mkdtempSync(join(root, "program-"));
  const offsets = new Map<string, number>();
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const { name, storage } of lowered.parameters) {
    const { data } = weights.get(name)!;
    const stored = storage === "float16" ? toHalf(data as Float32Array) : data;
    parts.push(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength));
    offsets.set(name, sizeBytes);
    sizeBytes += stored.byteLength;
  }
  writeFileSync(join(folder, "weights.bin"), Buffer.concat(parts));
  const model = encodeModel(lowered, ({ name }) => ({ location: "weights.bin", offset: offsets.get(name)! }));
  return loadProgram(model, { folder, threads: 1, accumulators });
}

/** Compute values once. */
export async function execute(
  outputs: Readonly<Record<string, Value>>,
  feeds: Tensors,
  weights: Weights,
  options: LowerOptions,
): Promise<Tensors> {
  const program = await compile(outputs, weights, options);
  try {
    return await program.run(feeds, Object.keys(outputs));
  } finally {
    await program.close();
  }
}
