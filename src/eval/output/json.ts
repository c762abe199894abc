/** @file The scores of a run as JSON: all there is, in an order that depends on the numbers alone. */

import type { RunScores } from "../scores.ts";
import { ordered } from "./order.ts";

/** Fields of every object by name, items of every list in their printed order: equal scores are equal bytes. */
export const scoresJson = (run: RunScores): string =>
  `${JSON.stringify(ordered(run), (_, value: unknown) => (isRecord(value) ? byName(value) : value), 2)}\n`;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const byName = (record: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
