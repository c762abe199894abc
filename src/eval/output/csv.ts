/**
 * @file Scores as comma-separated values, one row each, for spreadsheets and statistics programs.
 * @see RFC 4180
 */

import type { RunScores, Score } from "../scores.ts";
import { ordered } from "./order.ts";

type Value = string | number | null;

/** The columns, and what a score has in each; numbers in full precision, nothing where not defined. */
const columns: Readonly<Record<string, (score: Score) => Value>> = {
  evaluation: (score) => score.evaluation,
  pictures: (score) => score.pictures,
  region: (score) => score.region,
  model: (score) => score.model,
  condition: (score) => score.condition,
  metric: (score) => score.metric,
  better: (score) => score.better,
  value: (score) => score.value,
  low: (score) => score.interval?.[0] ?? null,
  high: (score) => score.interval?.[1] ?? null,
  undefined: (score) => score.undefinedDraws ?? null,
  questions: (score) => score.questions,
  groups: (score) => score.groups,
  unread: (score) => score.unread,
  signature: (score) => score.signature,
};

const quoted = (value: Value): string => {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** The scores of a run in their printed order, under a row of names; lines end in CR LF. */
export const scoresCsv = (run: RunScores): string =>
  [
    Object.keys(columns),
    ...ordered(run).scores.map((score) => Object.values(columns).map((column) => column(score))),
  ]
    .map((row) => `${row.map(quoted).join(",")}\r\n`)
    .join("");
