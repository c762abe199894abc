/** @file One conversation: its cache, the pictures it has seen, and answers that reuse both. */

import { RequestError } from "../errors.ts";
import type { PictureSource } from "../image/decode.ts";
import { tokenCount } from "../model/positions.ts";
import { assertAsksSomething, assertMessages, type Message } from "../processor/message.ts";
import { answerOf } from "./answer.ts";
import type { Cache } from "./engine.ts";
import { lookupTokens } from "./lookup_texts.ts";
import type { Model } from "./model.ts";
import type { Pieces } from "./pieces.ts";
import { type KeyedMedia, type PreparedPrompt, preparePrompt } from "./prepare.ts";
import { contextExceeded, joined, type PromptRow } from "./prompt_row.ts";
import { DEFAULT_LOOKUP, type GenerateOptions, resolveSettings } from "./settings.ts";
import { Speculation } from "./speculation.ts";
import { Writer } from "./writer.ts";

/** What a conversation keeps from one answer to the next. */
interface Memory {
  readonly cache: Cache;
  /** What the cache holds, token by token. */
  readonly keys: string[];
  /** Visual tokens of every picture seen. */
  readonly seen: Map<string, Float32Array>;
  /** Tokens of the answers so far, which later ones may repeat. */
  readonly written: number[];
}

/** A conversation holds its cache and the visual tokens of every picture it has seen; close it. */
export class Conversation {
  private busy = false;
  private closed = false;

  constructor(
    private readonly model: Model,
    private readonly memory: Memory = {
      cache: model.engine.openCache(1),
      keys: [],
      seen: new Map(),
      written: [],
    },
  ) {}

  /**
   * Answer the last message, piece by piece. The whole conversation is passed each time; what it shares with the
   * turn before is taken from the cache, and a picture seen before is not looked at again.
   *
   * @returns the pieces, and as the generator's value the whole answer
   * @throws RequestError when the request cannot be served, another answer of this conversation is being written, or
   *   the conversation is closed
   * @throws the signal's reason when it is aborted; the conversation can go on afterwards
   */
  async *stream(messages: readonly Message<PictureSource>[], options: GenerateOptions = {}): Pieces {
    this.begin();
    try {
      const { engine, processor, defaults } = this.model;
      const { cache, keys, written } = this.memory;
      const { prompt, settings, room, kept, logits: first } = await this.take(messages, options);
      const given = lookupTokens(options.lookup?.texts ?? [], processor.tokenizer, defaults.endTokens);
      const writer = new Writer(processor.tokenizer, prompt.ids, settings, {
        endTokens: defaults.endTokens,
        logprobs: options.logprobs,
        room,
        earlier: [written, given, this.model.lookupTokens],
      });
      const most = options.lookup?.most ?? DEFAULT_LOOKUP;
      const speculation = new Speculation(engine, cache);
      let logits = first;
      for (;;) {
        options.signal?.throwIfAborted();
        const piece = writer.take(logits);
        yield piece;
        if (writer.finish) break;
        this.assertOpen();
        logits = await speculation.after(piece.id, () => writer.guess(most));
        keys.push(String(piece.id));
      }
      written.push(...writer.ids);
      const { passes } = speculation;
      return answerOf(this.model, { prompt, settings, writer, cachedTokens: kept, passes });
    } finally {
      this.end();
    }
  }

  /**
   * Look at the pictures and read the messages without answering: an answer that begins alike then begins at once.
   *
   * @throws as `stream`
   */
  async read(messages: readonly Message<PictureSource>[], options: GenerateOptions = {}): Promise<void> {
    this.begin();
    try {
      await this.take(messages, options);
    } finally {
      this.end();
    }
  }

  /**
   * Another conversation that has seen and read what this one has; both go on by themselves.
   *
   * @throws RequestError when an answer of this conversation is being written, or it is closed
   */
  async fork(): Promise<Conversation> {
    this.begin();
    try {
      const { cache, keys, seen, written } = this.memory;
      const copy = await this.model.engine.copyCache(cache);
      return new Conversation(this.model, { cache: copy, keys: [...keys], seen, written: [...written] });
    } finally {
      this.end();
    }
  }

