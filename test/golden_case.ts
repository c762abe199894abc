/** @file Reads the golden checkpoints: their files, their cases, and what the reference computed. */

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decodeImage } from "../src/image/decode.ts";
import { findChatTemplate } from "../src/processor/chat_template.ts";
import { parseImageConfig } from "../src/processor/image_config.ts";
import type { Message, Part, Role } from "../src/processor/message.ts";
import type { Processor } from "../src/processor/prompt.ts";
import type { RgbImage } from "../src/processor/rgb_image.ts";
import { createTokenizer } from "../src/processor/tokenizer.ts";
import { uniform } from "./prng.ts";

/** The copy inside the repository; compiled tests run from dist/test. */
export const ownGolden = new URL("../../test/golden/", import.meta.url);
/** The whole set, beside the repository on development machines. */
export const sharedGolden = new URL("../../../shared/golden/", import.meta.url);

export interface GoldenCase {
  readonly name: string;
  readonly messages: readonly {
    readonly role: Role;
    readonly content: string | readonly { type: "text" | "image"; text?: string }[];
  }[];
  readonly images: readonly string[];
  readonly min_pixels?: number;
  readonly max_pixels?: number;
  readonly greedy_text: string;
}

export const readJson = (url: URL) => JSON.parse(readFileSync(url, "utf8"));

const readJsonIfAny = (url: URL): unknown => (existsSync(url) ? readJson(url) : undefined);

/** Everything of a checkpoint folder that the processor needs. */
export function readProcessor(folder: URL): Processor {
  const config = readJson(new URL("config.json", folder));
  const tokens = {
    image: config.image_token_id,
    video: config.video_token_id,
    visionStart: config.vision_start_token_id,
    visionEnd: config.vision_end_token_id,
  };
  const tokenizerConfig = readJsonIfAny(new URL("tokenizer_config.json", folder));
  return {
    tokens,
    tokenizer: createTokenizer(readJson(new URL("tokenizer.json", folder)), tokenizerConfig, tokens),
    template: findChatTemplate({
      chatTemplate: readJsonIfAny(new URL("chat_template.json", folder)),
      tokenizerConfig,
    }),
    image: parseImageConfig(readJsonIfAny(new URL("preprocessor_config.json", folder))),
  };
}

/** A case's messages with its n-th image file in the place of the n-th image part. */
export async function readMessages(
  folder: URL,
  { messages, images }: GoldenCase,
): Promise<Message<RgbImage>[]> {
  const decoded = await Promise.all(images.map((file) => decodeImage(fileURLToPath(new URL(file, folder)))));
  let next = 0;
  return messages.map(({ role, content }) => ({
    role,
    content:
      typeof content === "string"
        ? content
        : content.map(
            ({ type, text }): Part<RgbImage> =>
              type === "image" ? { type, image: decoded[next++]! } : { type, text: text! },
          ),
  }));
}

/** The tensors of a safetensors file by name, as numbers. */
export function readNumbers(url: URL): (name: string) => { shape: number[]; data: ArrayLike<number> } {
  const file = readFileSync(url);
  const headerBytes = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, 8 + headerBytes));
  return (name) => {
    const { dtype, shape, data_offsets } = header[name];
    const [from, to] = data_offsets.map((offset: number) => 8 + headerBytes + offset);
    const bytes = Uint8Array.from(file.subarray(from, to)).buffer;
    if (dtype === "F32") return { shape, data: new Float32Array(bytes) };
    if (dtype === "I64") return { shape, data: Array.from(new BigInt64Array(bytes), Number) };
    throw new Error(`${name}: expected F32 or I64, got ${dtype}`);
  };
}

/** The reference's named pseudo-random bytes (specification, appendix A). */
export const namedBytes = (name: string, count: number): Uint8Array =>
  Uint8Array.from(uniform(name, count), (u) => Math.floor(u * 256));
