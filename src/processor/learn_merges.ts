/**
 * @file Byte-pair encoding learned from counted words: the most frequent pair of neighbours becomes a token, again and
 * again.
 *
 * Choices, ties and what happens when two pairs spell the same token follow the `tokenizers` library (`BpeTrainer`),
 * whose merges these equal.
 *
 * @see Sennrich et al. 2016, arXiv 1508.07909
 */

import { byteCharacters } from "./byte_alphabet.ts";
import { createHeap } from "./heap.ts";

/** What was learned. */
export interface Merges {
  /** Every token by its id, the 256 bytes first. */
  readonly tokens: readonly string[];
  /** Pairs of tokens in the order in which they are joined. */
  readonly merges: readonly (readonly [left: string, right: string])[];
}

export interface MergeLimits {
  /** Most tokens, the 256 bytes included. Fewer are learned from little text. */
  readonly vocabSize: number;
  /** Pairs seen less often are not joined. */
  readonly minFrequency: number;
  /** Longest token in bytes. */
  readonly maxTokenBytes: number;
}

/** A pair to join, and the words it was met in. */
interface Candidate {
  readonly pair: number;
  readonly count: number;
  readonly words: ReadonlySet<number>;
}

/** Two ids as one number that sorts as they do. */
const idLimit = 2 ** 24;
const pairOf = (left: number, right: number): number => left * idLimit + right;

/**
 * Learn merges.
 *
 * @param counts how often each word occurs; words are spelled in `byteCharacters`
 */
export function learnMerges(counts: ReadonlyMap<string, number>, limits: MergeLimits): Merges {
  const { vocabSize, minFrequency, maxTokenBytes } = limits;
  const tokens = [...byteCharacters].sort();
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const words = [...counts.keys()].map((word) => Array.from(word, (character) => ids.get(character) ?? 0));
  const frequencies = [...counts.values()];

  const pairCounts = new Map<number, number>();
  let met = new Map<number, Set<number>>();
  function change(left: number, right: number, by: 1 | -1, word: number): void {
    const pair = pairOf(left, right);
    pairCounts.set(pair, (pairCounts.get(pair) ?? 0) + by * frequencies[word]!);
    if (by < 0) return;
    const places = met.get(pair);
    if (places === undefined) met.set(pair, new Set([word]));
    else places.add(word);
  }

  const queue = createHeap<Candidate>(
    (a, b) => a.count > b.count || (a.count === b.count && a.pair < b.pair),
  );
  function enqueueMet(): void {
    for (const [pair, places] of met) {
      const count = pairCounts.get(pair)!;
      if (count > 0) queue.push({ pair, count, words: places });
    }
    met = new Map();
  }

  words.forEach((word, index) => {
    for (let i = 1; i < word.length; i++) change(word[i - 1]!, word[i]!, 1, index);
  });
  enqueueMet();

  const merges = new Map<number, readonly [string, string]>();
  const fits = (left: number, right: number) => tokens[left]!.length + tokens[right]!.length <= maxTokenBytes;
  while (tokens.length < vocabSize) {
    const top = queue.pop();
    if (top === undefined) break;
    const count = pairCounts.get(top.pair)!;
    if (top.count !== count) {
      // Other merges have used some of its neighbours since it was put here.
      queue.push({ ...top, count });
      continue;
    }
    if (count < Math.max(1, minFrequency)) break;
    const [left, right] = [Math.floor(top.pair / idLimit), top.pair % idLimit];
    const token = tokens[left]! + tokens[right]!;
    const known = ids.get(token);
    const id = known ?? tokens.length;
    if (known === undefined) {
      tokens.push(token);
      ids.set(token, id);
    }
    // A pair can come again when another one spells the same token; its last place counts.
    merges.delete(top.pair);
    merges.set(top.pair, [tokens[left]!, tokens[right]!]);
    for (const index of top.words)
      joinPair(words[index]!, left, right, id, (a, b, by) => {
        if (by < 0 || fits(a, b)) change(a, b, by, index);
      });
    enqueueMet();
  }
  return { tokens, merges: [...merges.values()] };
}

/** Put `id` where `left` and `right` are neighbours; `onChange` hears which other pairs come and go. */
function joinPair(
  word: number[],
  left: number,
  right: number,
  id: number,
  onChange: (a: number, b: number, by: 1 | -1) => void,
): void {
  for (let i = 0; i + 1 < word.length; i++) {
    if (word[i] !== left || word[i + 1] !== right) continue;
    const [before, after] = [word[i - 1], word[i + 2]];
    if (before !== undefined) {
      onChange(before, left, -1);
      onChange(before, id, 1);
    }
    word.splice(i, 2, id);
    if (after !== undefined) {
      onChange(right, after, -1);
      onChange(id, after, 1);
    }
  }
}
