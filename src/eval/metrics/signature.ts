/** @file How a metric says what it is, in sacreBLEU's manner: `nrefs:var|case:mixed|tok:13a|version:echovlm-0.1.0`. */

import { createHash } from "node:crypto";
import { VERSION } from "../../generate/answer.ts";

/**
 * @param fields everything that changes the number, in the order it is printed; undefined ones are left out
 * @see https://github.com/mjpost/sacrebleu#version-signatures
 */
export const signatureOf = (fields: Readonly<Record<string, string | number | undefined>>): string =>
  // The references of each answer are counted as they come: sacreBLEU calls that "var".
  Object.entries({ nrefs: "var", ...fields, version: `echovlm-${VERSION}` })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}:${value}`]))
    .join("|");

/**
 * What a table is called where it is too long to be written out: changes with anything in it, also in a regular
 * expression, which JSON alone would take for an empty object.
 */
export const hashOf = (table: unknown): string =>
  createHash("sha256").update(JSON.stringify(table, withPatterns)).digest("hex").slice(0, 8);

const withPatterns = (_: string, value: unknown): unknown =>
  value instanceof RegExp ? String(value) : value;
