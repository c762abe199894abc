/** @file Any text encoder exported to ONNX as Hugging Face does: texts to the vectors of their tokens. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Tokenizer } from "@huggingface/tokenizers";
import { readJsonFile } from "../checkpoint/json_file.ts";
import { CheckpointError } from "../errors.ts";
import { isJsonObject } from "../model/json_fields.ts";
import { loadTokenizer } from "../processor/tokenizer.ts";
import { loadProgram } from "../runtime/node/program.ts";
import type { Program } from "../runtime/program.ts";
import { int64 } from "../tensor/tensor.ts";
import { type TokenVectors, unitVectors } from "./metrics/bert_score.ts";

/** Close it after use. */
export interface TokenEncoder {
  /** What tells it from others, for signatures. */
  readonly signature: Readonly<Record<string, string | number>>;
  /**
   * The vectors of a text's own tokens, not of those that frame it; what is beyond the longest input is cut off.
   *
   * @throws CheckpointError when the model does not run
   */
  encode(text: string): Promise<TokenVectors>;
  close(): Promise<void>;
}

const output = "last_hidden_state";

/**
 * Load an encoder: model.onnx with the inputs input_ids and attention_mask, token_type_ids where it has them, and the
 * output last_hidden_state; tokenizer.json beside it. The longest input is model_max_length of tokenizer_config.json or
 * max_position_embeddings of config.json, the smaller one where there are both.
 *
 * @throws CheckpointError when it is none of that kind
 */
export async function loadTokenEncoder(folder: string): Promise<TokenEncoder> {
  const [tokenizerJson, tokenizerConfig = {}, config] = await Promise.all(
    ["tokenizer.json", "tokenizer_config.json", "config.json"].map((name) =>
      readJsonFile(join(folder, name)),
    ),
  );
  const where = join(folder, "tokenizer.json");
  if (!isJsonObject(tokenizerJson)) throw new CheckpointError(where, "expected a tokenizer, found none");
  const tokenizer = loadTokenizer(tokenizerJson, isJsonObject(tokenizerConfig) ? tokenizerConfig : {}, where);
  const path = join(folder, "model.onnx");
  const most = Math.min(
    lengthIn(tokenizerConfig, "model_max_length"),
    lengthIn(config, "max_position_embeddings"),
  );
  const idsIn = (text: string): number[] => tokenizer.encode(text, { add_special_tokens: false }).ids;
  const frame = frameOf(tokenizer, where);
  const sha256 = await hashOfModel(folder);
  const program = await refusing(path, async () =>
    loadProgram(await readFile(path), { folder, threads: encoderThreads }),
  );
  const encodeIds = (ids: readonly number[]) =>
    refusing(path, () => vectorsOf(program, { ...frame, own: ids }));
  try {
    await encodeIds(idsIn("a")); // what does not run is told now, not after all answers
  } catch (error) {
    await program.close();
    throw error;
  }
  return {
    signature: { encoder: sha256, layer: "last", ...(Number.isFinite(most) && { most }) },
    encode: (text) => encodeIds(idsIn(text).slice(0, most - frame.before.length - frame.behind.length)),
    close: () => program.close(),
  };
}

const encoderThreads = 2;

/** Tokenizers without a limit say 10³⁰. */
const longestLength = 1e6;

function lengthIn(json: unknown, field: string): number {
  const value = isJsonObject(json) ? json[field] : undefined;
  return typeof value === "number" && value < longestLength ? value : Number.POSITIVE_INFINITY;
}

/** Whatever the runtime says of a model is the file's fault. */
async function refusing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new CheckpointError(
      path,
      `expected a text encoder with input_ids, attention_mask and ${output}, got one of which the runtime says: ${found}`,
    );
  }
}

/** The tokens that every text stands between. */
interface Frame {
  readonly before: readonly number[];
  readonly behind: readonly number[];
}

function frameOf(tokenizer: Tokenizer, where: string): Frame {
  const own: readonly number[] = tokenizer.encode("a", { add_special_tokens: false }).ids;
  const framed: readonly number[] = tokenizer.encode("a", { add_special_tokens: true }).ids;
  const start = framed.findIndex((_, place) => own.every((id, n) => framed[place + n] === id));
  if (start < 0)
    throw new CheckpointError(where, "expected special tokens around a text, got others inside it");
  return { before: framed.slice(0, start), behind: framed.slice(start + own.length) };
}

/** SHA-256 of model.onnx, and of the weights beside it that exporters call model.onnx_data or model.onnx.data. */
async function hashOfModel(folder: string): Promise<string> {
  const names = await readdir(folder).catch((error: Error) => {
    throw new CheckpointError(folder, `cannot be read: ${error.message}`);
  });
  const files = names.filter((name) => name.startsWith("model.onnx")).sort();
  if (!files.includes("model.onnx"))
    throw new CheckpointError(folder, "expected a folder with model.onnx, found no such file");
  const hash = createHash("sha256");
  for (const name of files)
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk);
  return hash.digest("hex");
}

async function vectorsOf(
  program: Program,
  { before, own, behind }: Frame & { readonly own: readonly number[] },
): Promise<TokenVectors> {
  const ids = [...before, ...own, ...behind];
  if (own.length === 0) return { data: new Float32Array(), width: 1 };
  const shape = [1, ids.length];
  const feeds = {
    input_ids: int64(shape, ids),
    attention_mask: int64(
      shape,
      ids.map(() => 1),
    ),
    token_type_ids: int64(
      shape,
      ids.map(() => 0),
    ),
  };
  const { [output]: hidden } = await program.run(feeds, [output]);
  const width = hidden?.shape.at(-1) ?? 0;
  if (hidden?.dtype !== "float32" || hidden.shape.join() !== [1, ids.length, width].join())
    throw new Error(`${output} is ${hidden?.dtype}[${hidden?.shape}], not float32[1, ${ids.length}, width]`);
  const data = hidden.data as Float32Array;
  return unitVectors({
    data: data.slice(before.length * width, (before.length + own.length) * width),
    width,
  });
}
