/** @file Runs a model: pictures to visual tokens, tokens to logits. Everything a request needs is in its own cache. */

import type { ModelConfig } from "../model/config.ts";
import { cacheNames, routerName } from "../model/decoder.ts";
import { causalMask } from "../model/mask.ts";
import { type Grid, type RowPositions, tokenCount } from "../model/positions.ts";
import { visionPositions, windowTensors } from "../model/windows.ts";
import type { Accumulator, Program, State, Tensors } from "../runtime/program.ts";
import { float32, int64, type Tensor } from "../tensor/tensor.ts";
import { checkRows, cutRow, joined, type PromptRow, takesVisual } from "./prompt_row.ts";

/** What a sequence of forward passes has seen so far. */
export interface Cache {
  readonly state: State;
  /** Per row, which of the cached places hold a token rather than padding. */
  readonly attended: boolean[][];
  /** Per row, the position that the next token gets on all axes. */
  readonly next: number[];
}

/** Which results of a pass to bring back. */
export interface Wanted {
  /** Logits of every token, or of each row's last one. */
  readonly logits: "all" | "last";
  /** Also the router's logits of every token. */
  readonly router?: boolean;
}

export interface Passed {
  /** [B·S, V] or [B, V]. */
  readonly logits: Tensor<"float32">;
  /** Per layer [B·S, E]; empty without experts or when not wanted. */
  readonly router: readonly Tensor<"float32">[];
}

/** The cache inputs of the decoder graph and the outputs that they accumulate. */
export const cacheAccumulators = ({ decoder: { layers, kvHeads, headDim } }: ModelConfig): Accumulator[] =>
  Array.from({ length: layers }, (_, i) => cacheNames(i)).flatMap(({ past, present }) => [
    { input: past.k, output: present.k, shape: [kvHeads, headDim] },
    { input: past.v, output: present.v, shape: [kvHeads, headDim] },
  ]);

/** Tokens in one pass at most: bounds the memory of attention scores and the wait for a cancellation. */
const CHUNK = 512;

export class Engine {
  readonly config: ModelConfig;
  private readonly vision: Program;
  private readonly decoder: Program;

  constructor(config: ModelConfig, programs: { vision: Program; decoder: Program }) {
    this.config = config;
    this.vision = programs.vision;
    this.decoder = programs.decoder;
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

  openCache(batch: number): Cache {
    return {
      state: this.decoder.openState(batch),
      attended: Array.from({ length: batch }, () => []),
      next: Array<number>(batch).fill(0),
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

  /** One pass over equally long rows. Prefer `prefill` and `step`; this one gives all logits. */
  async forward(cache: Cache, rows: readonly PromptRow[], wanted: Wanted): Promise<Passed> {
    const { decoder, moe } = this.config;
    checkRows(rows, cache, this.config);
    const length = rows[0]!.ids.length;
    const fresh = rows.map(({ attended }) => attended ?? Array<boolean>(length).fill(true));
    const feeds = this.feeds(cache, rows, fresh, wanted);
    const routers =
      moe && wanted.router ? Array.from({ length: decoder.layers }, (_, i) => routerName(i)) : [];
    const results = await this.decoder.run(feeds, ["logits", ...routers], {
      state: cache.state,
      rows: length,
    });
    rows.forEach((row, b) => {
      cache.attended[b]!.push(...fresh[b]!);
      row.ids.forEach((_, s) => {
        if (fresh[b]![s])
          cache.next[b] = Math.max(cache.next[b]!, ...row.positions.axes.map((axis) => axis[s]! + 1));
      });
    });
    return {
      logits: results.logits as Tensor<"float32">,
      router: routers.map((name) => results[name] as Tensor<"float32">),
    };
  }

  private feeds(
    cache: Cache,
    rows: readonly PromptRow[],
    fresh: readonly (readonly boolean[])[],
    wanted: Wanted,
  ): Tensors {
    const { decoder } = this.config;
    const [batch, length] = [rows.length, rows[0]!.ids.length];
    const { capacity } = cache.state;
    const past = cache.attended.map((row) => Array.from({ length: capacity }, (_, p) => row[p] ?? false));
    const { visual, visualRows } = this.visualInputs(rows);
    const wantedRows =
      wanted.logits === "all"
        ? Array.from({ length: batch * length }, (_, n) => n)
        : fresh.map((row, b) => b * length + Math.max(row.lastIndexOf(true), 0));
    return {
      ids: int64(
        [batch, length],
        rows.flatMap(({ ids }) => ids),
      ),
      visual,
      visual_rows: int64([batch, length], visualRows),
      positions: int64(
        [3, batch, length],
        [0, 1, 2].flatMap((a) => rows.flatMap((row) => row.positions.axes[a]!)),
      ),
      mask: causalMask(
        rows.map((_, b) => ({ past: past[b]!, fresh: fresh[b]! })),
        decoder.slidingWindow,
      ),
      rows: int64([wantedRows.length], wantedRows),
    };
  }

  /** All rows' visual tokens one after another, and which of them replaces which token. */
  private visualInputs(rows: readonly PromptRow[]): { visual: Tensor<"float32">; visualRows: number[] } {
    const dim = this.config.decoder.hiddenDim;
    let count = 0;
    const visualRows = rows.flatMap((row) =>
      takesVisual(row, this.config).map((takes) => (takes ? count++ : -1)),
    );
    // The graph wants at least one row; nothing points at it when there is no picture.
    const data = count > 0 ? joined(rows.flatMap((row) => row.visual ?? [])) : new Float32Array(dim);
    return { visual: float32([Math.max(count, 1), dim], data), visualRows };
  }

  /** Free the sessions. The engine cannot be used afterwards. */
  async dispose(): Promise<void> {
    await Promise.all([this.vision.close(), this.decoder.close()]);
  }
}
