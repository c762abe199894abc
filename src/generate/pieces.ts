/** @file The pieces of an answer that is being written: read to the end, or written ahead of whoever reads them. */

import type { Answer } from "./answer.ts";
import type { Piece } from "./writer.ts";

/** Pieces, and as the generator's value the whole answer. */
export type Pieces = AsyncGenerator<Piece, Answer>;

/** Read to the end. @returns the whole answer */
export async function wholeAnswer(pieces: Pieces): Promise<Answer> {
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) return value;
  }
}

/**
 * The same pieces, written from now on without waiting for whoever reads them. An error comes when it is their turn; a
 * reader who leaves early ends the writing.
 */
export function readAhead(pieces: Pieces): Pieces {
  const results: Promise<IteratorResult<Piece, Answer>>[] = [];
  async function write(): Promise<void> {
    for (;;) {
      const result = pieces.next();
      results.push(result);
      if ((await result).done) return;
    }
  }
  write().catch(() => {}); // the reader gets it from the result that failed
  return read(results, pieces);
}

async function* read(results: readonly Promise<IteratorResult<Piece, Answer>>[], pieces: Pieces): Pieces {
  try {
    for (let n = 0; ; n++) {
      const result = await results[n]!; // the writer, which waited for the one before longer, has asked for this one
      if (result.done) return result.value;
      yield result.value;
    }
  } finally {
    await pieces.return(undefined as never);
  }
}
