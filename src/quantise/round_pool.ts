/** @file Threads that round rows. */

import { openThreadPool } from "../runtime/node/thread_pool.ts";
import type { Rounding } from "./round_row.ts";
import type { RoundedRows } from "./round_rows.ts";

export interface RoundCall {
  readonly rows: Float32Array<ArrayBuffer>;
  readonly width: number;
  readonly rounding: Rounding;
}

/** Close it after use. */
export interface RoundPool {
  readonly threads: number;
  /** As `roundRows`; the rows are given away. */
  round(rows: Float32Array<ArrayBuffer>, width: number, rounding: Rounding): Promise<RoundedRows>;
  close(): Promise<void>;
}

/** @param threads 1 or more */
export function openRoundPool(threads: number): RoundPool {
  const script = new URL("./round_worker.js", import.meta.url);
  const pool = openThreadPool<RoundCall, RoundedRows>(script, { name: "rounding", count: threads });
  return {
    threads,
    round: (rows, width, rounding) => pool.call({ rows, width, rounding }, [rows.buffer]),
    close: () => pool.close(),
  };
}
