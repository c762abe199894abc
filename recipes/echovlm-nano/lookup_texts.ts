/** @file Chooses the few training answers that most of the others repeat, for guesses to be looked up in. */

import type { DataRecord } from "../../src/data/record.ts";
import type { TextTokenizer } from "../../src/processor/tokenizer.ts";

/** What the texts may take. */
const MOST_BYTES = 56_000;

/** Tokens that are covered together: what a guess is looked up by, and the one it foretells. */
const LENGTH = 5;

/**
 * Answers in the order in which they should be searched, the most typical last. Each is the one that, for its size, holds
 * most of what the answers say and none of those chosen before does, counted in stretches of tokens.
 *
 * @param answers all of them; what is said often counts often
 */
export function typicalTexts(answers: Iterable<string>, tokenizer: TextTokenizer): string[] {
  const counts = new Map<string, number>();
  for (const text of answers) counts.set(text, (counts.get(text) ?? 0) + 1);
  /** How often each stretch is said, as long as no chosen text holds it. */
  const left = new Map<string, number>();
  const ranked = [...counts].map(([text, count]) => {
    const stretches = stretchesOf(tokenizer.encode(text));
    for (const stretch of stretches) left.set(stretch, (left.get(stretch) ?? 0) + count);
    return {
      text,
      stretches,
      bytes: Buffer.byteLength(JSON.stringify(text)),
      worth: Number.POSITIVE_INFINITY,
    };
  });
  const chosen: string[] = [];
  let room = MOST_BYTES;
  for (;;) {
    ranked.sort((a, b) => b.worth - a.worth);
    let best = ranked[0];
    // A worth only falls as others are chosen: behind one that was worth less before nobody needs to be counted again.
    for (const one of ranked) {
      if (best !== one && one.worth <= best!.worth) break;
      one.worth = one.stretches.reduce((sum, stretch) => sum + (left.get(stretch) ?? 0), 0) / one.bytes;
      if (one.worth > best!.worth) best = one;
    }
    if (!best || best.worth === 0 || best.bytes > room) return chosen.reverse();
    chosen.push(best.text);
    room -= best.bytes;
    for (const stretch of best.stretches) left.delete(stretch);
  }
}

/** Every stretch of `LENGTH` tokens once, and the shorter ones that the text begins with. */
function stretchesOf(ids: readonly number[]): string[] {
  const all = ids.map((_, end) => ids.slice(Math.max(0, end + 1 - LENGTH), end + 1).join());
  return [...new Set(all)];
}

/** What records teach a model to say. */
export const answersOf = ({ messages }: DataRecord): string[] =>
  messages.flatMap(({ role, content }) => (role === "assistant" ? [content] : []));
