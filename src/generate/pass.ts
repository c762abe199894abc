/** @file One pass of the decoder over the next tokens of one or several caches: what goes in, and whose what comes out is. */

import type { ModelConfig } from "../model/config.ts";
import { routerName } from "../model/decoder.ts";
import { causalMask } from "../model/mask.ts";
import { type Program, sharedCapacity, type Tensors } from "../runtime/program.ts";
import { float32, int64, type Tensor } from "../tensor/tensor.ts";
import type { Cache } from "./engine.ts";
import { joined, type PromptRow, takesVisual } from "./prompt_row.ts";

/** Which results of a pass to bring back. */
export interface Wanted {
  /** Logits of every token, or of each row's last one. */
  readonly logits: "all" | "last";
  /** Also the router's logits of every token. */
  readonly router?: boolean;
}

/** The next tokens of one cache. */
export interface Pass {
  readonly cache: Cache;
  /** One per batch row of the cache, equally long. */
  readonly rows: readonly PromptRow[];
  readonly wanted: Wanted;
}

export interface Passed {
  /** [B·S, V] or [B, V]. */
  readonly logits: Tensor<"float32">;
  /** Per layer [B·S, E]; empty without experts or when not wanted. */
  readonly router: readonly Tensor<"float32">[];
}

/** Tokens in each row of a pass. */
export const lengthOf = ({ rows }: Pass): number => rows[0]!.ids.length;

/**
 * Run passes of different caches as the rows of one batch. Shorter ones are padded on the right; padding is neither
 * seen nor kept, so each pass gives what it gives alone, up to rounding.
 *
 * @param passes checked rows (`checkRows`); one that wants the router runs alone
 * @returns the results of each pass, whose cache then holds its tokens
 */
export async function runPasses(
  decoder: Program,
  config: ModelConfig,
  passes: readonly Pass[],
): Promise<Passed[]> {
  const routers =
    config.moe && passes[0]?.wanted.router
      ? Array.from({ length: config.decoder.layers }, (_, i) => routerName(i))
      : [];
  const results = await decoder.run(
    feedsOf(passes, config),
    ["logits", ...routers],
    passes.map((pass) => ({ state: pass.cache.state, rows: lengthOf(pass) })),
  );
  passes.forEach(remember);
  const logits = results.logits as Tensor<"float32">;
  const vocab = config.decoder.vocabSize;
  let start = 0;
  return passes.map((pass) => {
    const count = wantedPlaces(pass).length;
    const own = logits.data.subarray(start * vocab, (start + count) * vocab);
    start += count;
    return {
      logits: float32([count, vocab], own),
      router: routers.map((name) => results[name] as Tensor<"float32">),
    };
  });
}

/** Which tokens of a row exist. */
export const freshOf = ({ ids, attended }: PromptRow): readonly boolean[] =>
  attended ?? Array<boolean>(ids.length).fill(true);

/** Row and place of the tokens that get logits. */
const wantedPlaces = ({ rows, wanted }: Pass): [row: number, place: number][] =>
  rows.flatMap((row, b) =>
    wanted.logits === "all"
      ? row.ids.map((_, s): [number, number] => [b, s])
      : [[b, Math.max(freshOf(row).lastIndexOf(true), 0)] satisfies [number, number]],
  );

function feedsOf(passes: readonly Pass[], config: ModelConfig): Tensors {
  const length = Math.max(...passes.map(lengthOf));
  const capacity = sharedCapacity(passes.map(({ cache }) => cache.state));
  const padded = <T>(values: readonly T[], filler: T): readonly T[] =>
    values.length === length ? values : [...values, ...Array<T>(length - values.length).fill(filler)];
  const rows = passes.flatMap(({ rows }) => rows);
  const batch = rows.length;
  const seen = passes.flatMap(({ cache, rows }) =>
    rows.map((row, b) => ({
      past: Array.from({ length: capacity }, (_, p) => cache.attended[b]![p] ?? false),
      fresh: padded(freshOf(row), false),
    })),
  );
  const { visual, visualRows } = visualInputs(rows, config);
  let above = 0;
  const wantedRows = passes.flatMap((pass) => {
    const first = above;
    above += pass.rows.length;
    return wantedPlaces(pass).map(([b, s]) => (first + b) * length + s);
  });
  return {
    ids: int64(
      [batch, length],
      rows.flatMap(({ ids }) => padded(ids, 0)),
    ),
    visual,
    visual_rows: int64(
      [batch, length],
      visualRows.flatMap((row) => padded(row, -1)),
    ),
    positions: int64(
      [3, batch, length],
      [0, 1, 2].flatMap((a) => rows.flatMap((row) => padded(row.positions.axes[a]!, 1))),
    ),
    mask: causalMask(seen, config.decoder.slidingWindow),
    rows: int64([wantedRows.length], wantedRows),
  };
}

/** All rows' visual tokens one after another, and which of them replaces which token. */
function visualInputs(
  rows: readonly PromptRow[],
  config: ModelConfig,
): { visual: Tensor<"float32">; visualRows: number[][] } {
  const dim = config.decoder.hiddenDim;
  let count = 0;
  const visualRows = rows.map((row) => takesVisual(row, config).map((takes) => (takes ? count++ : -1)));
  // The graph wants at least one row; nothing points at it when there is no picture.
  const data = count > 0 ? joined(rows.flatMap((row) => row.visual ?? [])) : new Float32Array(dim);
  return { visual: float32([Math.max(count, 1), dim], data), visualRows };
}

/** The cache now holds the tokens. */
function remember({ cache, rows }: Pass): void {
  rows.forEach((row, b) => {
    const fresh = freshOf(row);
    cache.attended[b]!.push(...fresh);
    row.ids.forEach((_, s) => {
      if (fresh[s])
        cache.next[b] = Math.max(cache.next[b]!, ...row.positions.axes.map((axis) => axis[s]! + 1));
    });
  });
}
