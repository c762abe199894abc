/** @file One batch row of a prompt: its tokens, positions and pictures, and what makes rows fit a cache. */

import { RequestError } from "../errors.ts";
import type { ModelConfig } from "../model/config.ts";
import type { RowPositions } from "../model/positions.ts";
import type { Cache } from "./engine.ts";

/** Tokens of one batch row, all rows equally long. */
export interface PromptRow {
  /** [S] token ids, padding included. */
  readonly ids: readonly number[];
  readonly positions: Pick<RowPositions, "axes">;
  /** Visual tokens [n, D], in the order of the row's image and video tokens. */
  readonly visual?: Float32Array;
  /** [S] false for padding; all true if absent. */
  readonly attended?: readonly boolean[];
}

/** Which tokens are replaced by a visual one. */
export const takesVisual = ({ ids, visual, attended }: PromptRow, { tokens }: ModelConfig): boolean[] =>
  ids.map(
    (id, s) =>
      visual !== undefined && attended?.[s] !== false && (id === tokens.image || id === tokens.video),
  );

/**
 * Refuse rows that do not fit each other, the cache, the model's context or their pictures.
 *
 * @throws RequestError naming every problem
 */
export function checkRows(rows: readonly PromptRow[], cache: Cache, config: ModelConfig): void {
  const { batch } = cache.state;
  const lengths = rows.map(({ ids }) => ids.length);
  if (rows.length !== batch || lengths.some((length) => length !== lengths[0]) || lengths[0] === 0)
    throw new RequestError("batch", `expected ${batch} rows of equal length, got ${lengths}`);
  const problems = rows.flatMap((row, b) => rowProblems(row, `row ${b}`, config));
  if (problems.length > 0) throw new RequestError("prompt", problems);
  const tokens = rows.map(
    ({ attended }, b) => countTrue(cache.attended[b]!) + (attended ? countTrue(attended) : lengths[b]!),
  );
  const most = Math.max(...tokens);
  if (most > config.decoder.maxPositions) throw contextExceeded(most, config.decoder.maxPositions);
}

function rowProblems(row: PromptRow, where: string, config: ModelConfig): string[] {
  const { ids, attended, visual } = row;
  const { vocabSize, hiddenDim } = config.decoder;
  const problems: string[] = [];
  const stray = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (stray !== undefined)
    problems.push(`${where}: expected token ids from 0 to ${vocabSize - 1}, got ${stray}`);
  const lengths = [...row.positions.axes, ...(attended ? [attended] : [])].map(({ length }) => length);
  if (lengths.some((length) => length !== ids.length))
    problems.push(`${where}: expected ${ids.length} positions and padding marks, got ${lengths.join(", ")}`);
  const [given, places] = [(visual?.length ?? 0) / hiddenDim, countTrue(takesVisual(row, config))];
  if (given !== places)
    problems.push(`${where}: expected as many visual tokens as places for them, got ${given} for ${places}`);
  return problems;
}

/** Tokens start..end−1 of a row, with the visual tokens that belong to them; `used` were taken before. */
export function cutRow(
  row: PromptRow,
  start: number,
  end: number,
  used: number,
  config: ModelConfig,
): { row: PromptRow; visualCount: number } {
  const ids = row.ids.slice(start, end);
  const attended = row.attended?.slice(start, end);
  const [t, h, w] = row.positions.axes.map((axis) => axis.slice(start, end)) as [
    number[],
    number[],
    number[],
  ];
  const cut = {
    ids,
    positions: { axes: [t, h, w] },
    ...(attended && { attended }),
    ...(row.visual && { visual: row.visual }),
  } satisfies PromptRow;
  const visualCount = countTrue(takesVisual(cut, config));
  const dim = config.decoder.hiddenDim;
  const visual = row.visual?.subarray(used * dim, (used + visualCount) * dim);
  return { row: { ...cut, ...(visual && { visual }) }, visualCount };
}

const countTrue = (values: readonly boolean[]): number =>
  values.reduce((count, value) => count + Number(value), 0);

/** Arrays one after another. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The error for a prompt that leaves no room in the model's context. */
export const contextExceeded = (tokens: number, most: number): RequestError =>
  new RequestError(
    "prompt",
    `expected at most ${most} tokens of context, got ${tokens}`,
    "shorten the text, send fewer pictures or lower the pixel budget",
  );
