/** @file Generated ids to text, piece by piece. */

import type { TextTokenizer } from "./tokenizer.ts";
import { createUtf8Decoder } from "./utf8.ts";

/** Turns ids into text as they come; each id costs the length of its own token only. */
export interface TextStream {
  /** Text that this id completes: whole characters, empty while one is unfinished. */
  push(id: number): string;
  /** What is left when no id follows: U+FFFD for an unfinished character, else nothing. */
  end(): string;
}

/**
 * Start a stream. All its pieces joined are `tokenizer.decode` of all its ids.
 *
 * @param options skipSpecial: leave special tokens out
 */
export function createTextStream(
  tokenizer: TextTokenizer,
  options: { readonly skipSpecial: boolean },
): TextStream {
  const decoder = createUtf8Decoder();
  return {
    push(id) {
      const piece = tokenizer.pieceOf(id);
      if (piece === null) return "";
      if (piece.kind === "bytes") return decoder.push(piece.bytes);
      // A skipped token vanishes entirely: bytes before and after it may still form one character.
      return piece.special && options.skipSpecial ? "" : decoder.flush() + piece.text;
    },
    end: () => decoder.flush(),
  };
}
