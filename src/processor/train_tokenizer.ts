/** @file A tokenizer of Qwen2's kind learned from texts, as the files of a checkpoint. */

import { Tokenizer } from "@huggingface/tokenizers";
import { ConfigError } from "../errors.ts";
import { byteCharacters } from "./byte_alphabet.ts";
import { defaultTemplate } from "./chat_template.ts";
import { learnMerges } from "./learn_merges.ts";

/** The special tokens of Qwen2-VL in the order of their ids, which follow those of the learned tokens. */
export const specialTokens = [
  "<|endoftext|>",
  "<|im_start|>",
  "<|im_end|>",
  "<|object_ref_start|>",
  "<|object_ref_end|>",
  "<|box_start|>",
  "<|box_end|>",
  "<|quad_start|>",
  "<|quad_end|>",
  "<|vision_start|>",
  "<|vision_end|>",
  "<|vision_pad|>",
  "<|image_pad|>",
  "<|video_pad|>",
] as const;

/** Fewest tokens of a vocabulary: every byte, and the special tokens. */
export const minVocabSize = byteCharacters.length + specialTokens.length;

/**
 * Longest token in bytes: five Chinese characters, or most words of English with their space. Chinese has no spaces, so
 * that a word is all up to the next punctuation; without a limit, whole sentences of a report's wording would become
 * tokens, which are seldom seen and say nothing of what they are made of.
 */
const maxTokenBytes = 16;

/** A pair seen once says nothing of the language. */
const minFrequency = 2;

const wordPattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** tokenizer.json of Qwen2 with other tokens. Digits stand alone. */
function tokenizerJson(tokens: readonly string[], merges: readonly (readonly [string, string])[]) {
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: specialTokens.map((content, index) => ({ id: tokens.length + index, ...added(content) })),
    normalizer: { type: "NFC" },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: wordPattern }, behavior: "Isolated", invert: false },
        { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

const added = (content: string) => ({
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});

const tokenizerConfig = (firstSpecial: number) => ({
  add_prefix_space: false,
  added_tokens_decoder: Object.fromEntries(
    specialTokens.map((content, index) => [firstSpecial + index, added(content)]),
  ),
  additional_special_tokens: specialTokens.filter((token) => token !== "<|endoftext|>"),
  bos_token: null,
  chat_template: defaultTemplate,
  clean_up_tokenization_spaces: false,
  eos_token: "<|im_end|>",
  errors: "replace",
  pad_token: "<|endoftext|>",
  padding_side: "left",
  split_special_tokens: false,
  tokenizer_class: "Qwen2Tokenizer",
  unk_token: null,
});

/** Counts the words of texts. */
export interface WordCounter {
  /** Special tokens in the text are no words, and part their neighbours. */
  add(text: string): void;
  /** How often each word came, spelled in `byteCharacters`. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Cuts texts into words just as the trained tokenizer will: by the same library, from the same file. */
export function createWordCounter(): WordCounter {
  const { normalizer, pre_tokenizer: cut } = new Tokenizer(tokenizerJson([...byteCharacters], []), {});
  const counts = new Map<string, number>();
  const special = new RegExp(specialTokens.map((token) => token.replaceAll("|", "\\|")).join("|"), "u");
  return {
    counts,
    add(text) {
      for (const part of text.split(special))
        for (const word of cut?.pre_tokenize(normalizer?.normalize(part) ?? part) ?? [])
          counts.set(word, (counts.get(word) ?? 0) + 1);
    },
  };
}

/** What a checkpoint needs to read and write text. */
export interface TokenizerFiles {
  /** tokenizer.json */
  readonly tokenizer: object;
  /** tokenizer_config.json */
  readonly tokenizerConfig: object;
}

/**
 * Learn a tokenizer.
 *
 * @param counts from `createWordCounter`
 * @param vocabSize tokens at most, with the special ones, which are last; little text gives fewer
 * @throws ConfigError when there is no room for bytes and special tokens
 */
export function trainTokenizer(counts: ReadonlyMap<string, number>, vocabSize: number): TokenizerFiles {
  if (vocabSize < minVocabSize)
    throw new ConfigError(
      "vocab_size",
      `expected at least ${minVocabSize}, for every byte and the special tokens, found ${vocabSize}`,
    );
  const learned = vocabSize - specialTokens.length;
  const { tokens, merges } = learnMerges(counts, { vocabSize: learned, minFrequency, maxTokenBytes });
  return { tokenizer: tokenizerJson(tokens, merges), tokenizerConfig: tokenizerConfig(tokens.length) };
}
