/** @file Counts of expected against answered classes, which every measure of class agreement is taken from. */

import { RequestError } from "../../errors.ts";
import type { Metric } from "./metric.ts";
import { hashOf } from "./signature.ts";

/** A question with one right class. */
export interface ClassItem {
  readonly expected: string;
  /** Undefined where the answer names no class, or several: such an answer is wrong, and never dropped. */
  readonly predicted: string | undefined;
}

/** How often each class was answered for each expected one. */
export interface Confusion {
  readonly classes: readonly string[];
  /**
   * [expected, answered]: a row for each class, a column for each class in the same order, and one column more for
   * answers that are none of them.
   */
  readonly counts: readonly (readonly number[])[];
}

/**
 * @param classes closed list, in the order of the axes; without one the classes expected among the rows, by alphabet.
 *   An answer outside the list is no class.
 * @returns the counts of any rows; each repetition counts again
 * @throws RequestError when an expected class is not in the list
 */
export function confusionOf(
  items: readonly ClassItem[],
  classes?: readonly string[],
): (rows: readonly number[]) => Confusion {
  const unknown = classes && items.find(({ expected }) => !classes.includes(expected));
  if (unknown)
    throw new RequestError("expected", `expected one of ${classes.join(", ")}, got ${unknown.expected}`);
  return (rows) => {
    const names = classes ?? [...new Set(rows.map((row) => items[row]!.expected))].sort();
    const places = new Map(names.map((name, place) => [name, place]));
    const counts = names.map(() => new Array<number>(names.length + 1).fill(0));
    for (const row of rows) {
      const { expected, predicted } = items[row]!;
      const column = predicted === undefined ? undefined : places.get(predicted);
      counts[places.get(expected)!]![column ?? names.length]!++;
    }
    return { classes: names, counts };
  };
}

/** A longer list stands in signatures as its length and hash. */
const mostListed = 12;

/** How a signature names the classes. */
export function classesText(classes: readonly string[] | undefined): string {
  if (classes === undefined) return "classes:expected";
  const listed = classes.length > mostListed ? `${classes.length}[${hashOf(classes)}]` : classes.join(",");
  return `classes:${listed}`;
}

/** A metric that is a formula of the counts, the higher the better. */
export const ofConfusion = (
  name: string,
  signature: string,
  formula: (confusion: Confusion) => number,
  classes?: readonly string[],
): Metric<ClassItem> => ({
  name,
  signature,
  better: "higher",
  of: (items) => {
    const count = confusionOf(items, classes);
    return { score: (rows) => formula(count(rows)) };
  },
});

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Answers per class: the totals of the columns, the last being answers that are no class. */
export const answeredTotals = ({ classes, counts }: Confusion): number[] =>
  Array.from({ length: classes.length + 1 }, (_, column) => sum(counts.map((row) => row[column]!)));
