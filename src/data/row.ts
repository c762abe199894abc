/** @file What a file of records holds before it is known whether it is one. */

import type { Place } from "./place.ts";

export type Row =
  | { readonly kind: "value"; readonly place: Place; readonly value: unknown }
  /** A record that cannot be read; the next one may be. */
  | { readonly kind: "bad record"; readonly place: Place; readonly problems: readonly string[] }
  /** Something wrong with the file beyond its records. */
  | { readonly kind: "bad file"; readonly place: Place; readonly problems: readonly string[] };

export interface RowOptions {
  /** Let pass what official data needs: empty files, a comma after the last record of an array. */
  readonly lenient: boolean;
  /** Largest record; 64 MiB when absent. */
  readonly maxRecordBytes?: number;
}

export const defaultMaxRecordBytes = 64 * 2 ** 20;

export const emptyFile = (file: string): Row => ({
  kind: "bad file",
  place: { file },
  problems: ["expected records, got an empty file"],
});
