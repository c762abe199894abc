/** @file The tokenizer of a new checkpoint: its files, and which tokens have which ids. */

import { join } from "node:path";
import { z } from "zod";
import { readModelFiles } from "../checkpoint/hf_folder.ts";
import { readTextFile } from "../checkpoint/json_file.ts";
import { CheckpointError } from "../errors.ts";
import { defaultTemplate } from "../processor/chat_template.ts";
import { createTokenizer } from "../processor/tokenizer.ts";
import { type TokenizerFiles, trainTokenizer, type WordCounter } from "../processor/train_tokenizer.ts";

/** Ids of the tokens that configuration files name. */
export interface TokenIds {
  readonly image: number;
  readonly video: number;
  readonly visionStart: number;
  readonly visionEnd: number;
  readonly endOfTurn: number;
  readonly endOfText: number;
}

export interface TokenizerSource {
  /** Text of each file, by name. */
  readonly files: ReadonlyMap<string, string>;
  readonly ids: TokenIds;
  /** One more than the largest id. */
  readonly size: number;
  /** Where it comes from, for the model card. */
  readonly origin: string;
}

/** A tokenizer of at most `vocabSize` tokens, learned from counted words. */
export function trainedTokenizer(counter: WordCounter, vocabSize: number, origin: string): TokenizerSource {
  const { tokenizer, tokenizerConfig }: TokenizerFiles = trainTokenizer(counter.counts, vocabSize);
  const files = new Map([
    ["tokenizer.json", jsonText(tokenizer)],
    ["tokenizer_config.json", jsonText(tokenizerConfig)],
    ["chat_template.json", jsonText({ chat_template: defaultTemplate })],
  ]);
  return { files, ...tokensOf(tokenizer, "tokenizer.json"), origin };
}

/** Files that belong to a tokenizer; only the first must be there. */
const tokenizerFileNames = [
  "tokenizer.json",
  "tokenizer_config.json",
  "chat_template.json",
  "chat_template.jinja",
  "special_tokens_map.json",
  "added_tokens.json",
  "vocab.json",
  "merges.txt",
];

/**
 * The tokenizer of another checkpoint.
 *
 * @throws CheckpointError when it has none that this project reads, or lacks a token of Qwen2-VL
 */
export async function tokenizerOf(folder: string): Promise<TokenizerSource> {
  const { tokenizer, tokenizerConfig, config } = await readModelFiles(folder);
  const where = join(folder, "tokenizer.json");
  createTokenizer(tokenizer, tokenizerConfig, config.tokens, where);
  const found = tokensOf(tokenizer, where);
  const files = new Map<string, string>();
  for (const name of tokenizerFileNames) {
    const text = await readTextFile(join(folder, name));
    if (text !== undefined) files.set(name, text);
  }
  return { files, ...found, origin: `that of ${folder}` };
}

/** A file as Hugging Face tools write it. */
export const jsonText = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const TokenTable = z.object({
  model: z.object({ vocab: z.record(z.string(), z.int()) }),
  added_tokens: z.array(z.object({ id: z.int(), content: z.string() })),
});

const namedTokens: Readonly<Record<keyof TokenIds, string>> = {
  image: "<|image_pad|>",
  video: "<|video_pad|>",
  visionStart: "<|vision_start|>",
  visionEnd: "<|vision_end|>",
  endOfTurn: "<|im_end|>",
  endOfText: "<|endoftext|>",
};

function tokensOf(tokenizerJson: unknown, where: string): { ids: TokenIds; size: number } {
  const parsed = TokenTable.safeParse(tokenizerJson);
  if (!parsed.success)
    throw new CheckpointError(where, "expected model.vocab and added_tokens, found other fields");
  const { model, added_tokens: added } = parsed.data;
  const idOf = new Map(added.map(({ id, content }) => [content, id]));
  const problems = Object.values(namedTokens)
    .filter((token) => !idOf.has(token))
    .map((token) => `expected the token ${token} among added_tokens, found none`);
  if (problems.length > 0) throw new CheckpointError(where, problems);
  const ids = Object.fromEntries(
    Object.entries(namedTokens).map(([role, token]) => [role, idOf.get(token)]),
  ) as unknown as TokenIds;
  const largest = [...Object.values(model.vocab), ...idOf.values()].reduce((a, b) => Math.max(a, b), -1);
  return { ids, size: largest + 1 };
}
