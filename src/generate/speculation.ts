/** @file Speculative decoding: one pass over a token and a guess of what follows, in place of a pass for each. */

import type { Cache, Engine } from "./engine.ts";

/**
 * Logits behind one token after another. A pass that a guess came with gives the logits behind every guessed token;
 * those are handed out as long as the tokens turn out as guessed. The first that does not cuts the cache back to what
 * was chosen. So a guess changes how many passes there are, and nothing else: whoever chooses sees the logits behind
 * exactly the tokens chosen so far, under any way of sampling.
 *
 * @see Leviathan et al. 2023, arXiv 2211.17192. Differs: the guess is one sequence without probabilities, and it is
 *   accepted where the chooser, seed included, takes the same token
 */
export class Speculation {
  /** Passes so far. */
  passes = 0;
  /** The last pass: its guess, [1 + guess.length, V] logits, and how many of its rows were handed out. */
  private pass: { guess: readonly number[]; logits: Float32Array; used: number } = {
    guess: [],
    logits: new Float32Array(),
    used: 0,
  };

  /** @param cache of one row, which holds everything before the first token */
  constructor(
    private readonly engine: Engine,
    private readonly cache: Cache,
  ) {}

  /**
   * The logits [V] behind `token`, which was chosen from those given before.
   *
   * @param guess asked for tokens that may follow `token`, when a pass is due and guesses pay
   */
  async after(token: number, guess: () => readonly number[]): Promise<Float32Array> {
    if (this.pass.used > 0 && this.pass.guess[this.pass.used - 1] === token) return this.hand();
    this.discard();
    const guessed = this.engine.guessesPay ? guess() : [];
    const { data } =
      guessed.length === 0
        ? await this.engine.step(this.cache, [token])
        : await this.engine.verify(this.cache, [token, ...guessed]);
    this.passes += 1;
    this.pass = { guess: guessed, logits: data, used: 0 };
    return this.hand();
  }

  private hand(): Float32Array {
    const { vocabSize } = this.engine.config.decoder;
    const { logits, used } = this.pass;
    this.pass.used += 1;
    return logits.subarray(used * vocabSize, (used + 1) * vocabSize);
  }

  /** Take the guesses that nobody confirmed out of the cache again. */
  private discard(): void {
    const { guess, used } = this.pass;
    const wrong = used === 0 ? 0 : guess.length - (used - 1);
    if (wrong > 0)
      this.engine.truncate(this.cache, this.cache.state.length - wrong, [this.cache.next[0]! - wrong]);
  }
}
