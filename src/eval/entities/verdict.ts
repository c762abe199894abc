/** @file Words after a thing that deny or doubt it: "the cyst is not seen", "囊肿未见". */

import { seen } from "./cues.ts";

const mayBe = String.raw`(?:(?:is|are|was|were|has been|have been|can be|could be|be)\s+)?`;
const deniedAfter = new RegExp(
  String.raw`^\s*[:：]?\s*(?:${mayBe}(?:also\s+)?(?:absent|excluded|ruled out|negative|none|nil|(?:(?:thought|considered|felt|deemed)\s+)?(?:to be\s+)?(?:very\s+)?(?:unlikely|less likely)|not\s+(?:\w+ly\s+)?${seen}(?!\s+(?:previously|before|on (?:the )?(?:prior|previous|last)))|no longer ${seen})|(?:has|have)\s+(?:resolved|disappeared)|:\s*no\b)` +
    String.raw`|^[:：]?\s*(?:均|皆|已|可|被|也|亦)*(?:未见|未探及|未发现|未检出|未显示|阴性|缺如|不存在|排除|除外|消失|无|可能性(?:不大|小|较小))(?:显示|异常)?了?\s*$`,
  "u",
);
const doubtedAfter =
  /^\s*(?:[?？]|(?:is|are|was|were)?\s*(?:possible|likely|suspected|probable)\b|(?:can ?not|could not|not) be (?:\w+ly )?(?:excluded|ruled out)|(?:is|are) not (?:excluded|ruled out)|的?(?:可能(?!性(?:不|小|较小))|待排|待查|待除外|不除外|不能除外|不排除|不能排除))/;

/**
 * The words between a thing and a verdict on the list that it stands in: "cyst, mass and stone are absent". A comma
 * alone makes no list.
 */
const listBefore =
  /^(?:\s*,[^,]*)*?\s*,?\s*\b(?:or|and)\b(?:\s+[\w-]+){1,4}?(?=\s+(?:is|are|was|were|has|have|not|absent)\b)/;
const listBeforeHan =
  /^[、及和与或]\p{Script=Han}{2,8}?(?=(?:均|皆|已)*(?:未见|未探及|未发现|未检出|阴性|不存在|消失)\s*$)/u;
const isStated = /\b(?:there|is|are|was|were|has|have|shows?|with|seen|contains?|demonstrates?)\b|见|探及|示/;

/**
 * What is said of a thing after it in its clause.
 *
 * @param before the clause up to the thing
 * @param after the clause from its end, and the mark that ends it
 */
export function verdict(before: string, after: string): "deny" | "uncertain" | undefined {
  if (doubtedAfter.test(after)) return "uncertain";
  if (deniedAfter.test(after)) return "deny";
  if (isStated.test(before)) return undefined;
  const [list] = listBefore.exec(after) ?? listBeforeHan.exec(after) ?? [];
  if (list === undefined || isStated.test(list)) return undefined;
  return verdict("", after.slice(list.length));
}
