/** @file Which words of two texts differ. */

import { diffArrays } from "diff";

/** A stretch of one text, and whether the other one lacks it there. */
export interface Stretch {
  readonly text: string;
  readonly differs: boolean;
}

/** Chinese words are found too, by the dictionary that comes with Node. */
const words = new Intl.Segmenter("zh", { granularity: "word" });
const wordsOf = (text: string): string[] => Array.from(words.segment(text), ({ segment }) => segment);

/** Both texts in stretches; joined, those of each are that text. */
export function wordDifference(expected: string, answered: string): [Stretch[], Stretch[]] {
  const changes = diffArrays(wordsOf(expected), wordsOf(answered));
  const side = (other: "added" | "removed", own: "added" | "removed") =>
    changes
      .filter((change) => !change[other])
      .map((change): Stretch => ({ text: change.value.join(""), differs: change[own] }));
  return [side("added", "removed"), side("removed", "added")];
}
