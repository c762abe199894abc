/** @file Stems of English words, as nltk's PorterStemmer gives them in its default mode. */

const isVowel = (letter: string | undefined) => letter !== undefined && "aeiou".includes(letter);

/** For each letter whether it is a consonant; y is one unless it follows another. */
function consonants(word: string): boolean[] {
  const flags: boolean[] = [];
  for (const [i, letter] of [...word].entries())
    flags.push(letter === "y" ? i === 0 || !flags[i - 1] : !isVowel(letter));
  return flags;
}

/** Porter's m: how often a consonant follows a vowel. */
function measure(word: string): number {
  const flags = consonants(word);
  return flags.filter((consonant, i) => consonant && flags[i - 1] === false).length;
}

const hasVowel = (word: string) => consonants(word).includes(false);

const endsInDoubleConsonant = (word: string) =>
  word.length >= 2 && word.at(-1) === word.at(-2) && consonants(word).at(-1) === true;

/** Ends as in `hop`; two letters as in `at` count too. */
function endsShort(word: string): boolean {
  const flags = consonants(word);
  if (word.length === 2) return !flags[0] && flags[1] === true;
  const [first, second, third] = flags.slice(-3);
  return first === true && second === false && third === true && !"wxy".includes(word.at(-1)!);
}

/** Ending, what takes its place, and the measure that the rest must exceed. */
type Rule = readonly [suffix: string, replacement: string, above: number];

/** Apply the first rule whose ending the word has, if the rest is long enough. */
function byRules(word: string, rules: readonly Rule[]): string {
  const rule = rules.find(([suffix]) => word.endsWith(suffix));
  if (rule === undefined) return word;
  const [suffix, replacement, above] = rule;
  const rest = word.slice(0, word.length - suffix.length);
  return measure(rest) > above ? rest + replacement : word;
}

const ruleList = (text: string, above: number): Rule[] =>
  text.split(" ").map((pair) => {
    const [suffix = "", replacement = ""] = pair.split(">");
    return [suffix, replacement, above];
  });

const [plurals, derivations, qualities, endings] = [
  ruleList("sses>ss ies>i ss>ss s>", -1),
  ruleList(
    "ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble alli>al entli>ent eli>e ousli>ous ization>ize ation>ate " +
      "ator>ate alism>al iveness>ive fulness>ful ousness>ous aliti>al iviti>ive biliti>ble fulli>ful",
    0,
  ),
  ruleList("icate>ic ative> alize>al iciti>ic ical>ic ful> ness>", 0),
  ruleList("al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize", 1),
];

const irregular = new Map(
  Object.entries({
    sky: "sky skies",
    die: "dying",
    lie: "lying",
    tie: "tying",
    news: "news",
    inning: "innings inning",
    outing: "outings outing",
    canning: "cannings canning",
    howe: "howe",
    proceed: "proceed",
    exceed: "exceed",
    succeed: "succeed",
  }).flatMap(([stem, words]) => words.split(" ").map((word) => [word, stem] as const)),
);

const withoutPlural = (word: string) =>
  word.length === 4 && word.endsWith("ies") ? word.slice(0, -1) : byRules(word, plurals);

function withoutPast(word: string): string {
  if (word.endsWith("ied")) return word.slice(0, word.length === 4 ? -1 : -2);
  if (word.endsWith("eed")) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const suffix = ["ed", "ing"].find((end) => word.endsWith(end) && hasVowel(word.slice(0, -end.length)));
  if (suffix === undefined) return word;
  const rest = word.slice(0, -suffix.length);
  if (/(?:at|bl|iz)$/.test(rest)) return `${rest}e`;
  if (endsInDoubleConsonant(rest)) return /[lsz]$/.test(rest) ? rest : rest.slice(0, -1);
  return measure(rest) === 1 && endsShort(rest) ? `${rest}e` : rest;
}

/** A y behind a consonant becomes an i, but in words of two letters. */
const withFinalI = (word: string) =>
  word.length > 2 && word.endsWith("y") && consonants(word).at(-2) ? `${word.slice(0, -1)}i` : word;

function withoutDerivation(word: string): string {
  if (word.endsWith("alli") && measure(word.slice(0, -4)) > 0) return withoutDerivation(word.slice(0, -2));
  if (/logi$/.test(word)) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  return byRules(word, derivations);
}

const withoutEnding = (word: string) =>
  word.endsWith("ion") && !/[st]ion$/.test(word) ? word : byRules(word, endings);

function withoutE(word: string): string {
  if (!word.endsWith("e")) return word;
  const rest = word.slice(0, -1);
  const m = measure(rest);
  return m > 1 || (m === 1 && !endsShort(rest)) ? rest : word;
}

const withSingleL = (word: string) =>
  word.endsWith("ll") && measure(word.slice(0, -1)) > 1 ? word.slice(0, -1) : word;

/**
 * Stem of a word. Martin Porter's own algorithm, which npm packages have, gives other stems for 1.7 % of words (`array` >
 * `arrai`), and other groups for some.
 *
 * @param word in lower case
 * @see Porter 1980, An algorithm for suffix stripping; nltk/stem/porter.py of 3.10, mode NLTK_EXTENSIONS
 */
export function porterStem(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length <= 2) return word;
  const steps = [
    withoutPlural,
    withoutPast,
    withFinalI,
    withoutDerivation,
    (stem: string) => byRules(stem, qualities),
    withoutEnding,
    withoutE,
    withSingleL,
  ];
  return steps.reduce((stem, step) => step(stem), word);
}
