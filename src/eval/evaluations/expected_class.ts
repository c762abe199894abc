/** @file Whether expected and given answers name a class. */

import { answeredBy, type ClassReading, type Evaluation } from "../evaluation.ts";
import type { ClassItem } from "../metrics/confusion.ts";

/** Stands for an expected answer that is no class; such questions are not asked. */
export const unreadable = "unreadable";

/** Whether the class that a question expects can be read. */
export const hasReadableClass =
  (read: ClassReading["read"]): NonNullable<Evaluation["canBeScored"]> =>
  (question) =>
    read(answeredBy(question, "")).expected !== unreadable;

export const isUnread = ({ predicted }: ClassItem): boolean => predicted === undefined;
