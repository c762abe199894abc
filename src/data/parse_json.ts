/** @file Bytes of one JSON value to the value. */

/** The value, or a sentence on why there is none. */
export type ParsedJson = { readonly value: unknown } | { readonly problem: string };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Parse UTF-8 JSON. */
export function parseJson(bytes: Uint8Array): ParsedJson {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { problem: "expected UTF-8 text, got other bytes" };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { problem: `expected JSON, got ${(error as Error).message.replace(/\s+/g, " ")}` };
  }
}
