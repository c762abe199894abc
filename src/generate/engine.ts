/** @file Runs a model: pictures to visual tokens, tokens to logits. Everything a request needs is in its own cache. */

import type { ModelConfig } from "../model/config.ts";
import { cacheNames } from "../model/decoder.ts";
import { rowWeights } from "../model/parameters.ts";
import { type Grid, type RowPositions, tokenCount } from "../model/positions.ts";
import { visionPositions, windowTensors } from "../model/windows.ts";
import { type CacheStorage, cacheRows } from "../nn/cache_rows.ts";
import type { Accumulator, Program, State } from "../runtime/program.ts";
import { float32, type Tensor } from "../tensor/tensor.ts";
import { countChoices, type ExpertCounts, noChoices } from "./expert_counts.ts";
import { type Passed, runPasses, type Wanted } from "./pass.ts";
import { checkRows, cutRow, type PromptRow } from "./prompt_row.ts";
import { Scheduler } from "./scheduler.ts";

/** What a sequence of forward passes has seen so far. */
export interface Cache {
  readonly state: State;
  /** Per row, which of the cached places hold a token rather than padding. */
  readonly attended: boolean[][];
  /** Per row, the position that the next token gets on all axes. */
  readonly next: number[];
  /** Which experts the tokens of each row chose, those that were forgotten again too; absent when nobody counts. */
  readonly expertCounts?: ExpertCounts;
}

/** The cache inputs of the decoder graph and the outputs that they accumulate. */
export const cacheAccumulators = (
  { decoder: { layers, kvHeads, headDim } }: ModelConfig,
  storage: CacheStorage = "float32",
): Accumulator[] =>
  Array.from({ length: layers }, (_, i) => cacheNames(i)).flatMap(({ past, present }) =>
    (["k", "v"] as const).flatMap((which) =>
      cacheRows[storage].parts(headDim).map(({ suffix, dtype, size }) => ({
        input: past[which] + suffix,
        output: present[which] + suffix,
        dtype,
        shape: [kvHeads, size] as const,
      })),
    ),
  );

/**
 * Weights that the tokens of a run are multiplied with, at most, for guesses in shared runs: docs/decisions.md has what
 * it was measured by.
 */
const LIGHT_RUN = 32e6;

/** Tokens in one pass at most: bounds the memory of attention scores and the wait for a cancellation. */
const CHUNK = 512;

export class Engine {
  readonly config: ModelConfig;
  private readonly vision: Program;
  private readonly decoder: Program;
  private readonly scheduler: Scheduler;

  constructor(config: ModelConfig, programs: { vision: Program; decoder: Program }) {
    this.config = config;
    this.vision = programs.vision;
    this.decoder = programs.decoder;
    this.scheduler = new Scheduler((passes) => runPasses(programs.decoder, config, passes));
  }

  /**
   * Visual tokens of one image or video.
   *
   * @param pixelValues [t·h·w, C·tp·p·p], as the processor gives it
   * @returns [t·h·w / mergeSize², D]
   */
  async see(pixelValues: Tensor<"float32">, grid: Grid): Promise<Float32Array> {
    const { vision } = this.config;
    const patches = float32([grid.t, grid.h * grid.w, pixelValues.shape[1]!], pixelValues.data);
    const feeds = {
      patches,
      positions: visionPositions(grid, vision.mergeSize),
      ...windowTensors(vision, [grid]),
    };
    const { tokens } = await this.vision.run(feeds, ["tokens"]);
    if (tokens?.data.length !== tokenCount(grid, vision.mergeSize) * vision.outDim)
      throw new Error(
        `vision returned ${tokens?.data.length} numbers for a grid of ${grid.t}x${grid.h}x${grid.w}`,
      );
    return tokens.data as Float32Array;
  }

  /** @param options.countsExperts whether passes of this cache, which then run alone, count the experts they choose */
  openCache(batch: number, { countsExperts = false } = {}): Cache {
    const { decoder, moe } = this.config;
    return {
      state: this.decoder.openState(batch),
      attended: Array.from({ length: batch }, () => []),
      next: Array<number>(batch).fill(0),
      ...(countsExperts && moe && { expertCounts: noChoices(batch, decoder.layers, moe) }),
    };
  }

