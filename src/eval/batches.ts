/** @file Which questions are asked together. */

import type { Message } from "../processor/message.ts";
import type { Question } from "./exchange.ts";
import { lengthOf } from "./questions.ts";
import type { Shown } from "./shown.ts";

/** A question as it is asked. */
export interface Asking {
  readonly question: Question;
  readonly messages: readonly Message<Shown>[];
  /** Hash of all that decides the answer. */
  readonly asked: string;
}

/** Questions that no model can tell apart: they are asked once. At least one. */
export type Alike = readonly [Asking, ...Asking[]];

/**
 * Put the questions into batches, like beside like, so that no row of a batch waits long for another. The batches
 * depend on nothing but the questions: a run that is resumed asks what is left in the same company, and so gets the
 * same numbers to the last bit.
 *
 * @param size conversations in a batch, 1 or more
 * @param kindOf what is asked: answers of a kind are of like length
 */
export function batchesOf(
  askings: readonly Asking[],
  size: number,
  kindOf: (question: Question) => string,
): Alike[][] {
  const alike = new Map<string, [Asking, ...Asking[]]>();
  for (const asking of askings) {
    const same = alike.get(asking.asked);
    if (same) same.push(asking);
    else alike.set(asking.asked, [asking]);
  }
  const ordered = [...alike.values()]
    .map((same) => ({ same, kind: kindOf(same[0].question), length: lengthOf(same[0].question) }))
    .sort((a, b) => compare(a.kind, b.kind) || a.length - b.length); // stable: equals stay in their order
  const batches: Alike[][] = [];
  for (let start = 0; start < ordered.length; start += size)
    batches.push(ordered.slice(start, start + size).map(({ same }) => same));
  return batches;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
