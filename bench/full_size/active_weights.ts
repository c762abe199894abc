/** @file What a checkpoint's decoder reads for each token: weights and bytes. */

import { join } from "node:path";
import { readJsonFile } from "../../src/checkpoint/json_file.ts";
import type { TensorInfo } from "../../src/checkpoint/safetensors_header.ts";
import { openWeights } from "../../src/checkpoint/weight_files.ts";
import { isJsonObject } from "../../src/model/json_fields.ts";
import { parameterShapes } from "../../src/model/parameters.ts";
import { parseConfig } from "../../src/model/parse_config.ts";
import { elementCount } from "../../src/tensor/tensor.ts";

/** Of routed experts only the top k count, and of the table of embeddings nothing: it gives one row. */
export interface ActiveWeights {
  /** Weights of the layers that one token is multiplied with. */
  readonly layerWeights: number;
  /** Bytes of the layers, as the folder stores them; float weights as the runtime widens them, to float32. */
  readonly layerBytes: number;
  /** Bytes of layers and head, as stored. */
  readonly tokenBytes: number;
  /** Bytes of the layers as MatMulNBits packs them: a block's sum beside its scale, and no zero points. */
  readonly layerKernelBytes: number;
  /** The same of layers and head. */
  readonly tokenKernelBytes: number;
}

/** Share of a tensor that one token reads. */
type ShareOf = (name: string) => number;

const isLayer = (name: string): boolean => name.startsWith("model.layers.");
const isDecoder = (name: string): boolean => isLayer(name) || /^(lm_head|model\.norm)\./.test(name);

/** Bytes that the packed kernel reads of a stored tensor. */
function kernelBytes(name: string, stored: number): number {
  if (name.endsWith(".weight_scale")) return 2 * stored;
  return name.endsWith(".weight_zero_point") ? 0 : stored;
}

/** Whole numbers are read as they lie; ONNX Runtime's matrices of floats are float32. */
const heldBytes = ({ dtype, shape, sizeBytes }: TensorInfo): number =>
  dtype === "uint8" ? sizeBytes : 4 * elementCount(shape);

const packedSize = (name: string, info: TensorInfo): number => kernelBytes(name, heldBytes(info));

/** Bytes that the kernels read of these tensors. */
export const packedBytes = (names: readonly string[], stored: ReadonlyMap<string, TensorInfo>): number =>
  names.reduce((sum, name) => sum + packedSize(name, stored.get(name)!), 0);

/** @param stored the folder's tensors; @param shapes the model's weights before any quantisation */
export function sumActive(
  stored: ReadonlyMap<string, TensorInfo>,
  shapes: ReadonlyMap<string, readonly number[]>,
  shareOf: ShareOf,
): ActiveWeights {
  const sum = (kept: (name: string) => boolean, bytes: (name: string, info: TensorInfo) => number) =>
    [...stored].reduce(
      (total, [name, info]) => total + (kept(name) ? shareOf(name) * bytes(name, info) : 0),
      0,
    );
  const held = (_: string, info: TensorInfo) => heldBytes(info);
  return {
    layerWeights: [...shapes].reduce(
      (total, [name, shape]) =>
        total + (isLayer(name) && shape.length > 1 ? shareOf(name) * elementCount(shape) : 0),
      0,
    ),
    layerBytes: sum(isLayer, held),
    tokenBytes: sum(isDecoder, held),
    layerKernelBytes: sum(isLayer, packedSize),
    tokenKernelBytes: sum(isDecoder, packedSize),
  };
}

/** Of a folder, quantised or not. */
export async function activeWeights(folder: string): Promise<ActiveWeights> {
  const path = join(folder, "config.json");
  const json = await readJsonFile(path);
  const { quantization_config: _, ...fields } = isJsonObject(json) ? json : {};
  const config = parseConfig(fields, path);
  const { experts, topK } = config.moe ?? { experts: 1, topK: 1 };
  const shareOf = (name: string) => (name.includes(".moe.experts.") ? topK / experts : 1);
  const weights = await openWeights(folder);
  await weights.close();
  return sumActive(weights.tensors, parameterShapes(config), shareOf);
}
