/** @file Merges a LoRA adapter into the weights it adapts, by a small graph: W + scale · B A. */

import { add, input, matmul, mul } from "../graph/value.ts";
import { lower } from "../onnx/lower.ts";
import { encodeModel } from "../onnx/model.ts";
import { loadProgram } from "../runtime/node/program.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import type { Adapter } from "./adapter.ts";
import { loadWeight, toStorage, type WeightStorage } from "./load_weight.ts";
import type { TensorSource } from "./safetensors.ts";

/** Loads weights with their updates. Close it after use. */
export interface Merger {
  /** As `loadWeight`, with the adapter's update or replacement of that weight. */
  load<S extends WeightStorage>(source: TensorSource, name: string, storage: S): Promise<Tensor<S>>;
  close(): Promise<void>;
}

export async function openMerger(adapter: Adapter): Promise<Merger> {
  const merged = add(
    input("weight", "float32", ["O", "I"]),
    mul(
      matmul(input("b", "float32", ["O", "R"]), input("a", "float32", ["R", "I"])),
      input("scale", "float32", []),
    ),
  );
  const lowered = lower({ merged }, { kernels: "plain", storage: "float32" });
  const model = encodeModel(lowered, ({ name }) => {
    throw new Error(`the merge graph has no weight ${name}`);
  });
  const program = await loadProgram(model, { folder: ".", threads: 0 });
  return {
    async load(source, name, storage) {
      const update = adapter.updates.get(name);
      const replacement = adapter.replacements.get(name);
      if (!update && !replacement) return loadWeight(source, name, storage);
      const stored = await loadWeight(source, name, "float32"); // read in any case: it is part of the fingerprint
      const weight = replacement ?? stored;
      if (!update) return toStorage(weight, storage, name);
      const { a, b } = update;
      const results = await program.run({ weight, a, b, scale: float32([], [update.scale]) }, ["merged"]);
      return toStorage(results.merged as Tensor<"float32">, storage, name);
    },
    close: () => program.close(),
  };
}

/** What tells adapters apart, for the model's fingerprint. */
export function* adapterBytes({ updates, replacements }: Adapter): Generator<Uint8Array> {
  const text = (line: string) => new TextEncoder().encode(`${line}\n`);
  const bytes = ({ data }: Tensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  for (const [name, { a, b, scale }] of updates) {
    yield text(`${name} ${a.shape.join()} ${b.shape.join()} ${scale}`);
    yield bytes(a);
    yield bytes(b);
  }
  for (const [name, tensor] of replacements) {
    yield text(`${name} ${tensor.shape.join()}`);
    yield bytes(tensor);
  }
}
