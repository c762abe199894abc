/** @file A conversation's messages to what the engine reads, with a key that tells equal tokens from equal ids. */

import { decodeMessages, type PictureSource } from "../image/decode.ts";
import type { ModelConfig } from "../model/config.ts";
import { positionIds, type RowPositions, tokenCount } from "../model/positions.ts";
import { assertMessages, framesOf, type Message, partsOf } from "../processor/message.ts";
import { type PixelBudget, visualTokens } from "../processor/preprocess.ts";
import { encodePrompt, gridOf, type Media, type Processor } from "../processor/prompt.ts";
import { contextExceeded } from "./prompt_row.ts";

/** A picture or video of a prompt and what tells it from others. */
export interface KeyedMedia {
  readonly media: Media;
  /** Equal keys mean equal pixels in equal sizes, and for videos equal times. */
  readonly key: string;
}

/** A prompt ready for the engine. */
export interface PreparedPrompt {
  readonly ids: readonly number[];
  /** [S] equal for tokens that the model cannot tell apart: the id, and for a visual token its picture and place. */
  readonly keys: readonly string[];
  readonly positions: RowPositions;
  readonly media: readonly KeyedMedia[];
  /** The rendered template, before expansion. */
  readonly text: string;
  /** SHA-256 of every picture's file, in order. */
  readonly imageHashes: readonly string[];
}

/**
 * Decode the pictures and encode the prompt.
 *
 * @throws RequestError when a message or picture cannot be served, or the pictures alone exceed the model's context
 */
export async function preparePrompt(
  messages: readonly Message<PictureSource>[],
  processor: Processor,
  config: ModelConfig,
  pixels: PixelBudget = {},
): Promise<PreparedPrompt> {
  assertMessages(messages);
  const { decoded, images } = await decodeMessages(messages);
  const parts = decoded.flatMap((message) => partsOf(message)).filter(({ type }) => type !== "text");
  // Patches of pictures that cannot fit would fill the memory before anyone counts tokens.
  const needed = parts.reduce((sum, part) => sum + visualTokens(framesOf(part), processor.image, pixels), 0);
  const most = config.decoder.maxPositions;
  if (needed >= most) throw contextExceeded(needed + 1, most);
  const { ids, media, text } = encodePrompt(decoded, processor, {
    addGenerationPrompt: true,
    budget: pixels,
  });

  const keyed = media.map((item, index): KeyedMedia => {
    const files = framesOf(parts[index]!);
    const { t, h, w } = item.grid;
    // The time between frames decides positions, so tokens behind a video at another rate are others.
    const kind = item.kind === "video" ? `video ${item.secondsPerGrid}` : "image";
    return { media: item, key: `${kind} ${t}x${h}x${w} ${files.map(({ hash }) => hash).join(" ")}` };
  });
  return {
    ids,
    keys: tokenKeys(ids, keyed, config),
    positions: positionIds(ids, media.map(gridOf), config),
    media: keyed,
    text,
    imageHashes: images.map(({ hash }) => hash),
  };
}

function tokenKeys(
  ids: readonly number[],
  media: readonly KeyedMedia[],
  { tokens, vision }: ModelConfig,
): string[] {
  let [index, left] = [-1, 0];
  return ids.map((id) => {
    if (id !== tokens.image && id !== tokens.video) return String(id);
    if (left === 0) {
      index += 1;
      left = tokenCount(media[index]!.media.grid, vision.mergeSize);
    }
    left -= 1;
    return `${media[index]!.key} ${left}`;
  });
}
