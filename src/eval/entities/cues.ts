/**
 * @file Words that decide whether what is named after them in a clause is there: one table for both languages, in the manner of
 * NegEx. Of two cues at one place the one further up wins.
 *
 * @see Chapman et al. 2001, A simple algorithm for identifying negated findings and diseases in discharge summaries
 */

import type { Span } from "./phrase.ts";

/** What a cue does to what follows it in the clause. */
export type Effect =
  /** Nothing, though it looks like a denial. */
  | "none"
  | "uncertain"
  | "deny"
  /** Ends all that came before. */
  | "stop"
  /** What is denied is in, or of, what follows: it is there itself. */
  | "aside"
  /** The denied list goes on. */
  | "resume"
  /** The denied list goes on unless something new is said. */
  | "list"
  /** A remark in brackets begins. */
  | "open"
  /** It ends, and what held before it holds again. */
  | "close";

/** "not", also the end of "isn't", "can't" and the like. */
const not = String.raw`(?:\bnot|n['’]t)`;
const words = (...alternatives: string[]) => String.raw`\b(?:${alternatives.join("|")})\b`;

const cues: Readonly<Record<Effect, readonly string[]>> = {
  none: [
    String.raw`${not} (?:only|necessarily|merely|just|without|(?:well|clearly|sharply|completely|fully|entirely) [a-z]+)\b`,
    String.raw`${not} (?:true|the case|correct) that (?:there (?:is|are|was|were) )?(?:no|not)\b`,
    words(
      "(?:no|without)(?: (?:significant|obvious|interval|definite|further|appreciable|evident))* (?:change|increase|decrease|growth|progression|difference|interval change)s?",
      "no doubt",
    ),
    "(?:并非|(?<!是)不是)(?:没有|没|未见|无)|不无|有无|无回声|无明显变化|无显著变化|无变化|无明显改变|无改变|未见(?:明显|显著)?(?:变化|改变)|无名|无痛|无创|无症状|无疑|毫无疑问",
  ],
  uncertain: [
    String.raw`(?:\bcan ?not|${not})(?: \w+ly)?(?: be| been)?(?: \w+ly)? (?:excluded?|ruled? out)\b`,
    words(
      "difficult to exclude",
      "(?:to )?rule out",
      "possib(?:le|ly|ility of)",
      "probabl[ey]",
      "likely",
      "suspect(?:ed|ing|s)?",
      "susp?icio(?:us for|us of|n of|n for)",
      "may (?:be|represent|reflect|indicate)",
      "might (?:be|represent)",
      "could (?:be|represent)",
      "suggest(?:s|ing|ive of|ed)?",
      "concern(?:ing)? for",
      "questionable",
      "query",
      "favou?r(?:s|ed|ing)?",
      "appears to be",
    ),
    "不(?:能|可)?(?:完全)?(?:排除|除外)|(?:未能?|无法)(?:完全)?(?:排除|除外)|待(?:排除|除外|排|查)|不?可能性(?:大|较大)|(?<!不)可能(?!性[不小])|(?<!不)考虑|疑似|疑为|可疑|怀疑|疑|倾向",
  ],
  deny: [
    "n['’]t\\b",
    // Not the things themselves: "none of the nodules shows calcification".
    String.raw`(?<=\bnone of (?:[\w-]+ ){1,4})(?:shows?|demonstrates?|reveals?|exhibits?|has|have|contains?)\b`,
    words(
      "no(?!\\s*[,.;])",
      "not",
      "cannot",
      "never",
      "fail(?:s|ed|ure)? to (?:show|demonstrate|reveal|identify|detect|depict|visuali[sz]e|see|find)",
      "without",
      "nor",
      "neither",
      "den(?:y|ies|ied)",
      "absence of",
      "negative for",
      "free of",
      "lack(?:s|ing)?(?: of)?",
      "(?:rather than|instead of)",
      "(?<!(?:is|are|was|were|be|been|being) )(?:rule[sd] out|exclude[sd]?)",
    ),
    "未(?:能|明确|明显|确切|清晰|清楚)?(?:见|看到|看见|探及|探查到|发现|检出|检测到|显示|测及|触及|查见|观察到|提示|引起|造成|导致|有|及)|没(?:有|见|看到|看见|发现|探及|检出|显示|观察到)|[看见]不[到见]|不见|(?<!是)不是(?![很太]|特别|十分|完全)|(?<!除)非(?!\\p{Script=Han}{1,2}[性期]|典型|均|对称|常)|不含|不存在|不伴|不考虑|不支持|不符合|排除|除外|否认|否定|缺乏|无",
  ],
  stop: [
    words(
      "but",
      "however",
      "although",
      "though",
      "except(?: for)?",
      "apart from",
      "aside from",
      "other than",
      "besides",
      "yet",
      "whereas",
      "while",
      "instead",
      "nevertheless",
      "only",
      "because of",
    ),
    "但|然而|而|不过|却|仅|只|可见|内见|另见|见有|探及|提示|(?<=(?:无|不伴|没有|缺乏)\\p{Script=Han}{1,8})(?<!明显|确切|明确|典型|可疑|异常|显著|肯定|占位性)的",
  ],
  aside: [words("in", "within", "inside", "near", "around", "adjacent to", "beside", "along", "throughout")],
  resume: [words("or")],
  list: [words("and"), "(?<!\\p{Script=Han}),(?!\\p{Script=Han})"],
  open: ["[(（]"],
  close: ["[)）]"],
};

