/** @file The thread that rounds rows. */

import { answerCalls } from "../runtime/node/thread_pool.ts";
import type { RoundCall } from "./round_pool.ts";
import { type RoundedRows, roundRows } from "./round_rows.ts";

answerCalls<RoundCall, RoundedRows>(async ({ rows, width, rounding }) => {
  const rounded = roundRows(rows, width, rounding);
  return [rounded, [rounded.packed.buffer, rounded.scale.buffer, rounded.zero.buffer]];
});
