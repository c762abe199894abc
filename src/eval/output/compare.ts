/** @file The scores of two runs side by side. Numbers only: whether a difference is chance needs the answers. */

import { RESEARCH_NOTICE } from "../../generate/answer.ts";
import type { RunScores, Score } from "../scores.ts";
import { decimalsFor, fixed, shownDifference, signed } from "./digits.ts";
import { code, escaped, markdownTable } from "./markdown_text.ts";
import { grouped, ordered } from "./order.ts";
import { provenanceRows } from "./provenance.ts";
import { regionTitle } from "./sections.ts";

/** A score of the first run and one of the second. */
export interface ScorePair {
  readonly first: Score;
  readonly second: Score;
}

/** A setting, or the questions of an evaluation, that two runs do not share. */
export interface Unlike {
  readonly what: string;
  /** "nothing" where a run has none. */
  readonly first: string;
  readonly second: string;
}

export interface Comparison {
  /** Measured alike: the same evaluation, pictures, region, condition, metric and signature. */
  readonly pairs: readonly ScorePair[];
  /** The same but for the signature: not to be compared. */
  readonly measuredOtherwise: readonly ScorePair[];
  /** Of what both runs asked and how: what is not the same in both. */
  readonly unlike: readonly Unlike[];
  readonly onlyFirst: readonly Score[];
  readonly onlySecond: readonly Score[];
}

/** A model is compared with the one of its name; those without a namesake with every such one of the other run. */
export function compareRuns(first: RunScores, second: RunScores): Comparison {
  const [ours, theirs] = [ordered(first).scores, ordered(second).scores];
  const [ourModels, theirModels] = [namesIn(ours), namesIn(theirs)];
  const isCounterpart = (a: Score, b: Score) =>
    a.model === b.model || !(theirModels.has(a.model) || ourModels.has(b.model));
  const theirsAt = new Map(grouped(theirs, place).map((group) => [placeKey(group[0]!), group]));
  const joined = (scores: readonly Score[], accept: (a: Score, b: Score) => boolean) =>
    scores.flatMap((a) =>
      (theirsAt.get(placeKey(a)) ?? [])
        .filter((b) => isCounterpart(a, b) && accept(a, b))
        .map((b): ScorePair => ({ first: a, second: b })),
    );

  const pairs = joined(ours, (a, b) => a.signature === b.signature);
  const known = scoresIn(pairs);
  const measuredOtherwise = joined(
    ours.filter((score) => !known.has(score)),
    (_, b) => !known.has(b),
  );
  const named = scoresIn([...pairs, ...measuredOtherwise]);
  return {
    pairs,
    measuredOtherwise,
    unlike: unlikeIn(first, second),
    onlyFirst: ours.filter((score) => !named.has(score)),
    onlySecond: theirs.filter((score) => !named.has(score)),
  };
}

/** What decides scores besides the models. Questions that only one run has are told by its scores. */
function unlikeIn(first: RunScores, second: RunScores): Unlike[] {
  const [ours, theirs] = [first, second].map(
    ({ provenance: { questions, settings } }) => new Map(provenanceRows({ questions, settings })),
  ) as [Map<string, string>, Map<string, string>];
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((what) => {
    const [a, b] = [ours.get(what), theirs.get(what)];
    const isOneSided = what.startsWith("questions.") && (a === undefined || b === undefined);
    return a === b || isOneSided ? [] : [{ what, first: a ?? "nothing", second: b ?? "nothing" }];
  });
}

const place = ({ evaluation, pictures, region, condition, metric }: Score) => [
  evaluation,
  pictures,
  region,
  condition,
  metric,
];
const namesIn = (scores: readonly Score[]) => new Set(scores.map(({ model }) => model));
const placeKey = (score: Score) => JSON.stringify(place(score));
const scoresIn = (pairs: readonly ScorePair[]) =>
  new Set(pairs.flatMap(({ first, second }) => [first, second]));

/** @param names what the two runs are called, such as their folders */
export function comparisonMarkdown(comparison: Comparison, names: readonly [string, string]): string {
  const { pairs, measuredOtherwise, unlike, onlyFirst, onlySecond } = comparison;
  const [firstName, secondName] = [escaped(names[0]), escaped(names[1])];
  const signatures = [...new Set(pairs.map(({ first }) => first.signature))];
  const footnote = (signature: string) => `[^${signatures.indexOf(signature) + 1}]`;
  const parts = [
    "# Comparison",
    `**${RESEARCH_NOTICE}**`,
    `First: ${firstName}. Second: ${secondName}. Difference: the second's value less the first's.`,
    ...list("Not the same in both runs", unlike, ({ what, first, second }) => [
      `${escaped(what)}: ${code(first)} in the first, ${code(second)} in the second. Scores may differ by it alone.`,
    ]),
    ...(pairs.length === 0 ? ["No score of one run was measured as one of the other."] : []),
    ...grouped(pairs, ({ first }) => [first.evaluation, first.pictures]).flatMap((group) => [
      `## ${escaped(group[0]!.first.evaluation)}: ${group[0]!.first.pictures} pictures`,
      pairTable(group, footnote),
    ]),
    ...list("Measured otherwise, not compared", measuredOtherwise, ({ first, second }) => [
      `${scoreName(first)}: ${code(first.signature)} in the first, ${code(second.signature)} in the second`,
    ]),
    ...list(`Only in ${firstName}`, onlyFirst, (score) => [scoreName(score)]),
    ...list(`Only in ${secondName}`, onlySecond, (score) => [scoreName(score)]),
    ...(signatures.length === 0 ? [] : ["## Signatures"]),
    ...signatures.map((signature) => `${footnote(signature)}: ${code(signature)}`),
  ];
  return `${parts.join("\n\n")}\n`;
}

const pairTable = (pairs: readonly ScorePair[], footnote: (signature: string) => string): string =>
  markdownTable(
    ["Region", "Metric", "Shown", "Models", "First", "Second", "Difference"],
    pairs.map(({ first, second }) => {
      const [a, b] = [first.value, second.value];
      const decimals = decimalsFor([a ?? 0, b ?? 0]);
      return [
        escaped(regionTitle(first.region)),
        `${escaped(first.metric)}${footnote(first.signature)}`,
        first.condition,
        [...new Set([first.model, second.model])].map(escaped).join(", "),
        fixed(a, decimals),
        fixed(b, decimals),
        a === null || b === null ? "" : signed(shownDifference(b, a, decimals), decimals),
      ];
    }),
  );

const scoreName = ({ evaluation, pictures, region, condition, metric, model }: Score): string =>
  [evaluation, `${pictures} pictures`, regionTitle(region), condition, metric, model].map(escaped).join(", ");

const list = <T>(title: string, items: readonly T[], lines: (item: T) => string[]): string[] =>
  items.length === 0
    ? []
    : [
        `## ${title}`,
        items
          .flatMap(lines)
          .map((line) => `- ${line}`)
          .join("\n"),
      ];