const effects = Object.keys(cues) as Effect[];
const anyCue = new RegExp(effects.map((effect) => `(?<${effect}>${cues[effect].join("|")})`).join("|"), "gu");

/** A cue where it stands. */
export interface Cue extends Span {
  readonly effect: Effect;
}

/** The cues of a lower case text, in order. */
export const cuesOf = (text: string): Cue[] =>
  [...text.matchAll(anyCue)].flatMap(({ index, 0: found, groups = {} }) => {
    const effect = effects.find((name) => groups[name] !== undefined);
    return effect === undefined ? [] : [{ effect, start: index, end: index + found.length }];
  });

/** Participles that say of a thing that it is there. */
export const seen =
  "(?:seen|noted|identified|present|found|detected|evident|visuali[sz]ed|visible|demonstrated|observed|appreciated|depicted)";

const verb = String.raw`(?:shows?|demonstrates?|reveals?|has|have|contains?|measur(?:es|ing)|suggests?|represents?|(?:is|are|was|were)(?!\s+(?:also\s+)?${seen}))`;
/** A new statement after a comma or "and" in a denied list, rather than one more thing that is denied. */
const newStatement = new RegExp(
  String.raw`^\s*(?:and\s+)?(?:there|an?|the|this|these|its?|one|two|three|four|multiple|several|few|many|some|numerous|known|stable|suspected|possible|possibly|probable|probably|likely|with|but|only|normal|which|\d)\b|^[^,()（）]*?\b${verb}\b`,
);
/** Begins a new statement too, unless the list goes on behind it: "no dilation, left or right enlargement". */
const quality = /^\s*(?:left|right|bilateral|both|small|large|tiny|mild|mildly|moderate|marked|severe)\b/;
/** How many words another item of a denied list may have when neither "or" nor "and" is to come. */
const mostWords = 3;

/** @param rest the clause after a comma or "and" */
export function saysSomethingNew(rest: string): boolean {
  if (newStatement.test(rest)) return true;
  if (/\b(?:or|nor|and)\b/.test(rest)) return false;
  const [item = ""] = rest.split(/[,()（）]/, 1);
  return quality.test(rest) || item.trim().split(/\s+/).length > mostWords;
}

const statement = new RegExp(String.raw`^[^()（）]*?\b(?:there|${verb}|${seen})\b`);

/** What cues are read by, for signatures. */
export const cuePatterns = [anyCue, newStatement, quality, mostWords, statement];

/**
 * Whether a remark states something itself, rather than being part of what is denied before it.
 *
 * @param rest the clause after the opening bracket
 */
export const remarkStates = (rest: string): boolean => statement.test(rest);
