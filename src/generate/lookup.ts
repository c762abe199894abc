/** @file Prompt lookup: guesses how an answer goes on, from where its last tokens have stood before. */

/** Tokens compared at most: ends that agree in more of them foretell no better. */
const LONGEST = 4;

/**
 * The tokens behind an earlier place that the sequence's end resembles. The place with the longest equal end wins, of
 * equals the latest; what follows it is trusted twice as far as the ends agree.
 *
 * @param tokens what is known, in order; the guess goes on behind its last
 * @param most tokens to guess at most
 * @returns 0 to `most` tokens
 * @see Saxena 2023, prompt lookup decoding, github.com/apoorvumang/prompt-lookup-decoding. Differs: there one length of
 *   match is tried after the other, and the guess has a fixed length
 */
export function lookUp(tokens: readonly number[], most: number): number[] {
  let [longest, found] = [0, 0];
  for (let end = tokens.length - 1; end > 0 && longest < LONGEST; end--) {
    const length = equalEnd(tokens, end);
    if (length > longest) [longest, found] = [length, end];
  }
  return longest === 0 ? [] : tokens.slice(found, found + Math.min(most, 2 * longest));
}

/** How many tokens before `end` equal those at the end of all, one by one. */
function equalEnd(tokens: readonly number[], end: number): number {
  let length = 0;
  while (length < LONGEST && length < end && tokens[end - 1 - length] === tokens[tokens.length - 1 - length])
    length++;
  return length;
}
