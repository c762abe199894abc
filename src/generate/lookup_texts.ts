/** @file Texts to look guesses up in, as tokens: those that a request gives, and those that a checkpoint brings. */

import { z } from "zod";
import { ConfigError } from "../errors.ts";
import { shown } from "../model/json_fields.ts";
import type { TextTokenizer } from "../processor/tokenizer.ts";

const LookupTexts = z.array(z.string().min(1));

/**
 * Read a parsed lookup_texts.json, a file of this project: a list of texts like those the model writes, the most typical
 * last. They change how many passes an answer takes and nothing of it, so they are no part of the model's identity.
 *
 * @param json its content, undefined if the file is missing
 * @throws ConfigError naming what is no text
 */
export function parseLookupTexts(json: unknown, where = "lookup_texts.json"): readonly string[] {
  const parsed = LookupTexts.safeParse(json ?? [], { reportInput: true });
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    where,
    parsed.error.issues.map(({ path, input }) =>
      path.length === 0
        ? `expected a list of texts, found ${shown(input)}`
        : `text ${Number(path[0]) + 1}: expected a text that is not empty, found ${shown(input)}`,
    ),
  );
}

/** Texts one after another, each with the end of an answer behind it. */
export const lookupTokens = (
  texts: readonly string[],
  tokenizer: TextTokenizer,
  endTokens: readonly number[],
): number[] => texts.flatMap((text) => [...tokenizer.encode(text), ...endTokens.slice(0, 1)]);
