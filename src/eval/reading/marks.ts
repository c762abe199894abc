/** @file Marks around the words of an answer that say nothing: Markdown, quotes, brackets, tags, LaTeX boxes. */

/** Marks and what stands for them, one after another; also for signatures. */
export const marks: readonly (readonly [mark: RegExp, instead: string])[] = [
  [/\\boxed\{([^{}]*)\}/g, "$1"],
  [/<\/?[a-z]+>/gi, " "],
  [/[*_"`[\]“”「」『』]|(?<!\p{L})['‘’]|['‘’](?!\p{L})/gu, ""],
];

/** An answer without them, full width characters as plain ones. Round brackets stay: they hold letters of options. */
export const withoutMarks = (text: string): string =>
  marks.reduce((rest, [mark, instead]) => rest.replace(mark, instead), text.normalize("NFKC"));
