/** @file Labels that a report states, denies or doubts, read from its text in either language. */

import type { Region } from "../../tasks/regions.ts";
import { type Cue, cuePatterns, cuesOf, seen } from "./cues.ts";
import { normalLabel, organWords, patterns } from "./labels.ts";
import { type Span, spansOf } from "./phrase.ts";
import { clauseStart, type Scope, scopeAfter } from "./scope.ts";
import { stated, verdict, verdictPatterns } from "./verdict.ts";

/** Doubted labels are named, so they count as present when sets are compared. */
export type Status = "present" | "negated" | "uncertain";

/** A label where a text names it. */
export interface Mention extends Span {
  readonly label: string;
  readonly status: Status;
}

/** All that is said of a thing before a colon or a dash: "结石：无". */
const bareDenial = String.raw`\s*(?:no|absent|negative|nil|(?:none|not)(?:\s+${seen})?|无|未见|阴性)\s*(?:[.;,，。；)）\n]|$)`;
/** A dash between words, neither a hyphen nor part of "5 - 6 mm". */
const dash = String.raw`(?:(?<=[^\d\s]\s)[-–—](?=\s)|(?<=\d\s)[-–—](?=\s\D)|(?<=[a-z])—(?=[a-z])|——)`;
/** Ends of clauses. A point within a number and a colon or dash before a bare denial do not end one. */
const clauseEnd = new RegExp(
  String.raw`[。；;!！\n，？?]|\.(?!\d)|(?<=\p{Script=Han}),|,(?=\p{Script=Han})|(?:[:：]|${dash})(?!${bareDenial})`,
  "gu",
);

function clausesOf(text: string): Span[] {
  const ends = [...text.matchAll(clauseEnd)].map(({ index }) => index);
  return [...ends, text.length].map((end, place) => ({
    start: place === 0 ? 0 : ends[place - 1]! + 1,
    end,
  }));
}

const placesOf = ({ start, end }: Span): number[] =>
  Array.from({ length: end - start }, (_, offset) => start + offset);
const lengthOf = ({ start, end }: Span): number => end - start;

/** A phrase where a text has it. */
interface Named extends Span {
  readonly label: string;
  readonly isOpen: boolean;
  /** Whether its label is of the region that is read. */
  readonly isOwn: boolean;
}

/** Different things may be said of one: "the aortic valve is calcified, with regurgitation". */
const mayShare = (a: Named, b: Named): boolean => a.isOpen && b.isOpen && a.label !== b.label;

/** Without those that a longer one overlaps; of equally long ones the region's own stays. */
function withoutOverlaps(all: readonly Named[]): Named[] {
  const kept: Named[] = [];
  const keptAt = new Map<number, Named[]>();
  const longestFirst = [...all].sort(
    (a, b) => lengthOf(b) - lengthOf(a) || Number(b.isOwn) - Number(a.isOwn),
  );
  for (const one of longestFirst) {
    const places = placesOf(one);
    const isFree = places.every((place) =>
      (keptAt.get(place) ?? []).every((longer) => mayShare(longer, one)),
    );
    if (!isFree) continue;
    kept.push(one);
    for (const place of places) keptAt.set(place, [...(keptAt.get(place) ?? []), one]);
  }
  return kept;
}

/** Phrases of a region's labels; of those that overlap the longest, also against what names another region's organ. */
function namedIn(text: string, region: Region): (Span & { readonly label: string })[] {
  const all = patterns.flatMap((one) =>
    spansOf(one.pattern, text)
      .filter(
        ({ start, end }) => one.region === region || organWords[one.region].test(text.slice(start, end)),
      )
      .map((span) => ({ ...span, label: one.label, isOpen: one.isOpen, isOwn: one.region === region })),
  );
  return withoutOverlaps(all)
    .filter(({ isOwn }) => isOwn)
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, label }) => ({ start, end, label }));
}

/** How far behind a thing or a mark the clause is looked at, so that a text of any length is soon read. */
const reach = 400;

