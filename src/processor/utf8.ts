/** @file UTF-8 to text as the bytes arrive. */

/** The mark that stands for bytes that are not UTF-8. */
const replacement = "\uFFFD";

/**
 * Decoder that accepts any split of its input: characters come out once their last byte is in.
 * Invalid input becomes one replacement mark for each maximal prefix of a character.
 *
 * @see https://encoding.spec.whatwg.org/#utf-8-decoder
 */
export interface Utf8Decoder {
  /** Text completed by these bytes; may be empty. */
  push(bytes: Iterable<number>): string;
  /** A replacement mark if a character was left unfinished, else nothing; the decoder is as new afterwards. */
  flush(): string;
}

export function createUtf8Decoder(): Utf8Decoder {
  let codePoint = 0;
  let missing = 0;
  // Range of the next continuation byte: narrower after some lead bytes, to exclude overlong forms and surrogates.
  let lower = 0x80;
  let upper = 0xbf;

  /** Text completed by a byte that does not continue a character. */
  function begin(byte: number): string {
    if (byte <= 0x7f) return String.fromCharCode(byte);
    if (byte < 0xc2 || byte > 0xf4) return replacement;
    missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    codePoint = byte & (0x3f >> missing);
    if (byte === 0xe0) lower = 0xa0;
    else if (byte === 0xed) upper = 0x9f;
    else if (byte === 0xf0) lower = 0x90;
    else if (byte === 0xf4) upper = 0x8f;
    return "";
  }

  function reset(): void {
    missing = 0;
    lower = 0x80;
    upper = 0xbf;
  }

  function next(byte: number): string {
    if (missing === 0) return begin(byte);
    if (byte < lower || byte > upper) {
      reset();
      return replacement + begin(byte);
    }
    lower = 0x80;
    upper = 0xbf;
    codePoint = (codePoint << 6) | (byte & 0x3f);
    missing -= 1;
    return missing === 0 ? String.fromCodePoint(codePoint) : "";
  }

  return {
    push(bytes) {
      let text = "";
      for (const byte of bytes) text += next(byte);
      return text;
    },
    flush() {
      const text = missing > 0 ? replacement : "";
      reset();
      return text;
    },
  };
}
