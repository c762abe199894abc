/** @file Where a record was found and what is wrong there. */

import type { z } from "zod";

/** Where a record, or something that is not one, was found. */
export interface Place {
  readonly file: string;
  /** Line on which it begins, from 1; absent where the file has no lines. */
  readonly line?: number;
  /** Number of the record in its file, from 0; absent when the file itself is meant. */
  readonly index?: number;
}

/** "data.jsonl:12", "data.json:1 row 3", as records of a list may share a line, "data.parquet row 3", or the file's name alone. */
export function placeName({ file, line, index }: Place): string {
  const isLineEnough = line !== undefined && !file.toLowerCase().endsWith(".json");
  return [
    line === undefined ? file : `${file}:${line}`,
    ...(index === undefined || isLineEnough ? [] : [`row ${index}`]),
  ].join(" ");
}

/** Zod's issues as sentences that begin with the field's path; with `reportInput` they say what was found. */
export const issueTexts = (error: z.ZodError): string[] =>
  error.issues.map((issue) => {
    const message = issueText(issue);
    return issue.path.length === 0 ? message : `${issue.path.join(".")}: ${message}`;
  });

function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") return `expected no field ${issue.keys.join(", ")}`;
  const message = issue.message
    .replace(/^Invalid (?:input|option): /, "")
    .replace(/, received undefined$/, ", got nothing")
    .replace(/, received /, ", got ");
  if (issue.code !== "invalid_value") return message;
  const got = issue.input === undefined ? "nothing" : (JSON.stringify(issue.input) ?? typeof issue.input);
  return `${message.replaceAll('"', "").replaceAll("|", ", ")}, got ${got.slice(0, 40)}`;
}
