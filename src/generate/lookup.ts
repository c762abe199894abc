/** @file Prompt lookup: guesses how an answer goes on, from where its last tokens have stood before. */

/** Tokens compared at most: ends that agree in more of them foretell no better. */
const LONGEST = 4;

/**
 * The tokens behind an earlier place that the sequence's end resembles. The place with the longest equal end wins, of
 * equals the latest; what follows it is trusted twice as far as the ends agree.
 *
 * @param tokens the guess goes on behind the last of them
 * @param most tokens to guess at most
 * @param earlier further sequences to look in, the one to be preferred first
 * @returns 0 to `most` tokens
 * @see Saxena 2023, prompt lookup decoding, github.com/apoorvumang/prompt-lookup-decoding. Differs: there one length of
 *   match is tried after the other, and the guess has a fixed length
 */
export function lookUp(
  tokens: readonly number[],
  most: number,
  earlier: readonly (readonly number[])[] = [],
): number[] {
  let best = { length: 0, text: tokens, end: 0 };
  for (const text of [tokens, ...earlier])
    for (let end = text.length - 1; end > 0 && best.length < LONGEST; end--) {
      const length = equalEnd(text, end, tokens);
      if (length > best.length) best = { length, text, end };
    }
  const { length, text, end } = best;
  return text.slice(end, end + Math.min(most, 2 * length));
}

/** How many tokens of `text` before `end` equal the last of `tokens`, one by one. */
function equalEnd(text: readonly number[], end: number, tokens: readonly number[]): number {
  const most = Math.min(LONGEST, end, tokens.length);
  let length = 0;
  while (length < most && text[end - 1 - length] === tokens[tokens.length - 1 - length]) length++;
  return length;
}
