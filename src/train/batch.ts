/** @file Tokens, labels, pictures and videos of several records as the inputs of a training step. */

import type { ModelConfig } from "../model/config.ts";
import { causalMask, UNSEEN } from "../model/mask.ts";
import { type MediaGrid, positionIds, tokenCount } from "../model/positions.ts";
import { visionPositions, windowTensors } from "../model/windows.ts";
import type { Tensors } from "../runtime/program.ts";
import { float32, int64, type Tensor } from "../tensor/tensor.ts";

/** One picture, or one video. */
export interface Picture extends Omit<MediaGrid, "kind"> {
  /** An image when absent. */
  readonly kind?: MediaGrid["kind"];
  /** [t·h·w, C·t·p·p] */
  readonly pixelValues: Float32Array;
}

/** One record, padded on the right to the batch's length. */
export interface TrainingRow {
  /** [S] */
  readonly ids: readonly number[];
  /** [S] the token's own id where it is to be learnt, negative elsewhere. */
  readonly labels: readonly number[];
  /** [S] false for padding. */
  readonly attended: readonly boolean[];
  /** In token order. */
  readonly pictures: readonly Picture[];
}

/** Inputs of `objective` for a batch; only places whose next token has a label get logits. */
export function batchFeeds(rows: readonly TrainingRow[], config: ModelConfig): Tensors {
  const [batch, length] = [rows.length, rows[0]!.ids.length];
  const positions = rows.map(({ ids, pictures, attended }) => {
    const media = pictures.map((picture): MediaGrid => ({ kind: "image", ...picture }));
    return positionIds(ids, media, config, attended).axes;
  });
  const wanted = rows.flatMap(({ labels }, b) =>
    labels.flatMap((_, s) => {
      const label = labels[s + 1] ?? -100;
      return label >= 0 ? [{ row: b * length + s, label }] : [];
    }),
  );
  const pictures = rows.flatMap((row) => row.pictures);
  return {
    ids: int64(
      [batch, length],
      rows.flatMap(({ ids }) => ids),
    ),
    positions: int64(
      [3, batch, length],
      [0, 1, 2].flatMap((axis) => positions.flatMap((axes) => axes[axis]!)),
    ),
    mask: causalMask(
      rows.map(({ attended }) => ({ past: [], fresh: attended })),
      config.decoder.slidingWindow,
    ),
    ...(config.moe && {
      attended: float32(
        [batch * length],
        rows.flatMap(({ attended }) => attended.map(Number)),
      ),
    }),
    rows: int64(
      [wanted.length],
      wanted.map(({ row }) => row),
    ),
    labels: int64(
      [wanted.length],
      wanted.map(({ label }) => label),
    ),
    visual_rows: int64([batch, length], visualRows(rows, pictures, config)),
    ...pictureFeeds(pictures, config),
  };
}

/** Which visual token replaces which token, counting every frame as long as the longest. */
function visualRows(
  rows: readonly TrainingRow[],
  pictures: readonly Picture[],
  { tokens, vision }: ModelConfig,
): number[] {
  const counts = pictures.flatMap(({ grid: { t, h, w } }) =>
    Array<number>(t).fill(tokenCount({ t: 1, h, w }, vision.mergeSize)),
  );
  const stride = Math.max(1, ...counts);
  const places = counts.flatMap((count, frame) =>
    Array.from({ length: count }, (_, k) => frame * stride + k),
  );
  let next = 0;
  return rows.flatMap(({ ids, attended }) =>
    ids.map((id, s) =>
      attended[s] && (id === tokens.image || id === tokens.video) ? (places[next++] ?? -1) : -1,
    ),
  );
}

/** Frames below one another, filled up to the longest; one empty picture if there is none. */
function pictureFeeds(pictures: readonly Picture[], { vision }: ModelConfig): Record<string, Tensor> {
  const cell = vision.mergeSize;
  const all =
    pictures.length > 0 ? pictures : [{ pixelValues: new Float32Array(0), grid: { t: 1, h: cell, w: cell } }];
  const width = vision.channels * vision.temporalPatchSize * vision.patchSize ** 2;
  const frames = all.flatMap(({ grid: { t, h, w }, pixelValues }) => {
    const positions = visionPositions({ t: 1, h, w }, cell).data;
    return Array.from({ length: t }, (_, f) => ({
      count: h * w,
      positions,
      pixels: pixelValues.subarray(f * h * w * width, (f + 1) * h * w * width),
    }));
  });
  const longest = Math.max(...frames.map(({ count }) => count));
  const patches = new Float32Array(frames.length * longest * width);
  const places = new BigInt64Array(2 * frames.length * longest);
  const mask = new Float32Array(frames.length * longest * longest);
  frames.forEach(({ count, positions, pixels }, i) => {
    patches.set(pixels, i * longest * width);
    for (const axis of [0, 1])
      places.set(positions.subarray(axis * count, (axis + 1) * count), (axis * frames.length + i) * longest);
    for (let query = 0; query < longest; query++)
      mask.fill(UNSEEN, (i * longest + query) * longest + count, (i * longest + query + 1) * longest);
  });
  return {
    patches: float32([frames.length, longest, width], patches),
    patch_positions: { dtype: "int64", shape: [2, frames.length, longest], data: places },
    patch_mask: float32([frames.length, 1, longest, longest], mask),
    ...windowTensors(
      vision,
      all.map(({ grid }) => grid),
    ),
  };
}
