/** @file Text of models, records and file names with nothing in it that hides or turns around what stands beside it. */

/** Control characters but tabs and line ends, halves of surrogate pairs, no characters at all, and what sets a direction. */
const unseen = /(?![\t\n])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u202A-\u202E\u2066-\u2069]/gu;

/**
 * The text with each such character named, as in ⟨U+202E⟩; letters of every script stay.
 *
 * @see https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
export const visible = (text: string): string =>
  text
    .replaceAll("\r\n", "\n")
    .replace(unseen, (one) => `⟨U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`);
