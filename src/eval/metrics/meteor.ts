/** @file METEOR: words matched one to one, by spelling, stem and synonym, and in how few pieces. */

import type { Metric, TextItem } from "./metric.ts";
import { meanOf, perItem } from "./metric.ts";
import { porterStem } from "./porter_stem.ts";
import { hashOf, signatureOf } from "./signature.ts";
import { type TextUnit, type TokenItem, tokenised, tokenizerFor } from "./tokens.ts";

/** Share of recall in the weighted mean; exponent and weight of the penalty for scattered matches. */
const [alpha, beta, gamma] = [0.9, 3, 0.5];

export interface MeteorOptions extends TextUnit {
  /** Groups of words of one meaning, in lower case, such as `ultrasoundSynonyms`; by default words must share their stem. */
  readonly synonyms?: readonly (readonly string[])[];
}

/**
 * METEOR from 0 to 1, the mean of the answers' own scores, as nltk 3.10 has it. Of several references the best counts.
 * Tokens are those of BLEU, in lower case; by stem only English words can match.
 *
 * Differs: our table stands in for WordNet. nltk looks up stems there, since its third stage is given what the second
 * left; the table's words are stemmed so that they are found.
 *
 * @see Lavie and Agarwal 2007, Meteor: An Automatic Metric for MT Evaluation with High Levels of Correlation
 */
export function meteor(options: MeteorOptions): Metric<TextItem> {
  const { synonyms = [] } = options;
  const tokenizer = tokenizerFor(options);
  const table = synonymTable(synonyms);
  const cut = tokenised((text) => tokenizer.tokens(text).map((token) => token.toLowerCase()));
  const best = perItem(({ answer, references }: TokenItem) =>
    Math.max(...references.map((reference) => meteorOf(answer, reference, table))),
  );
  const stages = ["exact", "porter-nltk"];
  if (synonyms.length > 0) stages.push(`synonyms[${hashOf(synonyms)}]`);
  return {
    name: "METEOR",
    signature: signatureOf({
      refs: "best",
      case: "lc",
      tok: tokenizer.name,
      stages: stages.join("+"),
      alpha,
      beta,
      gamma,
    }),
    better: "higher",
    of: (items) => meanOf(cut(items).map(best)),
  };
}

/** Stem to the stems of the words that mean the same. */
type SynonymTable = ReadonlyMap<string, ReadonlySet<string>>;

function synonymTable(groups: readonly (readonly string[])[]): SynonymTable {
  const table = new Map<string, Set<string>>();
  for (const group of groups) {
    const stems = group.map(porterStem);
    for (const stem of stems) table.set(stem, new Set([...(table.get(stem) ?? []), ...stems]));
  }
  return table;
}

/** A token with its place in the text. */
interface Placed {
  readonly place: number;
  readonly word: string;
}
/** Place in the answer and place in the reference. */
type Pair = readonly [number, number];

function meteorOf(answer: readonly string[], reference: readonly string[], synonyms: SynonymTable): number {
  const placed = (tokens: readonly string[]) => tokens.map((word, place): Placed => ({ place, word }));
  const stemmed = (tokens: readonly Placed[]) =>
    tokens.map(({ place, word }): Placed => ({ place, word: porterStem(word) }));
  const same = (word: string) => [word];

  const exact = matchWords(placed(answer), placed(reference), same);
  const byStem = matchWords(stemmed(exact.answer), stemmed(exact.reference), same);
  const byMeaning = matchWords(byStem.answer, byStem.reference, (word) => [
    word,
    ...(synonyms.get(word) ?? []),
  ]);
  const pairs = [...exact.pairs, ...byStem.pairs, ...byMeaning.pairs].sort(([a], [b]) => a - b);
  if (pairs.length === 0) return 0;

  const precision = pairs.length / answer.length;
  const recall = pairs.length / reference.length;
  const mean = (precision * recall) / (alpha * precision + (1 - alpha) * recall);
  return (1 - gamma * (chunksOf(pairs) / pairs.length) ** beta) * mean;
}

/** Give each word of the answer, from the last to the first, the last free place of the reference with a word it accepts. */
function matchWords(
  answer: readonly Placed[],
  reference: readonly Placed[],
  accepts: (word: string) => readonly string[],
): { readonly pairs: Pair[]; readonly answer: Placed[]; readonly reference: Placed[] } {
  const free = new Map<string, number[]>();
  for (const { word, place } of reference) {
    const places = free.get(word) ?? [];
    places.push(place);
    free.set(word, places);
  }
  const pairs: Pair[] = [];
  for (const { word, place } of answer.toReversed()) {
    let last: number[] = [];
    for (const accepted of accepts(word)) {
      const places = free.get(accepted) ?? [];
      if ((places.at(-1) ?? -1) > (last.at(-1) ?? -1)) last = places;
    }
    const found = last.pop();
    if (found !== undefined) pairs.push([place, found]);
  }
  const [answered, referred] = [new Set(pairs.map(([a]) => a)), new Set(pairs.map(([, r]) => r))];
  return {
    pairs,
    answer: answer.filter(({ place }) => !answered.has(place)),
    reference: reference.filter(({ place }) => !referred.has(place)),
  };
}

/** Runs of pairs that are neighbours in both texts. */
const chunksOf = (pairs: readonly Pair[]): number =>
  pairs.filter(([inAnswer, inReference], index) => {
    const before = pairs[index - 1];
    return before === undefined || before[0] + 1 !== inAnswer || before[1] + 1 !== inReference;
  }).length;
