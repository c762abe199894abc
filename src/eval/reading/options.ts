/** @file The options of a single-choice question, and which one an answer chooses. Nothing is guessed. */

import { classPatterns, isDeniedAfter, mentionsIn, namedClass } from "./classes.ts";
import { marks, withoutMarks } from "./marks.ts";

/** An option of a single-choice question. */
export interface Option {
  readonly letter: string;
  readonly text: string;
}

const capitals = "ABCDEFGH";
const optionLine = /^[-*•(（\s]*([A-Ha-h])\s*[.．、:：)）]\**\s*(\S.*?)\s*$/gm;
const optionMark = /(?<![\p{Script=Latin}\d])[(（]?([A-H])\s*[.．、:：)）]\s*/gu;

/**
 * The options of a question, a line each (`A. cyst`, `B) mass`, `(C) normal`, `- D：囊肿`), or from A onwards in one line.
 */
export function optionsIn(asked: string): Option[] {
  const lines = asked.matchAll(optionLine);
  const options = [...lines].map(([, letter = "", text = ""]) => ({ letter: letter.toUpperCase(), text }));
  const inOneLine = asked.split("\n").map(optionsInLine);
  return options.length > 1 ? options : (inOneLine.find((own) => own.length > 1) ?? options);
}

function optionsInLine(line: string): Option[] {
  const marks = [...line.matchAll(optionMark)];
  const first = marks.findIndex(([, letter]) => letter === "A");
  const own = first < 0 ? [] : marks.slice(first).filter(([, letter], place) => letter === capitals[place]);
  return own.map(({ index, 0: mark, 1: letter = "" }, place) => ({
    letter,
    text: line.slice(index + mark.length, own[place + 1]?.index).replace(/[\s;,；，、]+$/, ""),
  }));
}

/** Before a letter that is meant as one: the answer's or a line's begin, a mark, or words that lead to a letter. */
const before = {
  capital:
    /(?:^\s*|[^\p{L}\p{N}\s-]\s*|\n\s*|\b(?:is|be|are|answer|option|choice|choose|chose|select|pick|and|or|either|neither|nor|not|so|thus|therefore|but|than)\s+|[选择项案是为应和或与非除即故]\s*)$/iu,
  small:
    /^\s*\(?$|\n\s*\(?$|\b(?:answer|option|choice)(?:\s+is)?\s*[:=]?\s*\(?$|\b(?:choose|select|pick)\s+\(?$|(?:选|选择|选项|答案)(?:应该是|应为|应是|是|为)?\s*[:]?\s*\(?$/iu,
};

/** Behind it: an end, a mark, or words that go on about the letter. Otherwise it is an article, or part of a name. */
const behind = {
  capital:
    /^\s*(?:$|[^\p{L}\p{N}\s]|\n|(?:is|was|are|and|or|nor|because|since|as|but|not|rather)\b|选项|项|正确|对|错|不|是|和|或|与|因|符合)/u,
  small: /^\s*(?:$|[.,;:)。、])/u,
};

/** Words right behind a letter by which it is denied. */
const deniedBehind =
  /^\)?(?:\s*选?项)?(?:\s*是)?\s*(?:错|不正确|不对|不是|不符)|^\)?\s+(?:(?:is|are|was|were)\s+(?:(?:clearly|definitely|also)\s+)?(?:not|wrong|incorrect|false)\b|isn['’]t\b|can(?:not|['’]t)\b|does(?:\s+not|n['’]t)\b)/u;

/** Between a letter and one that is meant with it ("a, b"); a denial reaches over the words, not over a comma. */
const joins = /^\)?\s*(?:(?<words>or|nor|或|和|、)|and|[,/])\s*(?:or|and)?\s*\(?$/;

const standingLetter =
  /(?<![\p{Script=Latin}\d]|\p{Script=Latin}['’-])[A-Ha-h](?![\p{Script=Latin}\d]|['’-]\p{Script=Latin})/gu;

/** The letters that an answer means, and those that it denies; letters within an option's text that it repeats are neither. */
function lettersIn(text: string, options: readonly Option[]) {
  const [meant, denied] = [new Set<string>(), new Set<string>()];
  let last: { readonly isDenied: boolean; readonly end: number } | undefined;
  let repeated = 0;
  for (const { index, 0: letter } of text.matchAll(standingLetter)) {
    const [head, tail] = [text.slice(0, index), text.slice(index + 1)];
    const size = letter <= "H" ? "capital" : "small";
    const joint = last && joins.exec(text.slice(last.end, index));
    const isLed = before[size].test(head) || joint;
    const ownText = endOfOwnText(tail, letter, options);
    if (index < repeated || !isLed || !(behind[size].test(tail) || ownText > 0)) continue;
    const isDenied =
      (last?.isDenied && joint?.groups?.words !== undefined) || denies(head) || deniedBehind.test(tail);
    (isDenied ? denied : meant).add(letter.toUpperCase());
    last = { isDenied, end: index + 1 };
    repeated = index + 1 + ownText;
  }
  return { meant, denied };
}

/** Where the text of a letter's own option ends behind it; 0 where that does not follow. */
function endOfOwnText(tail: string, letter: string, options: readonly Option[]): number {
  const own = withoutEnd(options.find((option) => option.letter === letter)?.text ?? "");
  const start = tail.search(/[^\s\p{P}]/u);
  const isThere = own !== "" && mentionsIn(tail, { own: [own] }).some(({ at }) => at === start);
  return isThere ? start + own.length : 0;
}

/** Between a denial and the letter that it denies. */
const lead = /(?:(?:\bthe\s+)?\b(?:option|choice|answer|choose|select|pick)\s*|选择?|选项|答案)?\(?$/i;
/** Denials of letters beside those of classes. */
const excluded = /(?:排除|\b(?:rather|other) than\s+)$/i;

/** What a choice is read by, for signatures. */
export const optionPatterns = [
  [optionLine, optionMark, before, behind, deniedBehind, joins, standingLetter, lead, excluded],
  [classPatterns, marks],
];

/** Whether what stands before a letter, and leads to it, denies it. */
function denies(head: string): boolean {
  const rest = head.replace(lead, "");
  return isDeniedAfter(rest, "A") || isDeniedAfter(rest, "选") || excluded.test(rest);
}

const withoutEnd = (text: string): string =>
  withoutMarks(text)
    .trim()
    .replace(/[.。]$/, "");

/**
 * The option that an answer chooses: by its letter, or by one option's text and no other's. What is denied is not chosen.
 *
 * @returns undefined where it chooses none or several, or one that was not offered
 */
export function chosenOption(text: string, options: readonly Option[]): string | undefined {
  const said = withoutMarks(text);
  const { meant, denied } = lettersIn(said, options);
  const [letter, ...more] = meant;
  if (more.length > 0) return undefined;
  if (options.some((option) => option.letter === letter)) return letter;
  const texts = options.filter((option) => withoutEnd(option.text) !== "");
  const named = namedClass(
    said,
    Object.fromEntries(texts.map((option) => [option.letter, [withoutEnd(option.text)]])),
  );
  return named === undefined || denied.has(named) ? undefined : named;
}
