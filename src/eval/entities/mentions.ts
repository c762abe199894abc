/** @file Labels that a report states, denies or doubts, read from its text in either language. */

import type { Region } from "../../tasks/regions.ts";
import { cuesOf, saysSomethingNew } from "./cues.ts";
import { normalLabel, organWords, patterns } from "./labels.ts";
import { type Span, spansOf } from "./phrase.ts";
import { verdict } from "./verdict.ts";

/** Doubted labels are named, so they count as present when sets are compared. */
export type Status = "present" | "negated" | "uncertain";

/** A label where a text names it. */
export interface Mention extends Span {
  readonly label: string;
  readonly status: Status;
}

/** Ends of clauses. A point within a number and a colon before a bare denial ("结石：无") do not end one. */
const clauseEnd =
  /[。；;!！\n，？?]|\.(?!\d)|(?<=\p{Script=Han}),|,(?=\p{Script=Han})|[:：](?!\s*(?:no|none|absent|negative|nil|无|未见|阴性)\s*(?:[.;,，。；\n]|$))/gu;

function clausesOf(text: string): Span[] {
  const ends = [...text.matchAll(clauseEnd)].map(({ index }) => index);
  return [...ends, text.length].map((end, place) => ({
    start: place === 0 ? 0 : ends[place - 1]! + 1,
    end,
  }));
}

const overlap = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;
const lengthOf = ({ start, end }: Span): number => end - start;

/** Phrases of a region's labels; of those that overlap the longest, also against what names another region's organ. */
function namedIn(text: string, region: Region): (Span & { readonly label: string })[] {
  const all = patterns.flatMap((one) =>
    spansOf(one.pattern, text)
      .filter(
        ({ start, end }) => one.region === region || organWords[one.region].test(text.slice(start, end)),
      )
      .map((span) => ({ ...span, label: one.label, isOpen: one.isOpen, isOwn: one.region === region })),
  );
  all.sort((a, b) => lengthOf(b) - lengthOf(a) || Number(b.isOwn) - Number(a.isOwn));
  const kept: typeof all = [];
  // Different things may be said of one: "the aortic valve is calcified, with regurgitation".
  for (const one of all)
    if (
      !kept.some(
        (longer) => overlap(longer, one) && !(longer.isOpen && one.isOpen && longer.label !== one.label),
      )
    )
      kept.push(one);
  return kept
    .filter(({ isOwn }) => isOwn)
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, label }) => ({ start, end, label }));
}

/** @param clause that the span lies in */
function statusOf(text: string, clause: Span, span: Span, named: readonly Span[]): Status {
  const before = text.slice(clause.start, span.start);
  const inClause = text.slice(clause.start, clause.end);
  let [isDenied, isAside, isDoubted] = [false, false, false];
  for (const cue of cuesOf(inClause)) {
    const at = { start: cue.start + clause.start, end: cue.end + clause.start };
    if (at.end > span.start) break;
    if (named.some((other) => overlap(other, at))) continue;
    if (cue.effect === "stop") [isDenied, isAside, isDoubted] = [false, false, false];
    else if (cue.effect === "deny") [isDenied, isAside] = [true, false];
    else if (cue.effect === "uncertain") isDoubted = true;
    else if (cue.effect === "aside") isAside = true;
    else if (cue.effect === "resume") isAside = false;
    else if (cue.effect === "list") {
      isAside = false;
      isDoubted = false;
      if (saysSomethingNew(inClause.slice(cue.end))) isDenied = false;
    }
  }
  if (isDenied && !isAside) return "negated";
  const after = verdict(before, text.slice(span.end, clause.end + 1).replace(/[。；;!！\n，.,:：]$/, ""));
  if (after === "deny") return "negated";
  return isDoubted || after === "uncertain" ? "uncertain" : "present";
}

/** Every place where a text names a label of the region. */
export function mentionsIn(report: string, region: Region): Mention[] {
  const text = report.toLowerCase();
  const named = namedIn(text, region);
  const clauses = clausesOf(text);
  return named.map(({ label, ...span }) => {
    const clause = clauses.find(({ end }) => span.start < end) ?? { start: 0, end: text.length };
    return { label, ...span, status: statusOf(text, clause, span, named) };
  });
}

/** Health as a whole; that only size or shape is normal says too little. */
const health = [
  /(?<!not |ab|no )\bnormal\b(?!,? (?:in |for )?(?:size|shape|contour|echo|calib|thick|position|volume|dimension|limits of))/,
  /(?<!not )\bunremarkable\b/,
  /within normal limits/,
  /\bno (?:[\w-]+ ){0,3}(?:abnormalit(?:y|ies)|abnormal findings?|abnormal)\b/,
  /(?:未见|未发现|未探及|无)(?:明显|明确|显著|确切)?异常(?!血流|信号)/,
  /(?<!不|大小|形态|回声|血流|厚度|内径|位置|比例|包膜|体积)正常(?!大小|形态)/,
];

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
