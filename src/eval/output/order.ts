/** @file The order in which scores are printed, whatever the order they were computed in. */

import { conditions } from "../exchange.ts";
import { pictureKinds } from "../questions.ts";
import type { RunScores, Selection } from "../scores.ts";

/** All regions first; then by name. */
const regionKey = (region: string): string => (region === "all" ? "" : region);

const selectionKey = (selection: Omit<Selection, "model">) => [
  selection.evaluation,
  pictureKinds.indexOf(selection.pictures),
  regionKey(selection.region),
];

/** @returns the items by their keys, first key first; equal keys by the items' own text */
function sorted<T>(items: readonly T[], keysOf: (item: T) => readonly (string | number)[]): T[] {
  const keyed = items.map((item) => ({ item, keys: [...keysOf(item), JSON.stringify(item)] }));
  keyed.sort((a, b) => {
    const differing = a.keys.findIndex((key, place) => key !== b.keys[place]);
    return differing < 0 ? 0 : a.keys[differing]! < b.keys[differing]! ? -1 : 1;
  });
  return keyed.map(({ item }) => item);
}

/**
 * The same numbers in a fixed order: by evaluation, real pictures before simulated and empty ones, all regions before each,
 * metric, signature, condition, model. Worst cases come worst first.
 */
export function ordered(run: RunScores): RunScores {
  const lowerIsBetter = new Set(
    run.scores.filter(({ better }) => better === "lower").map(({ metric }) => metric),
  );
  const asked = <S extends Selection>(items: readonly S[]) =>
    sorted(items, (item) => [...selectionKey(item), item.model, conditions.indexOf(item.condition)]);
  return {
    provenance: run.provenance,
    scores: sorted(run.scores, (score) => [
      ...selectionKey(score),
      score.metric,
      score.signature,
      conditions.indexOf(score.condition),
      score.model,
    ]),
    differences: sorted(run.differences, (one) => [
      ...selectionKey(one),
      one.metric,
      one.signature,
      conditions.indexOf(one.condition),
      ...one.models,
    ]),
    confusions: asked(run.confusions),
    calibrations: asked(run.calibrations),
    problems: sorted(run.problems, ({ model, condition, kind }) => [
      model,
      conditions.indexOf(condition),
      kind,
    ]),
    worst: sorted(run.worst, (one) => [
      ...selectionKey(one),
      one.model,
      conditions.indexOf(one.condition),
      one.metric,
      lowerIsBetter.has(one.metric) ? -one.value : one.value,
    ]),
    ...(run.expertLoads && {
      expertLoads: sorted(run.expertLoads, ({ model, layer, region }) => [model, layer, regionKey(region)]),
    }),
  };
}

/** Items with equal keys together, in the order in which each key first comes. */
export function grouped<T>(items: readonly T[], keyOf: (item: T) => readonly unknown[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = JSON.stringify(keyOf(item));
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
