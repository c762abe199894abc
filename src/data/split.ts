/** @file Which part of the data a group belongs to. Records of one group are never torn apart. */

import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { RequestError } from "../errors.ts";
import type { ImageSource } from "../image/read_source.ts";
import type { Looked } from "./check_pictures.ts";
import { type Place, placeName } from "./place.ts";
import type { ReadItem } from "./read_records.ts";
import { type DataRecord, picturesOf } from "./record.ts";

export const parts = ["train", "val", "test"] as const;
export type Part = (typeof parts)[number];

/** Shares of the groups, from 0 to 1, that make 1 together. */
export type Shares = Readonly<Record<Part, number>>;

/** @throws RequestError unless the shares are shares */
export function assertShares(shares: Shares): void {
  const values = parts.map((part) => shares[part]);
  const sum = values.reduce((a, b) => a + b, 0);
  if (values.some((share) => !(share >= 0 && share <= 1)) || Math.abs(sum - 1) > 1e-9)
    throw new RequestError(
      "shares",
      `expected shares for ${parts.join(", ")} from 0 to 1 that make 1 together, got ${values.join(", ")}`,
    );
}

/** Where in [0, 1) a group lies: its hash. */
function positionOf(group: string, seed: number): number {
  const hash = createHash("sha256").update(`${seed}\n${group}`).digest();
  return hash.readUIntBE(0, 6) / 2 ** 48;
}

/**
 * The part of one group. It depends on nothing but the group's name and the seed: neither the order of the data nor
 * what is added later changes it. The shares hold on average.
 */
export function partOf(group: string, shares: Shares, seed: number): Part {
  const position = positionOf(group, seed);
  if (position < shares.train) return "train";
  return position < shares.train + shares.val || shares.test === 0 ? "val" : "test";
}

/**
 * The parts of all groups, with the shares held within every stratum as nearly as whole groups allow. The order of the
 * data changes nothing. Groups that are added later may move others.
 *
 * @param strata each group's stratum, from `stratumOf`
 */
export function stratifiedParts(
  strata: ReadonlyMap<string, string>,
  shares: Shares,
  seed: number,
): Map<string, Part> {
  const groups = [...strata].map(([group, stratum]) => ({
    group,
    stratum,
    position: positionOf(group, seed),
  }));
  groups.sort(
    (a, b) => compare(a.stratum, b.stratum) || a.position - b.position || compare(a.group, b.group),
  );
  // Each group goes to the part that lacks most. What is left over in one stratum carries into the next.
  const given: Record<Part, number> = { train: 0, val: 0, test: 0 };
  return new Map(
    groups.map(({ group }, index) => {
      const lack = (part: Part) => (index + 1) * shares[part] - given[part];
      const part = parts.reduce((best, next) => (lack(next) > lack(best) ? next : best));
      given[part]++;
      return [group, part];
    }),
  );
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** What a record is an example of: its region, and what is to be seen. */
export function stratumOf({ region, dataset, facts }: DataRecord): string {
  const found = facts?.findings ?? [];
  const pathology = (["malignant", "benign"] as const).find((name) =>
    found.some((finding) => finding.pathology === name),
  );
  const label = pathology ?? (facts?.normal ? "normal" : (found[0]?.kind ?? dataset));
  return [region ?? facts?.region ?? "no region", label ?? "no label"].join("/");
}

/**
 * Make bad records of those that cannot be split: without a group, or with a picture that another group shows too,
 * which would be in two parts at once. Pictures are the same by content, whatever their names.
 *
 * @param look from `createPictureCheck`
 */
export async function* splittable(
  items: AsyncIterable<ReadItem>,
  look: (source: ImageSource) => Promise<Looked>,
): AsyncGenerator<ReadItem> {
  const shownBy = new Map<string, { group: string; place: Place }>();
  for await (const item of items) {
    if (item.kind !== "record") {
      yield item;
      continue;
    }
    const { record, place } = item;
    const problems: string[] = [];
    if (record.group === undefined)
      problems.push("group: expected the patient, examination or sweep, got nothing; parts are split by it");
    else {
      const { group } = record;
      for (const source of picturesOf(record)) {
        const key = await identityOf(source, look);
        const first = shownBy.get(key) ?? { group, place };
        shownBy.set(key, first);
        if (first.group !== group)
          problems.push(
            `group: expected ${first.group} as in ${placeName(first.place)}, which shows the same picture, got ${group}`,
          );
      }
    }
    yield problems.length > 0 ? { kind: "bad record", place, problems: [...new Set(problems)] } : item;
  }
}

/** What names a picture: its content, or where it cannot be read its path. */
async function identityOf(
  source: ImageSource,
  look: (source: ImageSource) => Promise<Looked>,
): Promise<string> {
  const looked = await look(source);
  if ("header" in looked) return looked.header.hash;
  return typeof source === "string" ? resolve(source) : createHash("sha256").update(source).digest("hex");
}

/**
 * The stratum of each group: that of most of its records, of several the first in the alphabet.
 *
 * @param records every one with a group
 */
export async function groupStrata(
  records: AsyncIterable<{ readonly record: DataRecord }>,
): Promise<Map<string, string>> {
  const votes = new Map<string, Map<string, number>>();
  for await (const { record } of records) {
    const { group = "" } = record;
    const stratum = stratumOf(record);
    const own = votes.get(group) ?? new Map<string, number>();
    votes.set(group, own.set(stratum, (own.get(stratum) ?? 0) + 1));
  }
  return new Map(
    [...votes].map(([group, own]) => {
      const ranked = [...own].sort(([a, m], [b, n]) => n - m || compare(a, b));
      return [group, ranked[0]![0]];
    }),
  );
}
