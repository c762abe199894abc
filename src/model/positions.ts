/** @file Three-axis position ids of text, images and videos, as a pure function of the tokens. */

import { RequestError } from "../errors.ts";
import type { ModelConfig } from "./config.ts";

/** Temporal patches, patch rows and patch columns of an image or video. */
export interface Grid {
  readonly t: number;
  readonly h: number;
  readonly w: number;
}

/** An image or video, in the order of its tokens in the prompt. */
export interface MediaGrid {
  readonly kind: "image" | "video";
  readonly grid: Grid;
  /** Seconds that one temporal patch of a video lasts; used by Qwen2.5-VL only, 1 if absent. */
  readonly secondsPerPatch?: number;
}

/** Positions of one row and how far the next token's position is from the row's length. */
export interface RowPositions {
  /** [3][S]: temporal, height, width. */
  readonly axes: readonly [number[], number[], number[]];
  /** Largest position + 1 − S: a token appended at place n gets position n + delta on all axes. */
  readonly delta: number;
}

/** Visual tokens that a grid becomes. */
export const tokenCount = ({ t, h, w }: Grid, mergeSize: number): number => (t * h * w) / mergeSize ** 2;

/**
 * Position ids of one row.
 *
 * Text advances all three axes together. The tokens of an image or video share the next free position as origin
 * and add their temporal, row and column index; text goes on behind the largest position used.
 *
 * @param ids [S] token ids, padding included
 * @param media grids of this row's images and videos, in token order
 * @param attended [S] false for padding, which gets position 1; all true if absent
 * @throws RequestError when the visual tokens do not match the grids, or a grid has no whole merge cells
 * @see spec 1.3
 */
export function positionIds(
  ids: readonly number[],
  media: readonly MediaGrid[],
  config: Pick<ModelConfig, "tokens" | "vision">,
  attended?: readonly boolean[],
): RowPositions {
  const { tokens, vision } = config;
  const axes: [number[], number[], number[]] = [[], [], []];
  for (const axis of axes) axis.length = ids.length;
  for (const axis of axes) axis.fill(1);
  const places = ids.flatMap((_, place) => (attended?.[place] === false ? [] : [place]));
  const queue = [...media];
  for (const [n, { kind, grid }] of media.entries())
    if (grid.h % vision.mergeSize !== 0 || grid.w % vision.mergeSize !== 0)
      throw new RequestError(
        `medium ${n + 1}`,
        `expected the ${kind}'s grid to be a multiple of ${vision.mergeSize} high and wide, got ${grid.t}x${grid.h}x${grid.w}`,
      );
  let largest = -1;

  const assign = (place: number, values: readonly [number, number, number]) => {
    for (const [axis, value] of values.entries()) axes[axis]![place] = value;
    largest = Math.max(largest, ...values);
  };
  for (let at = 0; at < places.length; ) {
    const id = ids[places[at]!];
    const kind = id === tokens.image ? "image" : id === tokens.video ? "video" : undefined;
    if (kind === undefined) {
      const next = largest + 1;
      assign(places[at]!, [next, next, next]);
      at += 1;
      continue;
    }
    const item = queue.shift();
    const count = item ? tokenCount(item.grid, vision.mergeSize) : 0;
    const span = places.slice(at, at + count);
    if (!item || item.kind !== kind || span.length < count || span.some((place) => ids[place] !== id))
      throw new RequestError(
        `prompt, token ${places[at]}`,
        item
          ? `expected ${count} ${item.kind} tokens for a grid of ${item.grid.t}x${item.grid.h}x${item.grid.w}, got others`
          : `expected no more ${kind} tokens, since every ${kind} given is used up`,
      );
    const origin = largest + 1;
    // Temporal positions of one temporal patch; a picture has only one.
    const rate = vision.tokensPerSecond === null ? 1 : (item.secondsPerPatch ?? 1) * vision.tokensPerSecond;
    const [rows, columns] = [item.grid.h / vision.mergeSize, item.grid.w / vision.mergeSize];
    span.forEach((place, k) => {
      const frame = Math.floor(k / (rows * columns));
      const row = Math.floor(k / columns) % rows;
      assign(place, [origin + Math.trunc(frame * rate), origin + row, origin + (k % columns)]);
    });
    at += count;
  }
  if (queue.length > 0)
    throw new RequestError(
      "prompt",
      `expected tokens for ${media.length} images and videos, ${queue.length} have none`,
    );
  return { axes, delta: largest + 1 - ids.length };
}
