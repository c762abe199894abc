/** @file Whether an answer holds a statement for true. Nothing is guessed. */

import { marks, withoutMarks } from "./marks.ts";

/** Between clauses that may each be a verdict: "True or False" has two. */
const clauseEnds = /[.。!！?？;；:：,，、\n/()]|\b(?:and|or|but|so)\b|但是?|而是/i;

/** A clause that is nothing but a verdict, with or without its subject and a reason. */
const verdicts: readonly RegExp[] = [
  /^(?:(?<true>yes|yeah)|(?<false>no))(?: it (?:is|does)(?: not|n['’]t)?)?$/i,
  /^(?:i (?:think|believe)(?: that)? )?(?:(?:the|this|that|my|final|given) )*(?:(?:answer|statement|description|caption|claim|it|this|that)(?: is| was|['’]s)?(?<isnt>n['’]t)? )?(?<not>not )?(?:(?<true>true|correct|right|accurate)|(?<false>false|incorrect|wrong|untrue|inaccurate))(?: (?:because|since|as|that)\b.*)?$/i,
  /^(?:(?:the|this|that|given) )*(?:answer|statement|description|caption|claim|it|this|that) (?:(?<true>matches|fits)|(?<false>(?:does not|doesn['’]t) (?:match|fit)))(?: (?:the|this) (?:picture|image))?$/i,
  /^(?:(?<false>否|非|不是)|(?<true>是))的?$/,
  /^(?:我(?:认为|觉得))?(?:这|该|此|本|上述|以上)?(?:个|段|句|项)?(?:说法|描述|陈述|判断|答案|结论|叙述|超声所见)?(?:应该是|应为|应是|为|是)?(?:与(?:本|该)?(?:图像?|图片|画面))?(?<not>不|没有?|未|非)?(?:(?<true>正确|对|真|相?符合?|一致)|(?<false>错误?|假))(?:的|图像)?(?:因为.*|由于.*)?$/,
];

/** What a verdict is read by, for signatures. */
export const truthPatterns = [clauseEnds, verdicts, marks];

function verdictOf(clause: string): boolean | undefined {
  for (const pattern of verdicts) {
    const groups = pattern.exec(clause)?.groups;
    if (groups === undefined) continue;
    const isDenied = groups.not !== undefined || groups.isnt !== undefined;
    return (groups.true !== undefined) !== isDenied;
  }
  return undefined;
}

/** Whether an answer holds a statement for true; undefined where it does not say, or says both. */
export function judgedTrue(text: string): boolean | undefined {
  const clauses = withoutMarks(text)
    .split(clauseEnds)
    .map((clause) => clause.trim().replace(/\s+/g, " "));
  const found = new Set(clauses.flatMap((clause) => verdictOf(clause) ?? []));
  return found.size === 1 ? [...found][0] : undefined;
}
