/** @file Writes one answer: takes logits, chooses tokens, gives out text, and knows when to stop. */

import { createTextStream, type TextStream } from "../processor/text_stream.ts";
import type { TextTokenizer } from "../processor/tokenizer.ts";
import { createRandom, type Random } from "../tensor/random.ts";
import { Calculator } from "./calculator.ts";
import { lookUp } from "./lookup.ts";
import { chooseToken, type ScoredToken, scoreToken } from "./sampling.ts";
import type { Settings } from "./settings.ts";

/** Why an answer ended: an end token, a stop text, or the length limit. */
export type FinishReason = "end" | "stop" | "length";

/** One chosen token. */
export interface TokenReport extends ScoredToken {
  /** The likeliest tokens at this place, as many as were asked for. */
  readonly top: readonly ScoredToken[];
}

/** What one step adds to the answer. */
export interface Piece {
  /** New text: whole characters, never part of a stop text; often empty in the middle of a character. */
  readonly text: string;
  readonly id: number;
  /** Present when log-probabilities were asked for. */
  readonly report?: TokenReport;
}

export class Writer {
  readonly ids: number[] = [];
  readonly reports: TokenReport[] = [];
  text = "";
  finish: FinishReason | undefined;
  private readonly stream: TextStream;
  private readonly random: Random;
  private readonly seen: Set<number>;
  /** The prompt and the answer so far. */
  private readonly known: number[];
  private readonly calculator: Calculator | undefined;
  private held = "";

  /**
   * @param prompt ids of the prompt, for the repetition penalty and for guesses
   * @param options.endTokens ids that end the answer; they are in `ids` but not in `text`
   * @param options.logprobs alternatives to report for each token; undefined: no log-probabilities
   * @param options.room tokens that the context has left
   * @param options.earlier tokens of texts that the answer may repeat, those to be preferred first; none when absent
   */
  constructor(
    tokenizer: TextTokenizer,
    prompt: readonly number[],
    private readonly settings: Settings,
    private readonly options: {
      endTokens: readonly number[];
      logprobs: number | undefined;
      room: number;
      earlier?: readonly (readonly number[])[];
    },
  ) {
    this.stream = createTextStream(tokenizer, { skipSpecial: true });
    this.random = createRandom(settings.seed);
    this.seen = new Set(prompt);
    this.known = [...prompt];
    if (settings.calculator) this.calculator = new Calculator(tokenizer);
  }

  /** How many tokens the answer may have. */
  private get most(): number {
    return Math.min(this.settings.maxNewTokens, this.options.room);
  }

  /**
   * Tokens that may come next, looked up in what is known; none that the answer has no room for, and none behind an
   * end.
   *
   * @param most tokens at most
   */
  guess(most: number): number[] {
    // The token behind the last guess is chosen from the same pass.
    const room = Math.min(most, this.most - this.ids.length - 1);
    const guess = lookUp(this.known, room, this.options.earlier);
    const end = guess.findIndex((id) => this.options.endTokens.includes(id));
    return end < 0 ? guess : guess.slice(0, end);
  }

  /** Choose the next token from `logits` [V] and take it up. `finish` is set if it was the last. */
  take(logits: Float32Array): Piece {
    const { settings, options } = this;
    const id = this.calculator?.next() ?? chooseToken(logits, this.seen, settings, this.random);
    this.ids.push(id);
    this.known.push(id);
    this.seen.add(id);
    const report =
      options.logprobs === undefined ? undefined : { id, ...scoreToken(logits, id, options.logprobs) };
    if (report) this.reports.push(report);
    const ended = options.endTokens.includes(id);
    if (!ended) this.hold(this.stream.push(id));
    if (ended) this.finish = "end";
    else if (this.ids.length >= this.most) this.finish = "length";
    if (this.finish) this.hold(this.stream.end());
    const text = this.release();
    this.text += text;
    return { text, id, ...(report && { report }) };
  }

  private hold(text: string): void {
    this.held += text;
    this.calculator?.read(text);
  }

  /** Text that may go out: up to a stop text, and nothing that could be the beginning of one. */
  private release(): string {
    const { stop } = this.settings;
    const found = stop
      .map((text) => ({ start: this.held.indexOf(text), length: text.length }))
      .filter(({ start }) => start >= 0)
      // The one complete first, so that the answer does not depend on where tokens begin and end; of those the longest.
      .sort((a, b) => a.start + a.length - (b.start + b.length) || a.start - b.start);
    if (found[0]) {
      this.finish = "stop";
      return this.held.slice(0, found[0].start);
    }
    const keep = this.finish ? 0 : Math.max(0, ...stop.map((text) => overlap(this.held, text)));
    const out = this.held.slice(0, this.held.length - keep);
    this.held = this.held.slice(this.held.length - keep);
    return out;
  }
}

/** Length of the longest end of `text` that begins `stop`. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--)
    if (text.endsWith(stop.slice(0, length))) return length;
  return 0;
}
