/** @file Whether stored tensors are exactly the ones a model wants. Nothing is dropped or invented silently. */

import { CheckpointError } from "../errors.ts";
import { infoOf, type TensorSource } from "./safetensors.ts";
import type { TensorInfo } from "./safetensors_header.ts";
import { isCodes, isDerivedTable, isSparsePath } from "./weight_names.ts";

/** Names of weights and the shapes that a model wants them in. */
export type WeightShapes = ReadonlyMap<string, readonly number[]>;

/** Where stored tensors and wanted weights differ. */
export interface WeightComparison {
  readonly missing: readonly string[];
  /** Stored, but with no place in the model. */
  readonly unused: readonly string[];
  /** Sentences about weights with another shape, or with values that are not floating-point. */
  readonly misshapen: readonly string[];
  /** Whether a head is stored although the model uses the embedding table as its head. */
  readonly redundantHead: boolean;
}

const head = "lm_head.weight";
const embedding = "model.embed_tokens.weight";
const weightDTypes = ["float32", "float16", "bfloat16"];

/** Compare by name, shape and dtype; no values are read. Tables that follow from the configuration are ignored. */
export function compareWeights(
  expected: WeightShapes,
  stored: ReadonlyMap<string, TensorInfo>,
): WeightComparison {
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const [name, shape] of expected) {
    const info = stored.get(name);
    if (info === undefined) missing.push(name);
    else if (info.shape.join() !== shape.join())
      misshapen.push(`${name}: expected [${shape.join(", ")}], found [${info.shape.join(", ")}]`);
    else if (isCodes(name) ? info.dtype !== "uint8" : !weightDTypes.includes(info.dtype))
      misshapen.push(
        `${name}: expected ${isCodes(name) ? "codes in uint8" : "floating-point values"}, found ${info.dtype}`,
      );
  }
  const redundantHead = stored.has(head) && !expected.has(head) && expected.has(embedding);
  const unused = [...stored.keys()].filter(
    (name) => !expected.has(name) && !isDerivedTable(name) && !(redundantHead && name === head),
  );
  return { missing, unused, misshapen, redundantHead };
}

/**
 * Check that a source holds exactly the weights a model wants.
 *
 * With a tied head, some writers store the shared table under both names. That is accepted only if both hold the
 * same bytes, since otherwise the head that was trained would be thrown away.
 *
 * @throws CheckpointError with every missing, unused and misshapen tensor in `problems`, grouped in the message
 */
export async function checkWeights(expected: WeightShapes, source: TensorSource): Promise<void> {
  const { missing, unused, misshapen, redundantHead } = compareWeights(expected, source.tensors);
  const problems = [
    ...missing.map((name) => `${name}: is missing`),
    ...unused.map((name) => `${name}: has no place in the model`),
    ...misshapen,
  ];
  const groups: string[] = [];
  if (missing.length > 0)
    groups.push(`${missing.length} of ${expected.size} weights are missing: ${grouped(missing)}`);
  if (unused.length > 0)
    groups.push(`${unused.length} stored tensors have no place in the model: ${grouped(unused)}`);
  if (misshapen.length > 0) groups.push(`${misshapen.length} do not fit: ${shortened(misshapen, "; ")}`);
  if (redundantHead && source.tensors.has(embedding) && !(await sameValues(source, head, embedding))) {
    const different = `${head}: config.json ties it to ${embedding}, but other values are stored`;
    problems.push(different);
    groups.push(different);
  }
  if (problems.length === 0) return;
  throw new CheckpointError(
    source.path,
    problems,
    hint(expected, source, missing, unused),
    groups.join("; "),
  );
}

function hint(
  expected: WeightShapes,
  source: TensorSource,
  missing: readonly string[],
  unused: readonly string[],
): string | undefined {
  if (unused.some(isSparsePath) && ![...expected.keys()].some(isSparsePath))
    return "these are EchoVLM's experts, but config.json describes a dense model, which would give other answers: restore its mixture-of-experts fields, such as moe_intermediate_size";
  if (missing.some(isSparsePath) && ![...source.tensors.keys()].some(isSparsePath))
    return "these are the weights of a dense model, but config.json asks for EchoVLM's experts";
  if (missing.includes(head) && source.tensors.has(embedding))
    return "if the head is the embedding table, config.json must say tie_word_embeddings";
  return undefined;
}

/** How many groups a message names before it counts the rest. */
const named = 6;

/** Names with their numbers replaced by stars, and how many there are of each kind. */
function grouped(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const kind = name.replace(/\.\d+(?=\.)/g, ".*");
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return shortened(
    [...counts].map(([kind, count]) => (count > 1 ? `${kind} (${count})` : kind)),
    ", ",
  );
}

function shortened(items: readonly string[], separator: string): string {
  const rest = items.length - named;
  return items.slice(0, named).join(separator) + (rest > 0 ? `${separator}and ${rest} more` : "");
}

/** Whether two stored tensors are equal bit for bit. */
async function sameValues(source: TensorSource, one: string, other: string): Promise<boolean> {
  const [a, b] = [infoOf(source, one), infoOf(source, other)];
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) return false;
  const step = Math.min(a.sizeBytes, 2 ** 22);
  const [left, right] = [new Uint8Array(step), new Uint8Array(step)];
  for (let start = 0; start < a.sizeBytes; start += step) {
    const size = Math.min(step, a.sizeBytes - start);
    await source.readBytes(one, start, left.subarray(0, size));
    await source.readBytes(other, start, right.subarray(0, size));
    if (Buffer.compare(left.subarray(0, size), right.subarray(0, size)) !== 0) return false;
  }
  return true;
}
