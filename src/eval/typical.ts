/** @file The answer of no model to questions of free texts: what is most like all that is expected. */

import { createHash } from "node:crypto";
import { regionWords } from "./evaluations/class_words.ts";
import type { Question } from "./exchange.ts";
import { clippedMatches, countNgrams } from "./metrics/ngrams.ts";
import { plainTokenizerFor } from "./metrics/tokens.ts";
import { grouped } from "./output/order.ts";
import { askedIn } from "./questions.ts";
import { namedClass } from "./reading/classes.ts";

/** Texts that are compared at most: the work grows with their square. */
const mostCompared = 300;

/**
 * For each question, by id, the medoid of what questions of its kind in its language expect in other groups: the text
 * that shares the most tokens with the others (mean F1), of equals the one of the first id. Whole texts hardly ever come
 * twice, so that the commonest would be any. Of questions whose words tell a region, those that tell the same count
 * alone, where another group has one. Undefined where no other group is asked such a question.
 *
 * @param kindOf what is asked; answers to different kinds are never mixed
 */
export function typicalAnswers(
  questions: readonly Question[],
  kindOf: (question: Question) => string,
): Map<string, string | undefined> {
  const sorted = [...questions].sort((a, b) => (a.id < b.id ? -1 : 1));
  const among = (keyOf: (question: Question) => readonly unknown[]) => {
    const medoids = new Map(
      grouped(sorted, keyOf).map((own) => [JSON.stringify(keyOf(own[0]!)), medoidsOf(own)]),
    );
    return (question: Question) => medoids.get(JSON.stringify(keyOf(question)))?.(question.group);
  };
  const ofKind = among((question) => [kindOf(question), question.language]);
  const ofRegion = among((question) => [kindOf(question), question.language, regionTold(question) ?? null]);
  return new Map(sorted.map((question) => [question.id, ofRegion(question) ?? ofKind(question)]));
}

/** The one region that a question's words name. */
const regionTold = ({ record, language }: Question): string | undefined =>
  namedClass(
    askedIn(record),
    Object.fromEntries(Object.entries(regionWords).map(([region, words]) => [region, words[language]])),
  );

/** The medoid of all groups but one, worked out when it is asked for. */
function medoidsOf(questions: readonly Question[]): (group: string) => string | undefined {
  const compared = drawnFrom(questions);
  const groups = new Set(compared.map(({ group }) => group));
  const known = new Map<string | undefined, string | undefined>();
  let likeness: readonly (readonly number[])[] | undefined;
  return (group) => {
    const left = groups.has(group) ? group : undefined;
    if (!known.has(left)) {
      likeness ??= likenessAmong(compared);
      known.set(left, medoid(compared, likeness, left));
    }
    return known.get(left);
  };
}

/** One question of every group before any has a second, whatever they expect; in the order of their ids. */
function drawnFrom(questions: readonly Question[]): Question[] {
  const lotOf = ({ id }: Question) => createHash("sha256").update(id).digest("hex");
  const lots = questions.map((question) => ({ question, lot: lotOf(question) }));
  lots.sort((a, b) => (a.lot < b.lot ? -1 : 1));
  return grouped(lots, ({ question }) => [question.group])
    .flatMap((own) => own.map(({ question }, turn) => ({ question, turn })))
    .sort((a, b) => a.turn - b.turn)
    .slice(0, mostCompared)
    .map(({ question }) => question)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** F1 of the tokens that every two expected answers share. */
function likenessAmong(questions: readonly Question[]): number[][] {
  const texts = questions.map(({ expected, language }) => {
    const tokens = plainTokenizerFor({ language }).tokens(expected);
    return { counts: countNgrams(tokens, 1), total: tokens.length };
  });
  return texts.map((one) =>
    texts.map(
      (other) => (2 * clippedMatches(one.counts, other.counts)) / Math.max(1, one.total + other.total),
    ),
  );
}

function medoid(
  questions: readonly Question[],
  likeness: readonly (readonly number[])[],
  leftGroup: string | undefined,
): string | undefined {
  const others = [...questions.keys()].filter((at) => questions[at]!.group !== leftGroup);
  const sums = others.map((at) => others.reduce((sum, other) => sum + likeness[at]![other]!, 0));
  const best = others[sums.indexOf(Math.max(...sums))];
  return best === undefined ? undefined : questions[best]!.expected.trim();
}
