/** @file Whether a model gives the reference's numbers: runs every case of a golden folder and compares. */

import { CheckpointError } from "../errors.ts";
import type { Model } from "../generate/model.ts";
import { preparePrompt } from "../generate/prepare.ts";
import { joined } from "../generate/prompt_row.ts";
import { chooseToken } from "../generate/sampling.ts";
import type { Sampling } from "../generate/settings.ts";
import { float32, int64, type Tensor } from "../tensor/tensor.ts";
import { type Golden, type GoldenCase, goldenMessages } from "./golden.ts";

/** Largest difference allowed per quantity; 0 means exact. @see the golden format's README */
export const tolerances = {
  prompt_tokens: 0,
  rope_delta: 0,
  input_ids: 0,
  image_grid_thw: 0,
  position_ids: 0,
  pixel_values: 1e-6,
  vision: 2e-4,
  logits: 2e-4,
  top1_last: 0,
  router_logits: 2e-4,
  greedy_ids: 0,
  greedy_logits: 2e-4,
  greedy_text: 0,
} as const;
export type Quantity = keyof typeof tolerances;

/** How one quantity of one case compares. */
export interface Comparison<Q extends string = string> {
  readonly case: string;
  readonly quantity: Q;
  /** Largest absolute difference; Infinity where shapes differ or a number is not finite. */
  readonly difference: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

const greedy: Sampling = { temperature: 0, topK: null, topP: 1, repetitionPenalty: 1 };

/**
 * Run the cases of a golden folder.
 *
 * @param folder where the cases' images are
 * @param tolerance allowed in place of each inexact quantity's own
 * @throws InputError when a case cannot be run at all, or has no logits to compare with
 */
export async function* verify(
  model: Model,
  golden: Golden,
  folder: string,
  tolerance?: number,
): AsyncGenerator<Comparison<Quantity>> {
  for (const goldenCase of golden.cases) {
    if ((await golden.expected(goldenCase.name, "logits")) === undefined)
      throw new CheckpointError(
        folder,
        `case ${goldenCase.name}: expected ${goldenCase.name}/logits in expected.safetensors, found none`,
      );
    const computed = await compute(model, golden, folder, goldenCase);
    for (const quantity of Object.keys(tolerances) as Quantity[]) {
      const wanted = await reference(golden, goldenCase, quantity);
      if (wanted === undefined) continue;
      const allowed = tolerances[quantity] === 0 ? 0 : (tolerance ?? tolerances[quantity]);
      const difference = distance(computed[quantity], wanted);
      const passed = difference <= allowed;
      yield { case: goldenCase.name, quantity, difference, tolerance: allowed, passed };
    }
  }
}

type Result = Tensor | number | string;

/** What the reference gives for a quantity: from the JSON if it is a single value, else from the tensors. */
async function reference(
  golden: Golden,
  goldenCase: GoldenCase,
  quantity: Quantity,
): Promise<Result | undefined> {
  switch (quantity) {
    case "prompt_tokens":
    case "rope_delta":
    case "top1_last":
    case "greedy_text":
      return goldenCase[quantity];
    default:
      return golden.expected(goldenCase.name, quantity);
  }
}

async function compute(
  { engine, processor, defaults }: Model,
  golden: Golden,
  folder: string,
  goldenCase: GoldenCase,
): Promise<Partial<Record<Quantity, Result>>> {
  const { decoder, moe } = engine.config;
  const pixels = {
    ...(goldenCase.min_pixels != null && { minPixels: goldenCase.min_pixels }),
    ...(goldenCase.max_pixels != null && { maxPixels: goldenCase.max_pixels }),
  };
  const prompt = await preparePrompt(goldenMessages(folder, goldenCase), processor, engine.config, pixels);
  const seen: Float32Array[] = [];
  for (const { media } of prompt.media) seen.push(await engine.see(media.pixelValues, media.grid));
  const visual = joined(seen);
  const length = prompt.ids.length;
  const cache = engine.openCache(1);
  try {
    const row = { ids: prompt.ids, positions: prompt.positions, visual };
    const { logits, router } = await engine.forward(cache, [row], { logits: "all", router: true });
    const last = logits.data.subarray((length - 1) * decoder.vocabSize);
    const steps = (await golden.expected(goldenCase.name, "greedy_ids"))?.data.length ?? 0;
    const ids: number[] = [];
    const stepLogits: Float32Array[] = [];
    for (let next = last; ids.length < steps; ) {
      const id = chooseToken(next, new Set(), greedy, () => 0);
      ids.push(id);
      stepLogits.push(next);
      if (defaults.endTokens.includes(id) || ids.length === steps) break;
      next = (await engine.step(cache, [id])).data;
    }
    const grids = prompt.media.flatMap(({ media: { grid } }) => [grid.t, grid.h, grid.w]);
    const patches = prompt.media.map(({ media }) => media.pixelValues);
    return {
      prompt_tokens: length,
      rope_delta: prompt.positions.delta,
      input_ids: int64([length], prompt.ids),
      image_grid_thw: int64([grids.length / 3, 3], grids),
      position_ids: int64([3, length], prompt.positions.axes.flat()),
      pixel_values: stack(patches),
      vision: float32([visual.length / decoder.hiddenDim, decoder.hiddenDim], visual),
      logits,
      top1_last: chooseToken(last, new Set(), greedy, () => 0),
      ...(moe && { router_logits: float32([decoder.layers, length, moe.experts], stack(router).data) }),
      greedy_ids: int64([ids.length], ids),
      greedy_logits: float32([ids.length, decoder.vocabSize], joined(stepLogits)),
      greedy_text: processor.tokenizer.decode(ids, { skipSpecial: true }),
    };
  } finally {
    await engine.closeCache(cache);
  }
}

/** Tensors of equal width below one another. */
function stack(tensors: readonly Tensor<"float32">[]): Tensor<"float32"> {
  const width = tensors[0]?.shape.at(-1) ?? 1;
  const data = joined(tensors.map((tensor) => tensor.data));
  return float32([data.length / width, width], data);
}

/** Largest absolute difference; Infinity where kinds or shapes differ or a number is not finite. */
export function distance(computed: Result | undefined, wanted: Result): number {
  if (typeof wanted === "string") return computed === wanted ? 0 : Number.POSITIVE_INFINITY;
  if (typeof wanted === "number")
    return typeof computed === "number" ? Math.abs(computed - wanted) : Number.POSITIVE_INFINITY;
  if (typeof computed !== "object" || computed.shape.join() !== wanted.shape.join())
    return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < wanted.data.length; i++) {
    const difference = Math.abs(Number(computed.data[i]) - Number(wanted.data[i]));
    worst = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(worst, difference);
  }
  return worst;
}
