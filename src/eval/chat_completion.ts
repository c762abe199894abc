/**
 * @file The messages of OpenAI's chat completions, as vLLM, llama.cpp, Ollama and others speak them.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/create
 */

import sharp from "sharp";
import { z } from "zod";
import { decodeImage } from "../image/decode.ts";
import { formatOf } from "../image/format.ts";
import { type ImageSource, readSource } from "../image/read_source.ts";
import { framesOf, type Message, partsOf } from "../processor/message.ts";
import { type AnswerSettings, failed, type Reply } from "./answerer.ts";

/** Alternatives that the protocol allows for each token. */
const mostAlternatives = 20;

/**
 * What is posted.
 *
 * Differs: the protocol has no videos; their frames are sent as pictures. It tells at most 20 alternatives of a token.
 *
 * @throws RequestError for a picture that cannot be read
 */
export async function completionRequest(
  model: string,
  messages: readonly Message<ImageSource>[],
  { maxNewTokens, temperature, seed, logprobs }: AnswerSettings,
): Promise<string> {
  const sent = messages.map(async (message) => {
    const { role, content } = message;
    if (typeof content === "string") return { role, content };
    const parts = partsOf(message).map(async (part) =>
      part.type === "text"
        ? [part]
        : Promise.all(
            framesOf(part).map(async (image) => ({
              type: "image_url",
              image_url: { url: await dataUrl(image) },
            })),
          ),
    );
    return { role, content: (await Promise.all(parts)).flat() };
  });
  return JSON.stringify({
    model,
    messages: await Promise.all(sent),
    max_tokens: maxNewTokens,
    temperature,
    seed,
    ...(logprobs !== undefined && { logprobs: true, top_logprobs: Math.min(logprobs, mostAlternatives) }),
  });
}

const maxFileBytes = 256 * 1024 * 1024;
const widelyRead: readonly unknown[] = ["png", "jpeg", "webp"];

/** A picture that is whole, as it is where everyone reads its format, else as PNG. */
async function dataUrl(source: ImageSource): Promise<string> {
  const { width, height, data } = await decodeImage(source);
  const bytes = await readSource(source, maxFileBytes);
  const format = formatOf(bytes);
  if (widelyRead.includes(format)) return `data:image/${format};base64,${base64(bytes)}`;
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return `data:image/png;base64,${base64(png)}`;
}

const base64 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");

const Scored = z.object({ token: z.string(), logprob: z.number() });
const Completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish() }),
        finish_reason: z.string().nullish(),
        logprobs: z
          .object({ content: z.array(Scored.extend({ top_logprobs: z.array(Scored).nullish() })).nullish() })
          .nullish(),
      }),
    )
    .min(1),
});
const Failure = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) });

/** @returns undefined when the body is no completion */
export function replyOfCompletion(body: string): Reply | undefined {
  const choice = Completion.safeParse(jsonOf(body)).data?.choices[0];
  if (choice === undefined) return undefined;
  const { message, finish_reason: reason, logprobs } = choice;
  if (reason === "content_filter") return failed("the endpoint's content filter ended the answer");
  const spoken = ({ token, logprob }: z.infer<typeof Scored>) => ({ text: token, logprob });
  const tokens = logprobs?.content?.map(({ top_logprobs, ...chosen }) => ({
    ...spoken(chosen),
    top: (top_logprobs ?? []).map(spoken),
  }));
  return {
    text: message.content ?? "",
    finish: reason === "length" ? "length" : "stop",
    ...(tokens && { tokens }),
  };
}

/** What a body says is wrong, or how it begins. */
export function failureText(body: string): string {
  const error = Failure.safeParse(jsonOf(body)).data?.error;
  if (error !== undefined) return typeof error === "string" ? error : error.message;
  const start = body.trim().slice(0, 120);
  return start === "" ? "an empty body" : `a body that begins ${JSON.stringify(start)}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