  /** Another cache that holds what this one does; both go on by themselves. The copy counts no experts. */
  async copyCache(cache: Cache): Promise<Cache> {
    return {
      state: await this.decoder.copyState(cache.state),
      attended: cache.attended.map((row) => [...row]),
      next: [...cache.next],
    };
  }

  closeCache({ state }: Cache): Promise<void> {
    return this.decoder.closeState(state);
  }

  /** Forget the tokens behind the first `length`; `next` says where each row's positions go on. */
  truncate(cache: Cache, length: number, next: readonly number[]): void {
    cache.state.length = Math.min(cache.state.length, length);
    for (const row of cache.attended) row.length = cache.state.length;
    next.forEach((position, b) => {
      cache.next[b] = position;
    });
  }

  /**
   * Run prompts through the model, behind what the cache holds.
   *
   * @param rows one per batch row of the cache, equally long, padded left or right
   * @returns logits of each row's last token that is no padding: [B, V]
   * @throws RequestError when a row's context, padding not counted, would grow beyond the model's
   */
  async prefill(cache: Cache, rows: readonly PromptRow[], signal?: AbortSignal): Promise<Tensor<"float32">> {
    checkRows(rows, cache, this.config);
    const length = rows[0]?.ids.length ?? 0;
    const vocab = this.config.decoder.vocabSize;
    const last = new Float32Array(rows.length * vocab);
    const used = rows.map(() => 0);
    for (let start = 0; start < length; start += CHUNK) {
      signal?.throwIfAborted();
      const end = Math.min(start + CHUNK, length);
      const chunk = rows.map((row, b) => {
        const part = cutRow(row, start, end, used[b]!, this.config);
        used[b]! += part.visualCount;
        return part.row;
      });
      const { logits } = await this.forward(cache, chunk, { logits: "last" });
      chunk.forEach((row, b) => {
        if (row.attended?.includes(true) ?? true)
          last.set(logits.data.subarray(b * vocab, (b + 1) * vocab), b * vocab);
      });
    }
    return float32([rows.length, vocab], last);
  }

  /**
   * One more token in every row.
   *
   * @param tokens one id per row; undefined for a row that has ended, which then stays as it is
   * @returns logits [B, V]
   */
  async step(cache: Cache, tokens: readonly (number | undefined)[]): Promise<Tensor<"float32">> {
    const rows = tokens.map((token, b): PromptRow => {
      const position = [cache.next[b]!];
      const axes: RowPositions["axes"] = [position, position, position];
      return { ids: [token ?? 0], positions: { axes }, attended: [token !== undefined] };
    });
    return (await this.forward(cache, rows, { logits: "last" })).logits;
  }

  /**
   * Several tokens behind the cache's only row, to see which of them the model would have chosen.
   *
   * @param tokens [S] text tokens
   * @returns logits behind each: [S, V]
   */
  async verify(cache: Cache, tokens: readonly number[]): Promise<Tensor<"float32">> {
    const places = tokens.map((_, s) => cache.next[0]! + s);
    const row: PromptRow = { ids: tokens, positions: { axes: [places, places, places] } };
    return (await this.forward(cache, [row], { logits: "all" })).logits;
  }

  /**
   * One pass over equally long rows; passes of other caches that wait at the same time run with it. Prefer `prefill` and
   * `step`; this one gives all logits.
   */
  async forward(cache: Cache, rows: readonly PromptRow[], wanted: Wanted): Promise<Passed> {
    checkRows(rows, cache, this.config);
    const { moe } = this.config;
    if (!cache.expertCounts || !moe) return this.scheduler.run({ cache, rows, wanted });
    const passed = await this.scheduler.run({ cache, rows, wanted: { ...wanted, router: true } });
    countChoices(cache.expertCounts, rows, passed.router, moe);
    return passed;
  }

  /**
   * Whether guesses save time now. Alone they nearly always do: a pass over nine tokens costs 1.4 times (small models) to
   * 2.1 times (the full size) one over one. In a run that passes of other caches share they are further rows for each,
   * right or wrong, and pay where all rows together are little arithmetic beside what any run costs.
   */
  get guessesPay(): boolean {
    const { company } = this.scheduler;
    return company <= 1 || company * rowWeights(this.config) <= LIGHT_RUN;
  }

  /** Free the sessions. The engine cannot be used afterwards. */
  async dispose(): Promise<void> {
    await Promise.all([this.vision.close(), this.decoder.close()]);
  }
}
