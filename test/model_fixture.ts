/** @file The small golden model for tests: where it lies, what to ask it, and how to compare answers. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Answer, GenerateOptions, ImageSource, LoadedModel, Message, Piece } from "../src/index.ts";
import { ownGolden } from "./golden_case.ts";

export const fixtureFolder = fileURLToPath(new URL("echovlm-tiny", ownGolden));
export const picture = (name: "big" | "breast" | "kidney" | "liver" | "nodule"): string =>
  fileURLToPath(new URL(`echovlm-tiny/images/${name}.png`, ownGolden));

export type Messages = readonly Message<ImageSource>[];

/** One user turn: pictures, then text. */
export const ask = (text: string, ...images: readonly ImageSource[]): Message<ImageSource> => ({
  role: "user",
  content: [...images.map((image) => ({ type: "image", image }) as const), { type: "text", text }],
});
export const reply = (content: string): Message<ImageSource> => ({ role: "assistant", content });

/** Sampling with log-probabilities: every difference in the numbers shows. */
export const sampled: GenerateOptions = { maxNewTokens: 10, temperature: 1.5, seed: 11, logprobs: 3 };

/** Read a stream to its end. */
export async function collect(
  stream: AsyncGenerator<Piece, Answer>,
): Promise<{ pieces: Piece[]; answer: Answer }> {
  const pieces: Piece[] = [];
  for (;;) {
    const { done, value } = await stream.next();
    if (done) return { pieces, answer: value };
    pieces.push(value);
  }
}

/** Equal tokens, text and ending, and log-probabilities up to rounding: batch mates and caches change the last bits. */
export function assertSameAnswer(got: Answer, wanted: Answer): void {
  assert.deepEqual(
    { text: got.text, tokens: got.tokens, finishReason: got.finishReason, prompt: got.provenance.prompt },
    {
      text: wanted.text,
      tokens: wanted.tokens,
      finishReason: wanted.finishReason,
      prompt: wanted.provenance.prompt,
    },
  );
  assert.ok(furthest(got, wanted) < 1e-4, `log-probabilities differ by ${furthest(got, wanted)}`);
}

/** Largest difference of the chosen tokens' log-probabilities, as far as both answers go. */
export function furthest(a: Answer, b: Answer): number {
  assert.ok(a.logprobs && b.logprobs, "ask for log-probabilities to compare answers");
  const count = Math.min(a.logprobs.length, b.logprobs.length);
  return Math.max(
    ...a.logprobs.slice(0, count).map(({ logprob }, n) => Math.abs(logprob - b.logprobs![n]!.logprob)),
  );
}

/** Count the pictures looked at and the caches open; `whileSeeing` is called before each look. */
export function watch(model: LoadedModel, whileSeeing: () => void = () => {}) {
  const { engine } = model;
  const counts = { sees: 0, openCaches: 0 };
  const { see, openCache, copyCache, closeCache } = engine;
  engine.see = (...args) => {
    counts.sees += 1;
    whileSeeing();
    return see.apply(engine, args);
  };
  engine.openCache = (...args) => {
    counts.openCaches += 1;
    return openCache.apply(engine, args);
  };
  engine.copyCache = (cache) => {
    counts.openCaches += 1;
    return copyCache.call(engine, cache);
  };
  engine.closeCache = (cache) => {
    counts.openCaches -= 1;
    return closeCache.call(engine, cache);
  };
  return { counts, restore: () => Object.assign(engine, { see, openCache, copyCache, closeCache }) };
}
