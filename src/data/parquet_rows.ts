/** @file Parquet: a row is a record, its columns are the fields. */

import { asyncBufferFromFile, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { parseJson } from "./parse_json.ts";
import { emptyFile, type Row, type RowOptions } from "./row.ts";

/** A row group is decoded as a whole. */
const maxGroupBytes = 2 ** 30;

/**
 * Rows of a Parquet file, one row group after the other. Lists and structs are columns of their own type, or JSON in a
 * text column. A picture is a path, bytes, or Hugging Face's struct of `bytes` and `path`.
 */
export async function* parquetRows(file: string, { lenient }: RowOptions): AsyncGenerator<Row> {
  const bad = (problem: string): Row => ({ kind: "bad file", place: { file }, problems: [problem] });
  let metadata: FileMetaData;
  const buffer = await asyncBufferFromFile(file);
  if (buffer.byteLength === 0) {
    if (!lenient) yield emptyFile(file);
    return;
  }
  try {
    metadata = await parquetMetadataAsync(buffer);
  } catch (error) {
    yield bad(`expected a Parquet file, got ${reasonOf(error)}`);
    return;
  }
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    if (group.total_byte_size > maxGroupBytes) {
      yield bad(`expected row groups of at most ${maxGroupBytes} bytes, got ${group.total_byte_size}`);
      return;
    }
    let rows: readonly Record<string, unknown>[];
    try {
      rows = await parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd, compressors, utf8: false });
    } catch (error) {
      yield bad(`expected rows ${rowStart} to ${rowEnd - 1}, got ${reasonOf(error)}`);
      return;
    }
    for (const [at, row] of rows.entries()) yield fieldsOf(row, file, rowStart + at);
    rowStart = rowEnd;
  }
  if (rowStart === 0 && !lenient) yield emptyFile(file);
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Columns that may hold JSON as text. */
const structured = new Set(["messages", "conversations", "images", "videos", "facts"]);

function fieldsOf(row: Readonly<Record<string, unknown>>, file: string, index: number): Row {
  const place = { file, index };
  const problems: string[] = [];
  const value: Record<string, unknown> = {};
  for (const [name, cell] of Object.entries(row)) {
    if (cell === null || cell === undefined) continue;
    if (structured.has(name) && typeof cell === "string") {
      const parsed = parseJson(new TextEncoder().encode(cell));
      if ("problem" in parsed) problems.push(`${name}: ${parsed.problem}`);
      else value[name] = parsed.value;
    } else value[name] = plain(cell);
  }
  return problems.length > 0 ? { kind: "bad record", place, problems } : { kind: "value", place, value };
}

/** Numbers as JSON has them, absent fields of structs left out, pictures as their bytes or their path. */
function plain(cell: unknown): unknown {
  if (typeof cell === "bigint") return Number(cell);
  if (cell instanceof Uint8Array) return cell;
  if (Array.isArray(cell)) return cell.map(plain);
  if (typeof cell !== "object" || cell === null || cell instanceof Date) return cell;
  const present = Object.entries(cell).filter(([, field]) => field !== null && field !== undefined);
  const isPicture = Object.keys(cell).every((key) => key === "bytes" || key === "path");
  const fields = Object.fromEntries(present.map(([key, field]) => [key, plain(field)]));
  return isPicture && present.length > 0 ? (fields.bytes ?? fields.path) : fields;
}
