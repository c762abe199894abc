/** @file An evaluation as plain data: which questions it asks of which records, and how answers are looked at. */

import type { DataRecord } from "../data/record.ts";
import type { Exchange } from "./exchange.ts";
import type { ClassItem } from "./metrics/confusion.ts";
import type { ProbabilityItem } from "./metrics/probability.ts";
import type { View } from "./view.ts";

export interface Evaluation {
  readonly name: string;
  /** One line for people. */
  readonly about: string;
  /** The records whose last question is asked, out of all that were given: as they are, or made from their facts. */
  readonly pose: (records: readonly DataRecord[]) => DataRecord[];
  readonly views: readonly View[];
  /** Present where answers are one of a closed list: for confusion matrices. */
  readonly classes?: ClassReading;
}

/** Answers that are one of a list. */
export interface ClassReading {
  readonly names: readonly string[];
  readonly read: (exchange: Exchange) => ClassItem;
  /** Chances where the model tells them: for reliability diagrams. */
  readonly chances: (exchange: Exchange) => ProbabilityItem;
}

/** Records of these kinds of question as they are. */
export const ofTasks =
  (...tasks: readonly string[]) =>
  (records: readonly DataRecord[]): DataRecord[] =>
    records.filter(({ task }) => task !== undefined && tasks.includes(task));
