/** @file A training recipe: a YAML file that says everything a run depends on. */

import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type Document, LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { pathFrom } from "../data/path_from.ts";
import { issueTexts } from "../data/place.ts";
import { ConfigError } from "../errors.ts";
import type { PixelBudget } from "../processor/preprocess.ts";
import { type StageName, stages } from "./stages.ts";

const count = z.int().positive();
const share = z.number().min(0).max(1);
/** Of 1, a moment would keep its first value and its bias could not be corrected. */
const decay = z.number().min(0).lt(1);
const paths = z.array(z.string().min(1));

/** Every field carries its documentation, which `echovlm train --fields` prints. */
const Recipe = z.strictObject({
  model: z.string().min(1).describe("Folder of the checkpoint to start from; echovlm init makes one."),
  stage: z
    .enum(Object.keys(stages) as [StageName, ...StageName[]])
    .describe(
      "What is trained. stage1: experts, routers, shared experts, mixing coefficients. stage1-merger: and the projector. stage2: those, and low-rank updates of vision blocks, projector and language attention. full: everything. dense-lora: low-rank updates of a dense model.",
    ),
  frozen: z
    .array(z.string().min(1))
    .default([])
    .describe("Parameters that stay as they are whatever the stage says, by how their names begin: visual."),
  steps: count.describe("Optimiser steps of the whole run."),
  seed: z.int().min(0).max(0xffffffff).default(1).describe("Decides the order of records and dropout."),
  data: z.strictObject({
    train: paths.min(1).describe("Files or folders of records to learn from."),
    validation: paths.default([]).describe("Files or folders of records for the validation loss."),
    imageRoot: z
      .string()
      .min(1)
      .exactOptional()
      .describe("Where relative paths of pictures start; beside the records when absent."),
    onError: z
      .enum(["fail", "skip"])
      .default("fail")
      .describe("A bad record, or a picture that cannot be read, ends the run or is left out."),
    regions: z
      .enum(["proportional", "balanced"])
      .default("proportional")
      .describe("Each record once an epoch, or every region equally often."),
    maxPixels: count
      .exactOptional()
      .describe(
        "Most pixels of a picture, in training and of the trained model; the checkpoint's when absent.",
      ),
    minPixels: count
      .exactOptional()
      .describe(
        "Fewest pixels of a picture, in training and of the trained model; the checkpoint's when absent.",
      ),
  }),
  batch: z
    .strictObject({
      tokens: count
        .default(2048)
        .describe("Tokens of a micro-batch at most, padding included; a longer record stands alone."),
      accumulate: count.default(1).describe("Micro-batches of one optimiser step."),
      group: count
        .default(64)
        .describe(
          "Records among which those of like length are put together, to save padding. Like lengths are often like answers: a large group makes a step one-sided; 1 leaves the order random.",
        ),
    })
    .prefault({}),
  optimiser: z
    .strictObject({
      rate: z.number().positive().default(1e-4).describe("Learning rate behind the warm-up."),
      warmup: share
        .default(0.05)
        .describe("Share of the steps over which the rate rises; then it falls along a cosine."),
      floor: share
        .default(0)
        .describe(
          "Share of the rate that the cosine ends at: above 0 where another run goes on from this one.",
        ),
      weightDecay: z
        .number()
        .min(0)
        .default(0)
        .describe("Decoupled decay of weights with two axes and more; norms and biases do not decay."),
      beta1: decay.default(0.9).describe("Decay of the first moment."),
      beta2: decay.default(0.999).describe("Decay of the second moment."),
      epsilon: z.number().positive().default(1e-8).describe("Added to the root of the second moment."),
      maxNorm: z.number().positive().default(1).describe("Gradients are scaled down to this global norm."),
    })
    .prefault({}),
  balance: z.number().min(0).default(0.001).describe("Coefficient of the load-balancing loss."),
  lora: z
    .strictObject({
      rank: count.default(8).describe("Rank of low-rank updates."),
      alpha: z.number().positive().default(16).describe("An update is multiplied by alpha / rank."),
      dropout: z.number().min(0).max(0.99).default(0.05).describe("Share of an update's inputs left out."),
    })
    .prefault({}),
  recompute: z
    .boolean()
    .default(false)
    .describe("Compute a layer's activations again in the backward pass: less memory, more time."),
  every: z
    .strictObject({
      log: count.default(10).describe("Steps between lines of the log."),
      checkpoint: count.default(100).describe("Steps between states to resume from."),
      validate: count.default(200).describe("Steps between validations, sample answers and saved models."),
    })
    .prefault({}),
  samples: z
    .strictObject({
      count: z.int().min(0).default(4).describe("Validation records answered at each validation."),
      maxNewTokens: count.default(160).describe("Tokens of a sample answer at most."),
    })
    .prefault({}),
  output: z
    .strictObject({
      weights: z
        .enum(["float32", "float16", "bfloat16"])
        .exactOptional()
        .describe("How the trained model's weights are stored; as the base's when absent."),
      adapter: z
        .enum(["merged", "separate"])
        .default("merged")
        .describe("Low-rank updates inside the model's weights, or as a PEFT adapter folder."),
    })
    .prefault({}),
});

