/** @file The model cards of trained and merged models: what stays true of their base, and how they were trained. */

import { basename, resolve } from "node:path";
import { type CardSection, fieldTable, type ModelCard, readCard } from "../checkpoint/model_card.ts";
import { VERSION } from "../generate/answer.ts";
import type { ModelConfig } from "../model/config.ts";
import { freshSummary, modelSection, sparseSummary, untrained, useSection } from "./init_card.ts";
import type { Recipe } from "./recipe.ts";

/** The model that another one was made from. */
export interface BaseModel {
  readonly card: ModelCard;
  readonly config: ModelConfig;
  /** Its folder, which names it where the card does not. */
  readonly path: string;
}

/** Read what a card says of a base. @throws CheckpointError when its card is no text */
export const readBase = async ({ path, config }: Omit<BaseModel, "card">): Promise<BaseModel> => ({
  card: await readCard(path),
  config,
  path,
});

/** Where a model stands in its run. */
export interface Progress {
  readonly step: number;
  /** Mean cross entropy on the validation records. */
  readonly validationLoss?: number;
}

const trainedSummary = "Trained with `echovlm train`.";
const mergedSummary = "A model with an adapter that `echovlm merge` put into its weights.";

/** Cards with these are as this project wrote them: their models have no name of their own yet. */
const unnamed: ReadonlySet<string> = new Set([freshSummary, sparseSummary, trainedSummary, mergedSummary]);

/** The name of a base that somebody has named; undefined for a step on the way to such a model. */
const nameOf = ({ card: { title, summary }, path }: BaseModel): string | undefined =>
  unnamed.has(summary) ? undefined : title || basename(resolve(path));

/** Fields of a card that hold for every model made from its own; results are not among them. */
const inheritedFields = [
  ...["license", "license_name", "license_link", "language"],
  ...["library_name", "pipeline_tag", "tags", "datasets"],
];

/** Whether a section says how a model was trained; every run adds one. */
export const isTraining = ({ title }: CardSection): boolean => /^Training( \d+)?$/.test(title);

/** @param earlier how many runs there were before */
const trainingTitle = (earlier: number): string => (earlier === 0 ? "Training" : `Training ${earlier + 1}`);

/** What stays true of a base's card when its weights change: measured scores and limits do not. */
function inherited(base: BaseModel, change: string): Omit<ModelCard, "summary"> {
  const { card, config } = base;
  const { metadata, title } = card;
  const name = nameOf(base);
  const baseModel = name ?? metadata.base_model;
  return {
    metadata: {
      ...Object.fromEntries(Object.entries(metadata).filter(([field]) => inheritedFields.includes(field))),
      ...(baseModel !== undefined && { base_model: baseModel }),
    },
    title: name === undefined ? title.replace(untrained, "Trained checkpoint") : `${name}, ${change}`,
    sections: [
      useSection,
      modelSection(config),
      ...card.sections.filter((one) => one.title === "Start" || one.title === "Data" || isTraining(one)),
    ],
  };
}

/**
 * The card of a model in training.
 *
 * @param run.records how many are learnt from
 * @param run.hasLora whether low-rank updates are trained
 */
export function trainedCard(
  base: BaseModel,
  { stage, frozen, steps, seed, optimiser, batch, balance, lora }: Recipe,
  run: { readonly records: number; readonly hasLora: boolean },
  { step, validationLoss }: Progress,
): ModelCard {
  const card = inherited(base, "trained further");
  const earlier = card.sections.filter(isTraining).length;
  const name = nameOf(base);
  const training = {
    title: trainingTitle(earlier),
    text: fieldTable({
      ...(name !== undefined && { base: name }),
      stage,
      ...(frozen.length > 0 && { frozen: frozen.join(", ") }),
      steps: `${step} of ${steps}`,
      records: run.records,
      seed,
      "learning rate": `${optimiser.rate}, warm-up over ${optimiser.warmup} of the steps, cosine to ${optimiser.floor * optimiser.rate}`,
      "weight decay": optimiser.weightDecay,
      batch: `${batch.tokens} tokens, ${batch.accumulate} a step`,
      "load balance": balance,
      ...(run.hasLora && {
        "low-rank updates": `rank ${lora.rank}, alpha ${lora.alpha}, dropout ${lora.dropout}`,
      }),
      ...(validationLoss !== undefined && {
        "validation loss": `${validationLoss.toFixed(4)} nats a token`,
      }),
      software: `echovlm ${VERSION}`,
    }),
  };
  return { ...card, summary: trainedSummary, sections: [...card.sections, training] };
}

/** The card of a base with an adapter merged in. @param adapter the adapter's card, which may repeat its base's runs */
export function mergedCard(base: BaseModel, adapter: ModelCard): ModelCard {
  const card = inherited(base, "with an adapter");
  const { length: earlier } = card.sections.filter(isTraining);
  const known = new Set(card.sections.map(({ text }) => text));
  const added = adapter.sections.filter((one) => isTraining(one) && !known.has(one.text));
  const training = added.map(({ text }, i) => ({ title: trainingTitle(earlier + i), text }));
  return { ...card, summary: mergedSummary, sections: [...card.sections, ...training] };
}
