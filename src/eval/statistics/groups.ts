/** @file Rows that belong together: those of one patient are drawn, and exchanged, as one. */

import { RequestError } from "../../errors.ts";
import type { Random } from "../../tensor/random.ts";

/**
 * The rows of each group, in the order in which the groups first appear.
 *
 * @param groups the patient, examination or sweep of each row
 * @throws RequestError when there is no row
 */
export function rowsByGroup(groups: readonly string[]): number[][] {
  if (groups.length === 0) throw new RequestError("groups", "expected at least one row, got none");
  const rows = new Map<string, number[]>();
  for (const [row, group] of groups.entries()) {
    const own = rows.get(group);
    if (own) own.push(row);
    else rows.set(group, [row]);
  }
  return [...rows.values()];
}

/** As many groups as there are, drawn with replacement: all rows of each drawn one. */
export function resample(groups: readonly (readonly number[])[], random: Random): number[] {
  return groups.flatMap(() => groups[Math.floor(random() * groups.length)]!);
}