/** A parsed recipe; paths lead from the current folder. */
export type Recipe = z.output<typeof Recipe>;

/** Bounds on the pixels of every picture that a run sees; where it says nothing the checkpoint's hold. */
export const pixelBudget = ({ data: { minPixels, maxPixels } }: Recipe): PixelBudget => ({
  ...(minPixels !== undefined && { minPixels }),
  ...(maxPixels !== undefined && { maxPixels }),
});

/** Whether a run's models are adapters, to be used with the model it started from. */
export const isAdapterApart = ({ output }: Recipe): boolean => output.adapter === "separate";

/**
 * Read and check a recipe. Relative paths start at the recipe's folder.
 *
 * @throws ConfigError naming every field that is missing, unknown or impossible
 */
export async function readRecipe(path: string): Promise<Recipe> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(path, `expected a recipe, got ${error.code ?? error.message}`);
  });
  return parseRecipe(text, path);
}

/** As `readRecipe`, from the file's text. */
export function parseRecipe(text: string, path: string): Recipe {
  const document = parseDocument(text, { lineCounter: new LineCounter(), uniqueKeys: true });
  if (document.errors.length > 0)
    throw new ConfigError(
      path,
      document.errors.map(({ message }) => `expected YAML: ${message.split("\n")[0]}`),
    );
  const parsed = Recipe.safeParse(contentOf(document, path) ?? {}, { reportInput: true });
  if (!parsed.success)
    throw new ConfigError(path, issueTexts(parsed.error), "`echovlm train --fields` lists every field");
  const recipe = parsed.data;
  const from = (file: string) => pathFrom(dirname(path), file);
  const { data } = recipe;
  const { minPixels, maxPixels } = data;
  if (minPixels !== undefined && maxPixels !== undefined && minPixels > maxPixels)
    throw new ConfigError(
      path,
      `data.minPixels: expected at most data.maxPixels, ${maxPixels}, got ${minPixels}`,
    );
  return {
    ...recipe,
    model: from(recipe.model),
    data: {
      ...data,
      train: data.train.map(from),
      validation: data.validation.map(from),
      ...(data.imageRoot !== undefined && { imageRoot: from(data.imageRoot) }),
    },
  };
}

/** What a document says, its aliases followed: only then is found that one names nothing, or that they multiply. */
function contentOf(document: Document, path: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError(path, `expected YAML: ${(error as Error).message}`);
  }
}

/** One field of a recipe. */
export interface RecipeField {
  /** Such as `optimiser.rate`. */
  readonly path: string;
  /** The default as JSON; "required" or "optional" where there is none. */
  readonly preset: string;
  readonly about: string;
}

/** Every field of a recipe with its documentation. */
export function recipeFields(): RecipeField[] {
  const schema = z.toJSONSchema(Recipe, { io: "input" }) as JsonSchema;
  return fieldsOf(schema, "");
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
}

const fieldsOf = ({ properties = {}, required = [] }: JsonSchema, prefix: string): RecipeField[] =>
  Object.entries(properties).flatMap(([name, field]) => {
    const path = prefix + name;
    if (field.properties) return fieldsOf(field, `${path}.`);
    const none = required.includes(name) ? "required" : "optional";
    return [
      {
        path,
        preset: field.default === undefined ? none : JSON.stringify(field.default),
        about: field.description ?? "",
      },
    ];
  });
