/** @file What an evaluation asks, under which conditions, and what comes back. */

import type { DataRecord } from "../data/record.ts";
import type { ImageSource } from "../image/read_source.ts";
import type { Message } from "../processor/message.ts";
import type { Language } from "../tasks/regions.ts";

/** The last question of a record; what was said before it is given as it is. */
export interface Question {
  /** The record's id; unique in a run. */
  readonly id: string;
  readonly record: DataRecord;
  readonly language: Language;
  /** Ends with a user turn. */
  readonly messages: readonly Message<ImageSource>[];
  /** The record's last answer. */
  readonly expected: string;
  /** What is drawn together in a bootstrap: the patient; where no group is named, all records of the same pictures. */
  readonly group: string;
}

/**
 * What the model is shown. All but `pictures` are controls: whoever scores as well under them does not look.
 * - `pictures`: the record as it is
 * - `no picture`: the same words alone
 * - `noise`: noise of the same size in place of each picture
 * - `other picture`: pictures of another group in their place
 * - `majority`: no model; the commonest expected answer to this kind of question in other groups, of whole texts the
 *   one that is most like the others
 */
export const conditions = ["pictures", "no picture", "noise", "other picture", "majority"] as const;
export type Condition = (typeof conditions)[number];

/** One token of an answer, with the likeliest texts at its place. */
export interface TokenAlternatives {
  readonly text: string;
  readonly logprob: number;
  readonly top: readonly { readonly text: string; readonly logprob: number }[];
}

/** What came back. */
export interface Given {
  readonly id: string;
  /** Empty where there is none. */
  readonly text: string;
  readonly finish: "stop" | "length" | "failed";
  /** Why there is no answer, such as a picture that is missing. */
  readonly problem?: string;
  /** Absent where the model tells no probabilities. */
  readonly tokens?: readonly TokenAlternatives[];
  /** [layer][expert]: how many tokens of question and answer chose it. Absent where the model does not tell. */
  readonly expertCounts?: readonly (readonly number[])[];
}

/** A question and what came back. */
export interface Exchange {
  readonly question: Question;
  readonly given: Given;
}
