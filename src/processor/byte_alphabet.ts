/**
 * @file The 256 characters that byte-level tokens are written in. Printable Latin-1 characters stand for themselves; the
 * other 68 bytes, in order, for the characters from U+0100 on.
 *
 * @see `bytes_to_unicode` of GPT-2
 */

/** The character that stands for each byte. */
export const byteCharacters: readonly string[] = (() => {
  let hidden = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCodePoint(printable ? byte : hidden++);
  });
})();

const byteTable: ReadonlyMap<string, number> = new Map(
  byteCharacters.map((character, byte) => [character, byte]),
);

/** The byte that a character of a byte-level token stands for. */
export const byteOf = (character: string): number => byteTable.get(character) ?? 0;