/** The cues of a clause that are no part of a thing's name. */
const cuesIn = (inClause: string, named: readonly Span[]): Cue[] => {
  const taken = new Set(named.flatMap(placesOf));
  return cuesOf(inClause).filter((cue) => placesOf(cue).every((place) => !taken.has(place)));
};

function statusOf(scope: Scope, said: ReturnType<typeof verdict>): Status {
  if (scope.isDenied && !scope.isAside) return "negated";
  if (said === "deny") return "negated";
  return scope.isDoubted || said === "uncertain" ? "uncertain" : "present";
}

/**
 * The status of every thing that a clause names.
 *
 * @param inClause the clause's text, and a question mark that ends it
 * @param named the things by their places in it, in order
 */
function statusesIn(inClause: string, named: readonly Span[]): Status[] {
  const cues = cuesIn(inClause, named);
  const statedAt = stated.exec(inClause);
  const statedFrom = statedAt === null ? inClause.length : statedAt.index + statedAt[0].length;
  let scope = clauseStart;
  let next = 0;
  return named.map(({ start, end }) => {
    for (let cue = cues[next]; cue !== undefined && cue.end <= start; cue = cues[++next]) {
      const rest = inClause.slice(cue.end, cue.end + reach);
      scope = scopeAfter(scope, cue, inClause.slice(cue.start, cue.end), rest);
    }
    return statusOf(scope, verdict(statedFrom <= start, inClause.slice(end, end + reach)));
  });
}

/** Every place where a text names a label of the region. */
export function mentionsIn(report: string, region: Region): Mention[] {
  const text = report.toLowerCase();
  const named = namedIn(text, region);
  let next = 0;
  return clausesOf(text).flatMap(({ start, end }) => {
    const first = next;
    while (next < named.length && named[next]!.start < end) next++;
    const own = named.slice(first, next);
    if (own.length === 0) return [];
    const last = /[?？]/.test(text.charAt(end)) ? end + 1 : end;
    const inClause = text.slice(start, last);
    const statuses = statusesIn(
      inClause,
      own.map((span) => ({ start: span.start - start, end: span.end - start })),
    );
    return own.map((span, place) => ({ ...span, status: statuses[place]! }));
  });
}

/** What stands before "normal" where it is denied: "does not look normal". */
const denied = String.raw`(?:\b(?:not|cannot|never)|n['’]t)(?: (?!(?:and|but|with|in)\b)[\w-]+){0,3} |\bno (?:longer )?`;
/** Health as a whole; that only size or shape is normal says too little. */
const health = [
  new RegExp(
    String.raw`(?<!${denied})\bnormal\b(?!,? (?:in |for )?(?:size|shape|contour|echo|calib|thick|position|volume|dimension|limits of))`,
  ),
  new RegExp(String.raw`(?<!${denied})\bunremarkable\b`),
  /\bno (?:[\w-]+ ){0,3}(?:abnormalit(?:y|ies)|abnormal findings?|abnormal)\b/,
  /(?:未见|未发现|未探及|无)(?:明显|明确|显著|确切)?异常(?!血流|信号)/,
  /(?<!不|不太|不完全|不是|非|未|大小|形态|回声|血流|厚度|内径|位置|比例|包膜|体积)正常(?!大小|形态)/,
];

/** What labels are read by, for signatures. */
export const labelPatterns = [patterns, organWords, clauseEnd, cuePatterns, verdictPatterns, health];

/**
 * The labels that a text says are there, surely or perhaps; `normal` where it states health and names none.
 *
 * @returns in the order of the text, each once
 */
export function labelsIn(report: string, region: Region): string[] {
  const there = mentionsIn(report, region).filter(({ status }) => status !== "negated");
  if (there.length > 0) return [...new Set(there.map(({ label }) => label))];
  const text = report.toLowerCase();
  return health.some((pattern) => pattern.test(text)) ? [normalLabel] : [];
}
