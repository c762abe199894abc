/**
 * @file A JSON array of records, cut into its elements while it is read: the file may be larger than memory, each
 * element has a line, and one that is not JSON does not take the others with it as long as its brackets and texts close.
 */

import { parseJson } from "./parse_json.ts";
import type { Place } from "./place.ts";
import { defaultMaxRecordBytes, emptyFile, type Row, type RowOptions } from "./row.ts";

/**
 * Rows of a file that holds one JSON array.
 *
 * @param chunks the file's bytes, cut anywhere
 * @param file its name, for places
 */
export async function* jsonArrayRows(
  chunks: AsyncIterable<Buffer>,
  file: string,
  options: RowOptions,
): AsyncGenerator<Row> {
  const { lenient, maxRecordBytes = defaultMaxRecordBytes } = options;
  let index = 0;
  for await (const cut of cuts(chunks, maxRecordBytes)) {
    const place: Place = { file, line: cut.line };
    const bad = (problem: string): Row => ({ kind: "bad file", place, problems: [problem] });
    switch (cut.kind) {
      case "element": {
        const parsed = parseJson(cut.bytes);
        const at = { ...place, index: index++ };
        yield "problem" in parsed
          ? { kind: "bad record", place: at, problems: [parsed.problem] }
          : { kind: "value", place: at, value: parsed.value };
        break;
      }
      case "trailing comma":
        if (!lenient) yield bad("expected a record after the comma, got ]");
        break;
      case "nothing":
        if (!lenient) yield emptyFile(file);
        return;
      case "not an array":
        yield bad("expected a list of records in [ ], got something else");
        return;
      case "too long":
        yield bad(`expected a record of at most ${maxRecordBytes} bytes`);
        return;
      case "open text":
        yield bad(
          'expected a text to end on its line, got one without its "; the rest of the file cannot be read',
        );
        return;
      case "open record":
        yield bad("expected the record that begins here to end, got a file that ends inside it");
        return;
      case "unfinished":
        yield bad("expected ] at the end, got a file that ends inside the list");
        return;
      case "goes on":
        yield bad("expected the end of the file after ], got more");
        return;
    }
  }
  if (index === 0 && !lenient) yield emptyFile(file);
}

type Cut =
  | { readonly kind: "element"; readonly line: number; readonly bytes: Uint8Array }
  | {
      readonly kind:
        | "trailing comma"
        | "nothing"
        | "not an array"
        | "too long"
        | "open text"
        | "open record"
        | "unfinished"
        | "goes on";
      readonly line: number;
    };

const byteOf = (character: string) => character.charCodeAt(0);
const quote = byteOf('"');
const backslash = byteOf("\\");
const comma = byteOf(",");
const newline = byteOf("\n");
const bracket = byteOf("]");
const opening = new Set([..."[{"].map(byteOf));
const closing = new Set([..."]}"].map(byteOf));
const blank = new Set([..." \t\r\n"].map(byteOf));
const byteOrderMark = new Set([0xef, 0xbb, 0xbf]);

/** Where in the list a byte is: before its [, between its elements, inside one, after its ]. */
type State = "before" | "between" | "inside" | "after";

/** Cut a stream into the elements of its array, by counting brackets outside of texts. */
async function* cuts(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Cut> {
  let state: State = "before";
  let line = 1;
  let elementLine = 1;
  let afterComma = false;
  let [depth, inText, escaped] = [0, false, false];
  let parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte === newline) {
        if (inText) {
          yield { kind: "open text", line };
          return;
        }
        line++;
      }
      if (state === "inside") {
        if (escaped) escaped = false;
        else if (inText) {
          if (byte === backslash) escaped = true;
          else if (byte === quote) inText = false;
        } else if (byte === quote) inText = true;
        else if (opening.has(byte)) depth++;
        else if (depth > 0 && closing.has(byte)) depth--;
        else if (depth === 0 && (byte === comma || byte === bracket)) {
          parts.push(chunk.subarray(start, at));
          if (size + at - start > maxBytes) {
            yield { kind: "too long", line: elementLine };
            return;
          }
          yield { kind: "element", line: elementLine, bytes: Buffer.concat(parts) };
          parts = [];
          size = 0;
          afterComma = byte === comma;
          state = afterComma ? "between" : "after";
        }
        continue;
      }
      if (blank.has(byte)) continue;
      if (state === "before") {
        if (byteOrderMark.has(byte)) continue;
        if (byte !== byteOf("[")) {
          yield { kind: "not an array", line };
          return;
        }
        state = "between";
      } else if (state === "between") {
        if (byte === bracket) {
          if (afterComma) yield { kind: "trailing comma", line };
          state = "after";
          continue;
        }
        state = "inside";
        [elementLine, start] = [line, at];
        [depth, inText, escaped] = [opening.has(byte) ? 1 : 0, byte === quote, false];
      } else {
        yield { kind: "goes on", line };
        return;
      }
    }
    if (state !== "inside") continue;
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > maxBytes) {
      yield { kind: "too long", line: elementLine };
      return;
    }
  }
  yield* missing(state, line, elementLine);
}

/** What the end of the file leaves out. */
function missing(state: State, line: number, elementLine: number): Cut[] {
  switch (state) {
    case "before":
      return [{ kind: "nothing", line }];
    case "between":
      return [{ kind: "unfinished", line }];
    case "inside":
      return [{ kind: "open record", line: elementLine }];
    case "after":
      return [];
  }
}
