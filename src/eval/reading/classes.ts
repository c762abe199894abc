/** @file The class that an answer names, by a closed table of words for each and of denials right before them. */

/** Words of each class, in the answer's language. */
export type NamesOfClasses = Readonly<Record<string, readonly string[]>>;

/** Words right before a name by which it is denied: "no evidence of a", "does not show any", 未见明显. */
const denialBefore: Readonly<Record<"latin" | "han", RegExp>> = {
  latin:
    /(?:\b(?:no|not|non|without|neither|nor|never|cannot|absence of|free of)|n['’]t)(?:[\s-]+(?:an?|any|the|be|see|show|contain|evidence|signs?|of|for|clear|definite|obvious|visible|focal|discrete|suspicious))*[\s-]+$/i,
  han: /(?:不|非|未|无|没)(?:能|可|应)?(?:有|是|见到?|发现|探及|检出|观察到|看到|显示)?(?:任何|明显|明确|确切|可疑|局灶性?|占位性?|的)*$/,
};

/** Whether what stands before a name denies it. */
export const isDeniedAfter = (before: string, name: string): boolean =>
  denialBefore[/^\p{Script=Han}/u.test(name) ? "han" : "latin"].test(before);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

/**
 * Words where they are no part of longer ones ("abnormal" holds no "normal") nor of other numbers ("BI-RADS 41" no
 * "BI-RADS 4"). Chinese has no such ends. A single letter is told from the article "a" by its case, or by what follows.
 */
const wholeWords = (words: string): RegExp => {
  const start = /^\p{Script=Han}/u.test(words) ? "" : String.raw`(?<![\p{Script=Latin}\d])(?<!\d[.,](?=\d))`;
  const end = /\p{Script=Han}$/u.test(words) ? "" : String.raw`(?![\p{Script=Latin}\d])(?!(?<=\d)[.,]\d)`;
  const noArticle = words === "A" ? String.raw`(?!\s+(?!(?:is|was|and|or)\b)[a-z])` : "";
  return new RegExp(`${start}${escaped(words)}${end}${noArticle}`, words.length > 1 ? "giu" : "gu");
};

/** What a class is read by beside its words, for signatures. */
export const classPatterns: readonly RegExp[] = [
  ...Object.values(denialBefore),
  ...["A", "word", "词"].map(wholeWords),
];

/** A class where a text names it. */
export interface Mention {
  readonly name: string;
  readonly at: number;
  readonly isDenied: boolean;
}

/** All names of classes in a text, the longest first; a name inside a longer one does not count. */
export function mentionsIn(text: string, names: NamesOfClasses): Mention[] {
  const words = Object.entries(names)
    .flatMap(([name, all]) => all.map((word) => ({ name, word })))
    .sort((a, b) => b.word.length - a.word.length);
  let rest = text;
  const found: Mention[] = [];
  for (const { name, word } of words)
    rest = rest.replaceAll(wholeWords(word), (_, at: number) => {
      found.push({ name, at, isDenied: isDeniedAfter(rest.slice(0, at), word) });
      return "\n".repeat(word.length);
    });
  return found;
}

/**
 * The one class that a text names. A name inside a longer name does not count, nor does one that is denied.
 *
 * @param denied the class that is meant by denying another
 * @returns undefined where it names none, or several
 */
export function namedClass(
  text: string,
  names: NamesOfClasses,
  denied: Readonly<Record<string, string>> = {},
): string | undefined {
  const found = mentionsIn(text.normalize("NFKC"), names).flatMap(
    ({ name, isDenied }) => (isDenied ? denied[name] : name) ?? [],
  );
  return new Set(found).size === 1 ? found[0] : undefined;
}
