/** @file Small models with random sizes and weights, and prompts for them. Everything follows from a name. */

import { cacheAccumulators, Engine } from "../src/generate/engine.ts";
import { joined, type PromptRow } from "../src/generate/prompt_row.ts";
import type { Family, ModelConfig, VisionConfig } from "../src/model/config.ts";
import { decoderGraph } from "../src/model/decoder.ts";
import { parameterShapes } from "../src/model/parameters.ts";
import { type Grid, type MediaGrid, positionIds, tokenCount } from "../src/model/positions.ts";
import { visionGraph } from "../src/model/vision.ts";
import type { CacheStorage } from "../src/nn/cache_rows.ts";
import type { LowerOptions } from "../src/onnx/lower.ts";
import type { Tensor } from "../src/tensor/tensor.ts";
import { compile, type Weights } from "./execute.ts";
import { noise, pick, uniform, weight } from "./prng.ts";

/** A model of odd widths. Head sizes are even and visual ones multiples of four, as rotary positions need. */
export function randomConfig(name: string, family: Family): ModelConfig {
  const int = (what: string, low: number, high: number) => pick(`${name}/${what}`, low, high);
  const odd = (what: string, low: number, high: number) => 2 * int(what, low, high) + 1;
  const kvHeads = int("kvHeads", 1, 2);
  const half = int("half head", 2, 5);
  const temporal = int("temporal", 0, half);
  const height = int("height", 0, half - temporal);
  const experts = int("experts", 1, 6);
  const hiddenDim = odd("hidden", 4, 10);
  const vocabSize = odd("vocab", 15, 30);
  return {
    family,
    decoder: {
      vocabSize,
      hiddenDim,
      mlpDim: odd("mlp", 3, 9),
      layers: int("layers", 1, 3),
      heads: kvHeads * int("group", 1, 3),
      kvHeads,
      headDim: 2 * half,
      rmsEps: 1e-6,
      ropeTheta: 1e4,
      mropeSection: [temporal, height, half - temporal - height],
      maxPositions: 2048,
      slidingWindow: null,
      tiedHead: int("tied", 0, 1) === 1,
    },
    vision: randomVision(name, family, hiddenDim),
    moe:
      family === "echovlm"
        ? {
            experts,
            topK: int("topK", 1, experts),
            expertDim: odd("expert", 1, 6),
            sharedDim: odd("shared", 1, 6),
            normTopK: int("norm", 0, 1) === 1,
          }
        : null,
    tokens: {
      image: vocabSize - 1,
      video: vocabSize - 2,
      visionStart: vocabSize - 3,
      visionEnd: vocabSize - 4,
    },
  };
}

function randomVision(name: string, family: Family, outDim: number): VisionConfig {
  const int = (what: string, low: number, high: number) => pick(`${name}/vision ${what}`, low, high);
  const heads = int("heads", 1, 3);
  const depth = int("depth", 1, 3);
  const [patchSize, mergeSize] = [int("patch", 1, 3), int("merge", 1, 3)];
  return {
    depth,
    embedDim: heads * 4 * int("head", 1, 2),
    outDim,
    heads,
    mlpDim: 2 * int("mlp", 3, 9) + 1,
    channels: 3,
    patchSize,
    temporalPatchSize: int("temporal", 1, 2),
    mergeSize,
    window:
      family === "qwen2.5-vl"
        ? {
            sizePx: int("window", 1, 2) * patchSize * mergeSize,
            fullBlocks: Array.from({ length: depth }, (_, i) => i).filter(
              (i) => int(`full ${i}`, 0, 1) === 1,
            ),
          }
        : null,
    tokensPerSecond: family === "qwen2.5-vl" ? int("rate", 1, 4) : null,
  };
}

/** Every weight a model needs; `salt` makes another model of the same sizes. */
export const weightsOf = (config: ModelConfig, salt = ""): Map<string, Tensor<"float32">> =>
  new Map([...parameterShapes(config)].map(([name, shape]) => [name, weight(name, shape, salt)]));

/** The model, ready to run. */
export async function openEngine(
  config: ModelConfig,
  weights: Weights,
  { cache = "float32", ...options }: Partial<LowerOptions> & { cache?: CacheStorage } = {},
): Promise<Engine> {
  const chosen = { kernels: "fused", storage: "float32", ...options } as const;
  const [vision, decoder] = await Promise.all([
    compile(visionGraph(config.vision).outputs, weights, chosen),
    compile(decoderGraph(config, cache).outputs, weights, chosen, cacheAccumulators(config, cache)),
  ]);
  return new Engine(config, { vision, decoder });
}

/** A picture or film of noise, as the processor would give it. */
export const randomPixels = (
  name: string,
  { channels, patchSize, temporalPatchSize }: VisionConfig,
  grid: Grid,
) => noise(name, [grid.t * grid.h * grid.w, channels * temporalPatchSize * patchSize ** 2], 1.5);

/** A part of a prompt: a number of text tokens, or a picture or film so many merge cells high and wide. */
export type Part = number | { kind: "image" | "video"; cells: readonly [high: number, wide: number] };

/** A prompt of random text and noise. */
export async function randomRow(engine: Engine, name: string, parts: readonly Part[]): Promise<PromptRow> {
  const { vision, tokens } = engine.config;
  const ids: number[] = [];
  const media: MediaGrid[] = [];
  const seen: Float32Array[] = [];
  for (const [n, part] of parts.entries()) {
    if (typeof part === "number") {
      ids.push(...uniform(`${name} text ${n}`, part).map((u) => Math.floor(u * tokens.visionEnd)));
      continue;
    }
    const [h, w] = part.cells.map((cells) => cells * vision.mergeSize) as [number, number];
    const grid = { t: part.kind === "video" ? 2 : 1, h, w };
    media.push({ kind: part.kind, grid });
    seen.push(await engine.see(randomPixels(`${name} pixels ${n}`, vision, grid), grid));
    ids.push(tokens.visionStart);
    ids.push(...Array<number>(tokenCount(grid, vision.mergeSize)).fill(tokens[part.kind]), tokens.visionEnd);
  }
  const positions = positionIds(ids, media, engine.config);
  return { ids, positions, ...(seen.length > 0 && { visual: joined(seen) }) };
}

/** A small model with a context of more than one chunk. */
export const longConfig = (): ModelConfig => {
  const config = randomConfig("long", "echovlm");
  return { ...config, decoder: { ...config.decoder, layers: 1, maxPositions: 640 } };
};
