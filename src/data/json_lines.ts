/** @file JSON lines: one record a line. */

import { parseJson } from "./parse_json.ts";
import { defaultMaxRecordBytes, emptyFile, type Row, type RowOptions } from "./row.ts";

/**
 * Rows of a file of JSON lines. Empty lines are passed over.
 *
 * @param chunks the file's bytes, cut anywhere
 * @param file its name, for places
 */
export async function* jsonLineRows(
  chunks: AsyncIterable<Buffer>,
  file: string,
  options: RowOptions,
): AsyncGenerator<Row> {
  const { lenient, maxRecordBytes = defaultMaxRecordBytes } = options;
  let index = 0;
  for await (const { line, bytes } of lines(chunks, maxRecordBytes)) {
    if (bytes !== null && isBlank(bytes)) continue;
    const place = { file, line, index: index++ };
    if (bytes === null) {
      yield { kind: "bad record", place, problems: [`expected a line of at most ${maxRecordBytes} bytes`] };
      continue;
    }
    const parsed = parseJson(bytes);
    yield "problem" in parsed
      ? { kind: "bad record", place, problems: [parsed.problem] }
      : { kind: "value", place, value: parsed.value };
  }
  if (index === 0 && !lenient) yield emptyFile(file);
}

const newline = 0x0a;
const isBlank = (bytes: Uint8Array) => bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

/** Lines with their numbers from 1, without their ends; null for one that is too long. */
async function* lines(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<{ line: number; bytes: Uint8Array | null }> {
  let parts: Buffer[] = [];
  let size = 0;
  let line = 1;
  const take = (part: Buffer) => {
    size += part.length;
    if (size <= maxBytes) parts.push(part);
    else parts = [];
  };
  const give = () => {
    const bytes = size > maxBytes ? null : Buffer.concat(parts);
    parts = [];
    size = 0;
    return { line: line++, bytes };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      take(chunk.subarray(start, end));
      yield give();
      start = end + 1;
    }
    if (start < chunk.length) take(chunk.subarray(start));
  }
  if (size > 0) yield give();
}
