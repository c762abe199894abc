/** @file Answers to the user: streamed to a terminal, whole to a pipe, or as JSON. */

import { type Answer, RESEARCH_NOTICE } from "../generate/answer.ts";
import type { Piece } from "../generate/writer.ts";

export interface Output {
  /**
   * Print an answer as it is written.
   *
   * @param asked what it answers, where one command prints several: a heading, or a field of the JSON
   * @returns the answer
   */
  show(pieces: AsyncGenerator<Piece, Answer>, asked?: string): Promise<Answer>;
}

/**
 * Where answers go: text on standard output, remarks on standard error.
 *
 * @param json print one JSON object per answer instead of text; it holds the remarks
 * @param request what the user gave beside prompt and pictures; it joins the provenance
 */
export function createOutput(json: boolean, request: { readonly pixelMm?: number } = {}): Output {
  const live = process.stdout.isTTY && !json;
  let noticed = json;
  return {
    async show(pieces, asked) {
      let started = false;
      try {
        if (asked !== undefined && !json) process.stdout.write(`# ${asked}\n`);
        for (;;) {
          const { done, value } = await pieces.next();
          if (done) {
            if (json)
              process.stdout.write(`${JSON.stringify({ asked, ...withRequest(value, request) }, null, 2)}\n`);
            else process.stdout.write(live ? "\n" : `${value.text}\n`);
            if (!json && value.finishReason === "length")
              process.stderr.write(
                `(cut off after ${value.usage.newTokens} tokens: --max-new-tokens or the context ended)\n`,
              );
            if (!noticed) process.stderr.write(`${RESEARCH_NOTICE}\n`);
            noticed = true;
            return value;
          }
          if (live) process.stdout.write(value.text);
          started = true;
        }
      } catch (error) {
        if (live && started) process.stdout.write("\n");
        throw error;
      }
    },
  };
}

const withRequest = (answer: Answer, request: object) => ({
  ...answer,
  provenance: { ...answer.provenance, ...request },
});
