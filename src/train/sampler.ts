/** @file The order in which records are trained: seeded epochs, regions in proportion or balanced, batches by length. */

import { createRandom, type Random, shuffled } from "../tensor/random.ts";

/** What the sampler needs to know of a record. */
export interface SampledRecord {
  /** Tokens, padding not counted. */
  readonly length: number;
  /** Balanced sampling draws every region equally often. */
  readonly region: string;
}

export interface SamplerOptions {
  readonly seed: number;
  /** Each record once an epoch, or every region equally often. */
  readonly regions: "proportional" | "balanced";
  /** Tokens of a micro-batch at most, padding included; a longer record stands alone. */
  readonly tokenBudget: number;
  /** Records among which those of like length are put together; 1 leaves them in random order. */
  readonly groupSize: number;
}

/**
 * The micro-batches of one epoch, as record indices. The same options and epoch give the same batches, so a run
 * resumes by counting them.
 *
 * @param epoch from 0
 */
export function epochBatches(
  records: readonly SampledRecord[],
  epoch: number,
  { seed, regions, tokenBudget, groupSize }: SamplerOptions,
): number[][] {
  const random = createRandom(seed + 0x9e3779b9 * (epoch + 1));
  const order = regions === "balanced" ? balanced(records, random) : shuffled([...records.keys()], random);
  const byLength = (a: number, b: number) => records[a]!.length - records[b]!.length;
  const sorted: number[] = [];
  for (let start = 0; start < order.length; start += groupSize) {
    const group = order.slice(start, start + groupSize).sort(byLength); // stable: equals keep their random order
    // Up and down by turns, so that a batch across two groups holds like lengths too.
    sorted.push(...((start / groupSize) % 2 === 0 ? group : group.reverse()));
  }
  return shuffled(packed(sorted, records, tokenBudget), random);
}

/** Every region as often as the largest: smaller ones begin again, reshuffled. */
function balanced(records: readonly SampledRecord[], random: Random): number[] {
  const byRegion = new Map<string, number[]>();
  for (const [i, { region }] of records.entries()) {
    const own = byRegion.get(region);
    if (own) own.push(i);
    else byRegion.set(region, [i]);
  }
  const most = Math.max(0, ...[...byRegion.values()].map(({ length }) => length));
  const drawn = [...byRegion.values()].flatMap((own) => {
    const all: number[] = [];
    while (all.length < most) all.push(...shuffled(own, random).slice(0, most - all.length));
    return all;
  });
  return shuffled(drawn, random);
}

/** Neighbours together, as long as rows times the longest row stay in the budget. */
export function packed(
  order: readonly number[],
  records: readonly SampledRecord[],
  tokenBudget: number,
): number[][] {
  const batches: number[][] = [];
  for (const index of order) {
    const batch = batches.at(-1);
    const longest = Math.max(records[index]!.length, ...(batch ?? []).map((i) => records[i]!.length));
    if (batch && longest * (batch.length + 1) <= tokenBudget) batch.push(index);
    else batches.push([index]);
  }
  return batches;
}
