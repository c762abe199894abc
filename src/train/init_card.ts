/** @file The model cards of checkpoints before their training. */

import { describeCheckpoint } from "../checkpoint/inspect.ts";
import { type CardSection, fieldTable, type ModelCard } from "../checkpoint/model_card.ts";
import { RESEARCH_NOTICE } from "../generate/answer.ts";
import type { ModelConfig } from "../model/config.ts";
import { parameterShapes } from "../model/parameters.ts";
import { defaultImageConfig } from "../processor/image_config.ts";
import type { FreshOptions } from "./fresh_checkpoint.ts";
import type { SparseOptions, SparseStart } from "./sparse_start.ts";
import type { TokenizerSource } from "./tokenizer_source.ts";

const metadata = (license: string) => ({
  license,
  language: ["zh", "en"],
  pipeline_tag: "image-text-to-text",
  tags: ["echovlm", "medical", "ultrasound", "vision-language-model"],
});

/** Title of a card until training replaces it. */
export const untrained = "Untrained checkpoint";

/** Summaries of cards that nobody has rewritten yet. */
export const freshSummary = "Random weights, to train from. Its answers mean nothing.";
export const sparseSummary = "A dense model with an untrained sparse path beside every MLP, to train from.";

/** What every card says of use. */
export const useSection = { title: "Use", text: `**${RESEARCH_NOTICE}**` };

/** A checkpoint of random weights. */
export const freshCard = (
  config: ModelConfig,
  tokenizer: TokenizerSource,
  { seed, pixels, pixelMean, pixelStd }: FreshOptions,
): ModelCard => ({
  metadata: metadata("apache-2.0"),
  title: untrained,
  summary: freshSummary,
  sections: [
    useSection,
    modelSection(config),
    {
      title: "Start",
      text: fieldTable({
        weights:
          "random: normal within two standard deviations, 1/√in; what blocks add is divided by √(2 · blocks); filters of patches are cosines; heads of the vision tower begin with looking at a neighbour",
        seed,
        tokenizer: tokenizer.origin,
        tokens: tokenizer.size,
        pixels: `every picture is brought to about ${pixels}`,
        "pixel mean": pixelMean ?? defaultImageConfig.mean.join(", "),
        "pixel deviation": pixelStd ?? defaultImageConfig.std.join(", "),
      }),
    },
  ],
});

const startTexts: Readonly<Record<SparseStart, string>> = {
  copy: "experts and shared expert hold neurons of the dense MLP, other ones each, scaled by √(all / copied)",
  zero: "experts and shared expert random, without an output",
  random: "experts and shared expert random",
};

/** A dense model with a sparse path beside its MLPs. */
export const sparseCard = (
  config: ModelConfig,
  base: { readonly name: string; readonly license: string },
  { start, denseShare, seed }: SparseOptions,
): ModelCard => ({
  metadata: { ...metadata(base.license), base_model: base.name },
  title: `${base.name} with experts`,
  summary: sparseSummary,
  sections: [
    useSection,
    modelSection(config),
    {
      title: "Start",
      text: fieldTable({
        base: `${base.name}, its weights unchanged`,
        start: startTexts[start],
        seed,
        "mixing coefficient": `${denseShare} dense, the same for every token`,
        tokenizer: "the base's",
      }),
    },
  ],
});

/** What every card says of the model's sizes. */
export const modelSection = (config: ModelConfig): CardSection => ({
  title: "Model",
  text: fieldTable(sizes(config)),
});

function sizes(config: ModelConfig): Record<string, string | number> {
  const { family, decoder, vision, moe } = config;
  const { parameters, activeParameters } = describeCheckpoint(config, parameterShapes(config), null);
  return {
    family,
    parameters: `${parameters.toLocaleString("en-US")}, ${activeParameters.toLocaleString("en-US")} active per token`,
    decoder: `${decoder.layers} layers, width ${decoder.hiddenDim}, MLP ${decoder.mlpDim}, ${decoder.heads} heads, ${decoder.kvHeads} key/value heads`,
    ...(moe && {
      experts: `${moe.experts} of width ${moe.expertDim}, top ${moe.topK}, shared expert ${moe.sharedDim}`,
    }),
    vision: `${vision.depth} blocks, width ${vision.embedDim}, ${vision.heads} heads, patches of ${vision.patchSize} pixels, ${vision.mergeSize} × ${vision.mergeSize} patches a token`,
    vocabulary: decoder.vocabSize,
    context: decoder.maxPositions,
  };
}
