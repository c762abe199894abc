/** @file Pictures of different groups that are nearly the same, as some data sets have them: no split may part them. */

import sharp from "sharp";
import type { ManifestRow } from "../../src/data/manifest.ts";
import { pathFrom } from "../../src/data/path_from.ts";
import type { Part } from "../../src/data/split.ts";

/** Side of the thumbnails that are compared, pixels. */
const side = 32;
/** Correlation of two thumbnails from which on they count as one picture. */
const alike = 0.985;

/**
 * Groups whose pictures look the same, in sets of two and more.
 *
 * @param folder where the rows' paths start
 */
export async function nearDuplicates(rows: readonly ManifestRow[], folder: string): Promise<string[][]> {
  const thumbnails = await Promise.all(rows.map(({ file }) => thumbnail(pathFrom(folder, file))));
  const leaders = new Map<string, string>(rows.map(({ group }) => [group, group]));
  const leaderOf = (group: string): string => {
    const next = leaders.get(group)!;
    return next === group ? group : leaderOf(next);
  };
  for (const [i, { region, group }] of rows.entries())
    for (let j = 0; j < i; j++) {
      const other = rows[j]!;
      if (other.region !== region || leaderOf(other.group) === leaderOf(group)) continue;
      if (correlation(thumbnails[i]!, thumbnails[j]!) > alike)
        leaders.set(leaderOf(group), leaderOf(other.group));
    }
  const sets = new Map<string, string[]>();
  for (const group of leaders.keys()) {
    const leader = leaderOf(group);
    sets.set(leader, [...(sets.get(leader) ?? []), group]);
  }
  return [...sets.values()].filter(({ length }) => length > 1);
}

/** Grey levels with mean 0 and norm 1, [side · side]. */
async function thumbnail(path: string): Promise<Float32Array> {
  const pixels = await sharp(path).greyscale().resize(side, side, { fit: "fill" }).raw().toBuffer();
  const mean = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
  const centred = Float32Array.from(pixels, (value) => value - mean);
  const norm = Math.hypot(...centred) || 1;
  return centred.map((value) => value / norm);
}

export function correlation(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** The same parts, but groups of one set together: in training when any of them is there, else where the first is. */
export function joined(
  parts: ReadonlyMap<string, Part>,
  sets: readonly (readonly string[])[],
): Map<string, Part> {
  const together = new Map(parts);
  for (const set of sets) {
    const own = set.map((group) => parts.get(group)!);
    const part = own.includes("train") ? "train" : own[0]!;
    for (const group of set) together.set(group, part);
  }
  return together;
}
