/** @file Marks around the words of an answer that say nothing: Markdown, quotes, brackets, tags, LaTeX boxes. */

/** An answer without them, full width characters as plain ones. Round brackets stay: they hold letters of options. */
export const withoutMarks = (text: string): string =>
  text
    .normalize("NFKC")
    .replace(/\\boxed\{([^{}]*)\}/g, "$1")
    .replace(/<\/?[a-z]+>/gi, " ")
    .replace(/[*_"`[\]“”「」『』]|(?<!\p{L})['‘’]|['‘’](?!\p{L})/gu, "");
