/** @file What a checkpoint's config.json says, in the project's terms. Parsed by `parse_config.ts`. */

import type { Quantisation } from "./quantisation.ts";

/** Which member of the family a checkpoint is; decides layers, positions and defaults. */
export type Family = "echovlm" | "qwen2-vl" | "qwen2.5-vl";

/** Vision tower and patch merger. */
export interface VisionConfig {
  readonly depth: number;
  /** Width of a patch embedding. */
  readonly embedDim: number;
  /** Width after the merger: the decoder's hidden size. */
  readonly outDim: number;
  readonly heads: number;
  /** Width of the block MLP. */
  readonly mlpDim: number;
  readonly channels: number;
  /** Pixels along one side of a patch. */
  readonly patchSize: number;
  /** Frames in one patch. */
  readonly temporalPatchSize: number;
  /** Patches along one side of a merge cell; a cell becomes one visual token. */
  readonly mergeSize: number;
  /** Windowed attention of Qwen2.5-VL: window side in pixels, and the blocks that attend to everything. */
  readonly window: { readonly sizePx: number; readonly fullBlocks: readonly number[] } | null;
  /** Temporal positions per second of video (Qwen2.5-VL); null: one per temporal patch. */
  readonly tokensPerSecond: number | null;
}

/** The sparse path beside every dense MLP. */
export interface MoeConfig {
  readonly experts: number;
  readonly topK: number;
  readonly expertDim: number;
  readonly sharedDim: number;
  /** Whether the top-k router probabilities are divided by their sum. */
  readonly normTopK: boolean;
}

/** Language decoder. */
export interface DecoderConfig {
  readonly vocabSize: number;
  readonly hiddenDim: number;
  readonly mlpDim: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly rmsEps: number;
  readonly ropeTheta: number;
  /** How many rotary frequencies use the temporal, height and width axis, in turn; sums to headDim / 2. */
  readonly mropeSection: readonly number[];
  /** Longest context in tokens. */
  readonly maxPositions: number;
  /** Keys farther back than this are not seen; null: all are. */
  readonly slidingWindow: number | null;
  /** Whether the head shares the embedding table. */
  readonly tiedHead: boolean;
}

/** Token ids with a meaning for the model itself. */
export interface SpecialTokens {
  readonly image: number;
  readonly video: number;
  readonly visionStart: number;
  readonly visionEnd: number;
}

export interface ModelConfig {
  readonly family: Family;
  readonly decoder: DecoderConfig;
  readonly vision: VisionConfig;
  /** null for the dense families. */
  readonly moe: MoeConfig | null;
  readonly tokens: SpecialTokens;
  /** How weights are kept in few bits; absent for a float checkpoint. */
  readonly quantisation?: Quantisation;
}
