/** @file A conversation to what the model reads: token ids, and patches for its pictures. */

import { CheckpointError, RequestError } from "../errors.ts";
import type { SpecialTokens } from "../model/config.ts";
import { type MediaGrid, tokenCount } from "../model/positions.ts";
import type { ChatTemplate } from "./chat_template.ts";
import type { ImageProcessorConfig } from "./image_config.ts";
import { assertMessages, type Message, type Part, partsOf } from "./message.ts";
import type { Patches } from "./patches.ts";
import { type PixelBudget, patchesWhenRead } from "./preprocess.ts";
import type { RgbImage } from "./rgb_image.ts";
import type { TextTokenizer } from "./tokenizer.ts";

/** What a checkpoint brings for reading and writing text and pictures. */
export interface Processor {
  readonly tokenizer: TextTokenizer;
  readonly template: ChatTemplate;
  readonly image: ImageProcessorConfig;
  readonly tokens: SpecialTokens;
}

/** One picture or video of a prompt. */
export type Media =
  | ({ readonly kind: "image" } & Patches)
  | ({
      readonly kind: "video";
      /** Time that one step of the grid's t spans. */
      readonly secondsPerGrid: number;
    } & Patches);

/** What positions depend on. */
export const gridOf = (item: Media): MediaGrid =>
  item.kind === "video"
    ? { kind: "video", grid: item.grid, secondsPerPatch: item.secondsPerGrid }
    : { kind: "image", grid: item.grid };

/** A prompt ready for the model. */
export interface EncodedPrompt {
  /** [S] with one id for each visual token: as many copies of a placeholder as its picture has merge cells. */
  readonly ids: readonly number[];
  /** Pictures and videos in order of appearance; pixels are resampled when they are read. */
  readonly media: readonly Media[];
  /** The rendered template, each placeholder once. */
  readonly text: string;
}

export interface PromptOptions {
  /** Whether to open the assistant's turn at the end: true to generate, false to train. */
  readonly addGenerationPrompt: boolean;
  /** Overrides of the checkpoint's pixel budget. */
  readonly budget?: PixelBudget;
}

/** Frames per second of a video that does not say, as in the reference. */
const defaultFps = 2;

/**
 * Render the template, bring pictures to patches, and expand each placeholder to its visual tokens.
 *
 * Special tokens count only where the template writes them. Differs: the reference also reads them in a message's own
 * text, where they could end a turn or claim a picture's place; here such a text is refused.
 *
 * @param messages pictures decoded
 * @throws RequestError when a message, picture or text cannot be served
 * @throws CheckpointError when the template drops or doubles a picture
 */
export function encodePrompt(
  messages: readonly Message<RgbImage>[],
  processor: Processor,
  { addGenerationPrompt, budget = {} }: PromptOptions,
): EncodedPrompt {
  assertMessages(messages);
  assertPlainText(messages, processor.tokenizer);
  const text = processor.template.render(messages, addGenerationPrompt);
  const media = messages.flatMap(partsOf).flatMap((part) => mediaOf(part, processor.image, budget));
  return { ids: expand(processor.tokenizer.encode(text), media, processor), media, text };
}

function mediaOf(part: Part<RgbImage>, config: ImageProcessorConfig, budget: PixelBudget): Media[] {
  switch (part.type) {
    case "text":
      return [];
    case "image":
      return [Object.assign(patchesWhenRead([part.image], config, budget), { kind: "image" as const })];
    case "video": {
      const secondsPerGrid = config.temporalPatchSize / (part.fps ?? defaultFps);
      const patches = patchesWhenRead(part.frames, config, budget);
      return [Object.assign(patches, { kind: "video" as const, secondsPerGrid })];
    }
  }
}

/** Special tokens that Qwen2-VL writes into its answers to mark objects; they may come back in a later turn. */
const markup = /^<\|(object_ref|box|quad)_(start|end)\|>$/;

/**
 * Refuse special tokens in a message's own text, as `encodePrompt` does; no picture is needed for it.
 *
 * @throws RequestError
 */
export function assertPlainText(messages: readonly Message<unknown>[], tokenizer: TextTokenizer): void {
  const forbidden = tokenizer.specialTokens.filter((token) => !markup.test(token));
  const problems = messages.flatMap((message, index) => {
    // Parts are joined without a separator, so a token may be spread over neighbours; a picture keeps them apart.
    const text = partsOf(message)
      .map((part) => (part.type === "text" ? part.text : "\n"))
      .join("");
    return forbidden
      .filter((token) => text.includes(token))
      .map((token) => `message ${index}: expected plain text, got the special token ${token}`);
  });
  if (problems.length > 0)
    throw new RequestError("messages", problems, "remove it or write it in another way");
}

function expand(
  ids: readonly number[],
  media: readonly Media[],
  { image, tokens, template }: Processor,
): number[] {
  const placeholder = { image: tokens.image, video: tokens.video };
  const found = ids.filter((id) => id === placeholder.image || id === placeholder.video);
  if (found.length !== media.length || media.some(({ kind }, index) => found[index] !== placeholder[kind])) {
    const wanted = media.map(({ kind }) => kind).join(", ") || "none";
    const got = found.map((id) => (id === placeholder.image ? "image" : "video")).join(", ") || "none";
    throw new CheckpointError(template.where, `expected placeholders for ${wanted}, in order, got ${got}`);
  }
  let next = 0;
  return ids.flatMap((id) =>
    id === placeholder.image || id === placeholder.video
      ? Array<number>(tokenCount(media[next++]!.grid, image.mergeSize)).fill(id)
      : [id],
  );
}
