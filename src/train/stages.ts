/** @file The paper's training stages: which parameters change, by their path. */

/** Everything of the sparse path: routers, experts, shared experts with their gates, and the mixing coefficients. */
export const isSparse = (name: string): boolean => /\.(moe|coefficient)\./.test(name);

/** The projector's two linear layers, without its norm. */
const isMergerMlp = (name: string): boolean => name.startsWith("visual.merger.mlp.");

/** Linear layers of the vision blocks, the projector, and the language attention. @see spec 4.0, stage II */
const stage2Paths =
  /^visual\.blocks\.\d+\.(attn\.(qkv|proj)|mlp\.(fc1|fc2|gate_proj|up_proj|down_proj))$|^visual\.merger\.mlp\.[02]$|^model\.layers\.\d+\.self_attn\.[qkvo]_proj$/;

/** Linear layers of a dense model's decoder as well. */
const densePaths = /^model\.layers\.\d+\.mlp\.(gate|up|down)_proj$/;

/** What a stage trains. */
export interface Stage {
  /** Whether a parameter is trained whole. */
  readonly trainable: (name: string) => boolean;
  /** Whether the linear layer at a path gets a low-rank update. */
  readonly adapts: (path: string) => boolean;
}

const never = () => false;

/** Stages by the name a recipe gives them. */
export const stages = {
  /** Only the new parts. */
  stage1: { trainable: isSparse, adapts: never },
  /** The new parts and the projector's MLP, as the released code does it. */
  "stage1-merger": { trainable: (name: string) => isSparse(name) || isMergerMlp(name), adapts: never },
  /** The new parts whole; low-rank updates for vision blocks, projector and language attention. */
  stage2: { trainable: isSparse, adapts: (path: string) => stage2Paths.test(path) },
  /** Everything. */
  full: { trainable: () => true, adapts: never },
  /** Low-rank updates of a dense model: as stage 2, and its MLPs. */
  "dense-lora": {
    trainable: never,
    adapts: (path: string) => stage2Paths.test(path) || densePaths.test(path),
  },
} as const satisfies Record<string, Stage>;
export type StageName = keyof typeof stages;
