/** @file Text to token ids and back. */

import { Tokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { CheckpointError, RequestError } from "../errors.ts";
import type { SpecialTokens } from "../model/config.ts";
import { byteOf } from "./byte_alphabet.ts";

/** What a token stands for: bytes of text, or an added token that is written as a whole. */
export type Piece =
  | { readonly kind: "bytes"; readonly bytes: readonly number[] }
  | { readonly kind: "added"; readonly text: string; readonly special: boolean };

/** A checkpoint's tokenizer. */
export interface TextTokenizer {
  /** Ids of a text; special tokens written in it become their ids, and nothing is added. */
  encode(text: string): number[];
  /**
   * Text of ids. Bytes that are not UTF-8 become U+FFFD; ids without a token become nothing.
   *
   * @param options skipSpecial: leave special tokens out
   * @throws RequestError when an id is not a non-negative integer
   */
  decode(ids: readonly number[], options: { readonly skipSpecial: boolean }): string;
  /** Id of a token by its exact text; null when there is none. */
  idOf(token: string): number | null;
  /** What an id stands for; null for an id without a token, as embedding tables have beyond the vocabulary. */
  pieceOf(id: number): Piece | null;
  /** The largest id that has a token. */
  readonly largestId: number;
  /** Every special token's text. */
  readonly specialTokens: readonly string[];
}

const TokenizerFile = z.looseObject({
  model: z.looseObject({ type: z.literal("BPE"), vocab: z.record(z.string(), z.int().nonnegative()) }),
  decoder: z.looseObject({ type: z.literal("ByteLevel") }),
});

/** The placeholder's text for each role a special id has in the model. */
const visionTokens: Readonly<Record<keyof SpecialTokens, string>> = {
  image: "<|image_pad|>",
  video: "<|video_pad|>",
  visionStart: "<|vision_start|>",
  visionEnd: "<|vision_end|>",
};

/**
 * Make a tokenizer from a checkpoint's parsed files.
 *
 * @param tokenizerJson tokenizer.json
 * @param tokenizerConfig tokenizer_config.json; undefined when the checkpoint has none
 * @param tokens ids that config.json gives the vision tokens
 * @param where the name of tokenizer.json, for errors
 * @throws CheckpointError when tokenizer.json is not a byte-level BPE tokenizer, or the vision tokens have other ids
 */
export function createTokenizer(
  tokenizerJson: unknown,
  tokenizerConfig: unknown,
  tokens: SpecialTokens,
  where = "tokenizer.json",
): TextTokenizer {
  const { inner, ids } = load(tokenizerJson, tokenizerConfig ?? {}, where);
  const added = inner.get_added_tokens_decoder();

  const tokenizer: TextTokenizer = {
    encode: (text) => inner.encode(text, { add_special_tokens: false }).ids,
    decode(ids, { skipSpecial }) {
      const bad = ids.find((id) => !Number.isSafeInteger(id) || id < 0);
      if (bad !== undefined)
        throw new RequestError("decode", `expected non-negative integer ids, got ${bad}`);
      const known = ids.filter((id) => inner.id_to_token(id) !== undefined);
      // The library refuses an empty list, and its clean-up of spaces would change the text.
      return known.length === 0
        ? ""
        : inner.decode(known, { skip_special_tokens: skipSpecial, clean_up_tokenization_spaces: false });
    },
    idOf: (token) => inner.token_to_id(token) ?? null,
    pieceOf(id) {
      const token = inner.id_to_token(id);
      if (token === undefined) return null;
      const special = added.get(id);
      return special === undefined
        ? { kind: "bytes", bytes: Array.from(token, byteOf) }
        : { kind: "added", text: token, special: special.special };
    },
    largestId: [...ids, ...added.keys()].reduce((largest, id) => Math.max(largest, id), 0),
    specialTokens: [...added.values()].filter(({ special }) => special).map(({ content }) => content),
  };

  const problems = (Object.keys(visionTokens) as (keyof SpecialTokens)[])
    .filter((role) => tokenizer.idOf(visionTokens[role]) !== tokens[role])
    .map((role) => {
      const found = tokenizer.idOf(visionTokens[role]);
      return `expected ${visionTokens[role]} to have id ${tokens[role]} as in config.json, got ${found ?? "no such token"}`;
    });
  if (problems.length > 0)
    throw new CheckpointError(where, problems, "the tokenizer and the model belong to different checkpoints");
  return tokenizer;
}

function load(
  tokenizerJson: unknown,
  tokenizerConfig: object,
  where: string,
): { inner: Tokenizer; ids: readonly number[] } {
  const parsed = TokenizerFile.safeParse(tokenizerJson);
  if (!parsed.success)
    throw new CheckpointError(
      where,
      parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`),
      "only byte-level BPE tokenizers, as Qwen2 uses, are supported",
    );
  return {
    // The file itself: a record that was checked has lost a token named __proto__.
    inner: loadTokenizer(tokenizerJson as object, tokenizerConfig, where),
    ids: Object.values(parsed.data.model.vocab),
  };
}

/**
 * A tokenizer of any kind.
 *
 * @param json content of tokenizer.json; @param config of tokenizer_config.json
 * @param where the file, for messages
 * @throws CheckpointError when it does not load
 */
export function loadTokenizer(json: object, config: object, where: string): Tokenizer {
  try {
    return new Tokenizer(json, config);
  } catch (error) {
    throw new CheckpointError(
      where,
      `expected a complete tokenizer, got one that does not load: ${error instanceof Error ? error.message : error}`,
    );
  }
}