  private begin(): void {
    this.assertOpen();
    if (this.busy)
      throw new RequestError("conversation", "expected one answer at a time, got a second request");
    this.busy = true;
  }

  private end(): void {
    const { keys, cache } = this.memory;
    keys.length = Math.min(keys.length, cache.state.length);
    this.busy = false;
  }

  /** Bring the prompt into the cache. @returns it, and the logits [V] behind it */
  private async take(messages: readonly Message<PictureSource>[], options: GenerateOptions) {
    const { engine, processor, defaults } = this.model;
    const { cache, keys } = this.memory;
    assertMessages(messages);
    assertAsksSomething(messages);
    const settings = resolveSettings(options, defaults, this.model.randomSeed);
    options.signal?.throwIfAborted();
    const prompt = await preparePrompt(messages, processor, engine.config, options.pixels);
    const room = engine.config.decoder.maxPositions - prompt.ids.length;
    if (room < 1) throw contextExceeded(prompt.ids.length + 1, engine.config.decoder.maxPositions);
    const kept = this.keepShared(prompt);
    const row = await this.freshRow(prompt, kept, options.signal);
    const { data: logits } = await engine.prefill(cache, [row], options.signal);
    keys.push(...prompt.keys.slice(kept));
    return { prompt, settings, room, kept, logits };
  }

  /** Also while an answer is read: whoever reads it may close the conversation in between. */
  private assertOpen(): void {
    if (this.closed)
      throw new RequestError("conversation", "expected an open conversation, got a closed one");
  }

  /** Cut the cache back to what it shares with the prompt. @returns how many tokens that is */
  private keepShared({ ids, keys: wanted, positions }: PreparedPrompt): number {
    const { keys, cache } = this.memory;
    // The last token is always run again: its logits begin the answer.
    const most = Math.min(keys.length, ids.length - 1);
    let kept = 0;
    while (kept < most && keys[kept] === wanted[kept]) kept++;
    keys.length = kept;
    const used = positions.axes.map((axis) => axis.slice(0, kept).reduce((a, b) => Math.max(a, b), -1));
    this.model.engine.truncate(cache, kept, [Math.max(...used) + 1]);
    return kept;
  }

  /** The prompt behind its first `kept` tokens, with the visual tokens that fall there. */
  private async freshRow(prompt: PreparedPrompt, kept: number, signal?: AbortSignal): Promise<PromptRow> {
    const { config } = this.model.engine;
    const isVisual = (id: number) => id === config.tokens.image || id === config.tokens.video;
    let skip = prompt.ids.slice(0, kept).filter(isVisual).length * config.decoder.hiddenDim;
    const parts: Float32Array[] = [];
    for (const item of prompt.media) {
      const size = tokenCount(item.media.grid, config.vision.mergeSize) * config.decoder.hiddenDim;
      if (skip >= size) skip -= size;
      else {
        signal?.throwIfAborted();
        parts.push((await this.see(item)).subarray(skip));
        skip = 0;
      }
    }
    const [t, h, w] = prompt.positions.axes.map((axis) => axis.slice(kept)) as [number[], number[], number[]];
    return {
      ids: prompt.ids.slice(kept),
      positions: { axes: [t, h, w] },
      visual: joined(parts),
    };
  }

  private async see({ key, media }: KeyedMedia): Promise<Float32Array> {
    const { seen } = this.memory;
    const known = seen.get(key);
    if (known) return known;
    const visual = await this.model.engine.see(media.pixelValues, media.grid);
    seen.set(key, visual);
    return visual;
  }

  /** Free the cache. */
  close(): Promise<void> {
    this.closed = true;
    return this.model.engine.closeCache(this.memory.cache);
  }
}
