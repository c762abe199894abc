/** @file What a set of records is made of, in numbers. */

import type { ImageHeader } from "../image/header.ts";
import type { ImageSource } from "../image/read_source.ts";
import type { Looked } from "./check_pictures.ts";
import { type DataRecord, picturesOf, plainText } from "./record.ts";

/** How often each value of a field occurs; records that do not say count as "not said". */
export type Tally = Readonly<Record<string, number>>;

/** Numbers in brief. */
export interface Summary {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly median: number;
  /** 95 of 100 are at most this. */
  readonly p95: number;
  readonly max: number;
}

const tallied = ["region", "task", "language", "dataset", "licence", "simulated"] as const;

export interface DataStats {
  readonly records: number;
  readonly tallies: Readonly<Record<(typeof tallied)[number], Tally>>;
  /** Records that bring facts. */
  readonly withFacts: number;
  readonly groups: {
    readonly count: number;
    readonly recordsEach: Summary | null;
    readonly recordsWithout: number;
  };
  readonly pictures: {
    /** Mentions of pictures in records, frames of videos included. */
    readonly shown: number;
    /** Files, or pictures inside a Parquet file. */
    readonly distinct: number;
    /** Those that are missing or damaged. */
    readonly unreadable: number;
    readonly formats: Tally;
    readonly width: Summary | null;
    readonly height: Summary | null;
    /** Equal files under several names. */
    readonly duplicates: readonly (readonly string[])[];
    /** Pictures, equal by content, that several groups show. */
    readonly acrossGroups: readonly (readonly string[])[];
  };
  /** Length of each question and answer, in characters; in tokens when a tokenizer is given. */
  readonly characters: { readonly question: Summary | null; readonly answer: Summary | null };
  readonly tokens?: { readonly question: Summary | null; readonly answer: Summary | null };
}

export interface StatsOptions {
  /** From `createPictureCheck`. */
  readonly look: (source: ImageSource) => Promise<Looked>;
  /** Number of tokens of a text. */
  readonly countTokens?: (text: string) => number;
}

/** One picture by content. */
interface Content {
  readonly header: ImageHeader;
  readonly names: Set<string>;
  readonly groups: Set<string>;
}

/** Count a stream of records. Memory grows with the number of pictures, not with their size. */
export async function collectStats(
  records: AsyncIterable<{ readonly record: DataRecord }>,
  { look, countTokens }: StatsOptions,
): Promise<DataStats> {
  const tallies = Object.fromEntries(tallied.map((field) => [field, new Map<string, number>()])) as Record<
    (typeof tallied)[number],
    Map<string, number>
  >;
  const groups = new Map<string, number>();
  const contents = new Map<string, Content>();
  const unreadable = new Set<ImageSource>();
  const lengths = { question: [] as number[], answer: [] as number[] };
  const tokens = { question: [] as number[], answer: [] as number[] };
  let [count, withFacts, withoutGroup, shown] = [0, 0, 0, 0];

  for await (const { record } of records) {
    count++;
    for (const field of tallied) add(tallies[field], String(record[field] ?? "not said"));
    if (record.facts !== undefined) withFacts++;
    if (record.group === undefined) withoutGroup++;
    else add(groups, record.group);
    for (const { role, content } of record.messages) {
      if (role === "system") continue;
      const side = role === "user" ? "question" : "answer";
      const text = role === "user" ? plainText(content) : content;
      lengths[side].push(Array.from(text).length);
      if (countTokens) tokens[side].push(countTokens(text));
    }
    for (const source of picturesOf(record)) {
      shown++;
      const looked = await look(source);
      if ("problem" in looked) {
        unreadable.add(source);
        continue;
      }
      const { hash } = looked.header;
      const content = contents.get(hash) ?? { header: looked.header, names: new Set(), groups: new Set() };
      contents.set(hash, content);
      if (typeof source === "string") content.names.add(source);
      if (record.group !== undefined) content.groups.add(record.group);
    }
  }

  const found = [...contents.values()];
  const formats = new Map<string, number>();
  for (const { header } of found) add(formats, header.format);
  return {
    records: count,
    tallies: mapValues(tallies, plain),
    withFacts,
    groups: { count: groups.size, recordsEach: summary([...groups.values()]), recordsWithout: withoutGroup },
    pictures: {
      shown,
      distinct: found.reduce((sum, { names }) => sum + Math.max(1, names.size), 0),
      unreadable: unreadable.size,
      formats: plain(formats),
      width: summary(found.map(({ header }) => header.width)),
      height: summary(found.map(({ header }) => header.height)),
      duplicates: found.filter(({ names }) => names.size > 1).map(({ names }) => [...names].sort()),
      acrossGroups: found.filter(({ groups: own }) => own.size > 1).map(({ groups: own }) => [...own].sort()),
    },
    characters: mapValues(lengths, summary),
    ...(countTokens && { tokens: mapValues(tokens, summary) }),
  };
}

const add = (tally: Map<string, number>, key: string) => tally.set(key, (tally.get(key) ?? 0) + 1);

/** Most frequent first. */
const plain = (tally: ReadonlyMap<string, number>): Tally =>
  Object.fromEntries([...tally].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)));

const mapValues = <K extends string, V, W>(values: Readonly<Record<K, V>>, map: (value: V) => W) =>
  Object.fromEntries(Object.entries<V>(values).map(([key, value]) => [key, map(value)])) as Record<K, W>;

/** Numbers in brief; null when there are none. */
export function summary(numbers: readonly number[]): Summary | null {
  if (numbers.length === 0) return null;
  const sorted = Float64Array.from(numbers).sort();
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!;
  const sum = sorted.reduce((a, b) => a + b, 0);
  return {
    count: sorted.length,
    min: sorted[0]!,
    mean: sum / sorted.length,
    median: at(0.5),
    p95: at(0.95),
    max: sorted.at(-1)!,
  };
}
