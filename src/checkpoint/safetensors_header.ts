/** @file The header of a safetensors file: which tensors, where. Everything it says is checked before use. */

import { CheckpointError } from "../errors.ts";
import { isJsonObject, shown } from "../model/json_fields.ts";
import { bytesPerElement, type DType } from "../tensor/dtype.ts";
import { elementCount } from "../tensor/tensor.ts";

/** Longest header that is read, in bytes; the format's own limit. */
export const maxHeaderBytes = 100_000_000;

/** A tensor in a file: what it is and where its bytes lie. */
export interface TensorInfo {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file. */
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** The `__metadata__` entry. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The format's names of the dtypes that tensors can have here. */
export const dtypeCodes: Readonly<Record<DType, string>> = {
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  int64: "I64",
  int32: "I32",
  uint8: "U8",
  bool: "BOOL",
};
const dtypeOfCode = new Map(Object.entries(dtypeCodes).map(([dtype, code]) => [code, dtype as DType]));

/**
 * Parse and check a header: known dtypes, sizes that match shapes, and bytes that follow one another
 * without overlap, gap or remainder up to the end of the file, as the format demands.
 *
 * @param bytes the JSON, without the eight bytes before it that give its length
 * @param fileBytes length of the whole file
 * @param where the file, for messages
 * @throws CheckpointError with every problem found
 */
export function parseHeader(bytes: Uint8Array, fileBytes: number, where: string): SafetensorsHeader {
  const { __metadata__: metadata = {}, ...entries } = parseJson(bytes, where);
  const problems: string[] = [];
  const dataStart = 8 + bytes.length;
  const found: [name: string, info: TensorInfo][] = [];
  for (const [name, entry] of Object.entries(entries)) {
    const info = tensorInfo(entry, dataStart);
    if (typeof info === "string") problems.push(`tensor ${shown(name)}: ${info}`);
    else found.push([name, info]);
  }
  if (!isJsonObject(metadata) || Object.values(metadata).some((value) => typeof value !== "string"))
    problems.push(`__metadata__: expected an object of strings, found ${shown(metadata)}`);
  found.sort(([, a], [, b]) => a.offset - b.offset || a.sizeBytes - b.sizeBytes);
  const all = problems.length > 0 ? problems : layoutProblems(found, dataStart, fileBytes);
  if (all.length > 0) throw new CheckpointError(where, all);
  return { tensors: new Map(found), metadata: metadata as Record<string, string> };
}

function parseJson(bytes: Uint8Array, where: string): Record<string, unknown> {
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    json = JSON.parse(text);
  } catch (error) {
    throw new CheckpointError(where, `header: expected JSON, found ${(error as Error).message}`);
  }
  if (!isJsonObject(json))
    throw new CheckpointError(where, `header: expected an object, found ${shown(json)}`);
  const twice = repeatedNames(text);
  if (twice.size > 0)
    throw new CheckpointError(
      where,
      `header: expected each name once, found twice: ${[...twice].map(shown).join(", ")}`,
    );
  return json;
}

/** Names that a JSON object gives more than once; `JSON.parse` keeps silent about them. */
function repeatedNames(text: string): Set<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (character === '"') {
      const end = endOfString(text, at);
      if (depth === 1 && isName(text, end)) {
        const name: string = JSON.parse(text.slice(at, end));
        if (seen.has(name)) repeated.add(name);
        seen.add(name);
      }
      at = end - 1;
    }
  }
  return repeated;
}

/** Where the string of valid JSON that begins at `start` ends. A regular expression would need a stack as deep as it. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** Whether a colon follows the string that ends at `end`. */
function isName(text: string, end: number): boolean {
  let at = end;
  while (" \t\n\r".includes(text[at]!)) at++;
  return text[at] === ":";
}

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** The checked entry, or what is wrong with it. */
function tensorInfo(entry: unknown, dataStart: number): TensorInfo | string {
  if (!isJsonObject(entry)) return `expected an object, found ${shown(entry)}`;
  const { dtype: code, shape, data_offsets: offsets } = entry;
  const dtype = typeof code === "string" ? dtypeOfCode.get(code) : undefined;
  if (dtype === undefined)
    return `expected dtype ${[...dtypeOfCode.keys()].join(", ")}, found ${shown(code)}`;
  if (!Array.isArray(shape) || !shape.every(isSize))
    return `expected a shape of non-negative integers, found ${shown(shape)}`;
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize) || offsets[0]! > offsets[1]!)
    return `expected data_offsets [begin, end], found ${shown(offsets)}`;
  const sizeBytes = elementCount(shape) * bytesPerElement[dtype];
  const [begin, end] = offsets as [number, number];
  if (sizeBytes !== end - begin)
    return `expected ${sizeBytes} bytes for ${code} [${shape.join(", ")}], found ${end - begin}`;
  return { dtype, shape, offset: dataStart + begin, sizeBytes };
}

function layoutProblems(
  found: readonly (readonly [string, TensorInfo])[],
  dataStart: number,
  fileBytes: number,
): string[] {
  const problems: string[] = [];
  let end = dataStart;
  for (const [name, { offset, sizeBytes }] of found) {
    if (offset < end)
      problems.push(`tensor ${shown(name)}: overlaps the one before it by ${end - offset} bytes`);
    if (offset > end) problems.push(`tensor ${shown(name)}: leaves a gap of ${offset - end} bytes before it`);
    end = Math.max(end, offset + sizeBytes);
  }
  if (end > fileBytes)
    problems.push(
      `expected ${end} bytes in the file, found ${fileBytes}: it is cut off or still downloading`,
    );
  if (end < fileBytes) problems.push(`expected ${end} bytes in the file, found ${fileBytes - end} more`);
  return problems;
}
