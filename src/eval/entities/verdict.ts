/** @file Words after a thing that deny or doubt it: "the cyst is not seen", "囊肿未见". */

import { seen } from "./cues.ts";

/** "is not", "can't be", "was never". */
const isNot = String.raw`(?:(?:is|are|was|were|has|have|had|can|could)\s*(?:not|n?['’]t)|not|(?:(?:is|are|was|were|has|have)\s+)?never)(?:\s+be(?:en)?)?`;
const mayBe = String.raw`(?:(?:is|are|was|were|has been|have been|can be|could be|be)\s+)?`;
const deniedAfter = new RegExp(
  String.raw`^\s*(?:[:：]|[-–—]{1,2})?\s*(?:${isNot}\s+(?:\w+ly\s+)?${seen}(?!\s+(?:previously|before|on (?:the )?(?:prior|previous|last)))|${mayBe}(?:also\s+)?(?:absent|excluded|ruled out|negative|none|nil|(?:(?:thought|considered|felt|deemed)\s+)?(?:to be\s+)?(?:very\s+)?(?:unlikely|less likely)|no longer ${seen})|(?:has|have)\s+(?:resolved|disappeared)|[:：–—-]\s*no\b)` +
    String.raw`|^\s*[(（]\s*(?:[-－–—−]|absent|none|no|nil|negative|无|未见|阴性)\s*[)）]` +
    String.raw`|^\s*(?:[:：]|[-–—]{1,2})?\s*(?:均|皆|已|可|被|也|亦|现)*(?:未见|未探及|未发现|未检出|未(?:能)?显示|不显示|不可见|[看见]不[到见]|没有|没见|没看到|阴性|缺如|不存在|排除|除外|消失|无|可能性(?:不大|小|较小))(?:(?:明确|明显|确切|清晰)?(?:的)?显示|异常)?了?\s*$`,
  "u",
);
const doubtedAfter = new RegExp(
  String.raw`^\s*(?:[?？]|(?:is|are|was|were)?\s*(?:possible|likely|suspected|probable)\b|${isNot}(?:\s+\w+ly)?(?:\s+be)?(?:\s+\w+ly)?\s+(?:excluded|ruled out)|的?(?:可能(?!性(?:不|小|较小))|待排|待查|待除外|不除外|不能除外|不排除|不能排除))`,
);

/**
 * The words between a thing and a verdict on the list that it stands in: "cyst, mass and stone are absent". A comma
 * alone makes no list.
 */
const listBefore =
  /^\s*(?:,[^,]*)*?,?\s*\b(?:or|and)\b(?:\s+[\w-]+){1,4}?(?=\s+(?:is|are|was|were|has|have|not|absent)\b)/;
const listBeforeHan =
  /^[、及和与或]\p{Script=Han}{2,8}?(?=(?:均|皆|已)*(?:未见|未探及|未发现|未检出|阴性|不存在|消失)\s*$)/u;
/** Where a statement begins, so that what is said behind the thing is not said of it. */
export const stated =
  /\b(?:there|is|are|was|were|has|have|shows?|with|seen|contains?|demonstrates?)\b|见|探及|示/;

/** What a verdict is read by, for signatures. */
export const verdictPatterns = [deniedAfter, doubtedAfter, listBefore, listBeforeHan, stated];

/**
 * What is said of a thing after it in its clause.
 *
 * @param isStatement the clause before the thing says that something is there
 * @param after the clause from its end, and the mark that ends it
 */
export function verdict(isStatement: boolean, after: string): "deny" | "uncertain" | undefined {
  if (doubtedAfter.test(after)) return "uncertain";
  if (deniedAfter.test(after)) return "deny";
  if (isStatement) return undefined;
  const [list] = listBefore.exec(after) ?? listBeforeHan.exec(after) ?? [];
  if (list === undefined || stated.test(list)) return undefined;
  return verdict(false, after.slice(list.length));
}
