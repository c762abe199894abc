/** @file Reports in Chinese, in the manner of a hospital's: short clauses, findings without diagnoses. */

import { mmText } from "../generate/calculator.ts";
import type { Finding } from "./facts.ts";
import type { Look } from "./looks.ts";
import type { Prose } from "./prose.ts";
import {
  type Form,
  factRegionNames,
  isNormalFinding,
  kindOf,
  modeNames,
  pathologyNames,
  sideNames,
  structureNames,
  viewNames,
} from "./vocabulary.ts";
import {
  type Choose,
  gradeText,
  listText,
  say,
  sizeText,
  type TermField,
  thirdNames,
  thirdOf,
} from "./wording.ts";

const place = ({ position }: Pick<Finding, "position">, choose: Choose): string | undefined =>
  position && choose(thirdNames[thirdOf(position)].zh);

const clauses = (parts: readonly (string | undefined | false)[]): string =>
  `${parts.filter((part) => part !== undefined && part !== false).join("，")}。`;

const term = (finding: Finding, choose: Choose) => (field: TermField) => say(finding, field, "zh", choose);

function focal(finding: Finding, { what, site }: Look, choose: Choose): string {
  const word = term(finding, choose);
  const where = place(finding, choose);
  const echo = word("echogenicity");
  const shape = word("shape");
  const calcification = word("calcification");
  const at = site && where ? `${site.zh}（${where}）` : (site?.zh ?? where ?? "");
  return clauses([
    `${at}${choose(["见一", "可见一", "探及一"])}${echo ?? ""}${what.zh}`,
    sizeText(finding, "zh", choose),
    shape && `${choose(["形态呈", "呈"])}${shape}`,
    word("orientation"),
    word("margin"),
    calcification &&
      (finding.calcification === "none"
        ? `内部${calcification}`
        : `${finding.calcification === "rim" ? "可见" : "内见"}${calcification}`),
    word("posterior"),
  ]);
}

/** How a form calls its one dimension. */
const dimensionNames = {
  fluid: "深约",
  thickened: "厚约",
  dilated: "内径约",
  narrowed: "残余内径约",
  diffuse: "厚约",
  focal: "厚约",
} as const satisfies Record<Form, string>;

function formed(form: Form, finding: Finding, look: string, choose: Choose): string {
  const { thicknessMm, stenosisPercent, axesMm } = finding;
  const word = term(finding, choose);
  const where = place(finding, choose);
  const echo = word("echogenicity");
  const grade = gradeText(finding, form, "zh");
  return clauses([
    `${where ?? ""}${choose(["见", "可见"])}${grade && form !== "fluid" ? grade : ""}${look}`,
    grade && form === "fluid" && `呈${grade}`,
    thicknessMm !== undefined && `${dimensionNames[form]}${mmText(thicknessMm)}mm`,
    axesMm && sizeText(finding, "zh", choose),
    stenosisPercent !== undefined && `狭窄率约${Math.round(stenosisPercent)}%`,
    echo && `回声呈${echo}`,
    word("posterior"),
  ]);
}

/** A diagnosis with its nature and as much doubt as a picture leaves. */
function natured(
  name: string,
  isUnspecific: boolean,
  nature: string | undefined,
  { kind }: Finding,
  choose: Choose,
): string {
  if (nature === undefined)
    return isNormalFinding(kind)
      ? name
      : choose([name, `考虑${name}`, `符合${name}声像图表现`, `${name}可能`]);
  return isUnspecific
    ? choose([`${name}，考虑${nature}`, `${name}，倾向${nature}`, `${name}，${nature}可能性大`])
    : choose([`${nature}病变，考虑${name}`, `考虑${name}（${nature}）`, `${name}可能，倾向${nature}`]);
}

export const zh: Prose = {
  space: "",
  opening({ region, mode, view, side }, isAll) {
    const where = region === "other" ? "" : factRegionNames[region].zh;
    const imaged = `${where}${mode ? modeNames[mode].zh : ""}超声${view ? viewNames[view].zh : ""}`;
    return `${imaged}${side ? `（${sideNames[side].zh}）` : ""}${isAll ? "图像。" : "示："}`;
  },
  structures: (names, choose) =>
    clauses([`${choose(["图像显示", "图中可见", "切面内显示"])}${listText(names, "zh")}`]),
  structure(fact, choose) {
    const name = structureNames[fact.kind].zh;
    const where = place(fact, choose);
    const echo =
      fact.echogenicity &&
      say({ kind: "mass", echogenicity: fact.echogenicity }, "echogenicity", "zh", choose);
    return clauses([
      where ? choose([`${name}位于${where}`, `${where}见${name}`]) : `可见${name}`,
      echo && `内呈${echo}`,
      sizeText(fact, "zh", choose),
      fact.circumferenceMm !== undefined &&
        `${fact.kind === "fetalHead" ? "头围" : "周长"}约${mmText(fact.circumferenceMm)}mm`,
    ]);
  },
  finding(region, finding, look, choose) {
    const form = kindOf(region, finding.kind)?.form ?? "focal";
    return form === "focal" ? focal(finding, look, choose) : formed(form, finding, look.what.zh, choose);
  },
  absent: (names, choose) =>
    clauses([
      choose([
        `未见明显${listText(names, "zh")}征象`,
        `所示切面未见${listText(names, "zh")}征象`,
        `未探及${listText(names, "zh")}`,
      ]),
    ]),
  empty: (name, choose) => clauses([name, choose(["未显示可辨认的解剖结构", "图中无可辨认的解剖结构"])]),
  report: (findings, impression) => `超声所见：${findings}\n超声提示：${impression}`,
  diagnosis: (impression, findings) => `超声诊断：${impression}\n依据：${findings}`,

  conclusion({ finding, form, name, count, isUnspecific, pathology }, choose) {
    const full = `${count > 1 ? "多发" : ""}${gradeText(finding, form, "zh") ?? ""}${name}`;
    const category = finding.birads && `BI-RADS ${finding.birads}类`;
    return [natured(full, isUnspecific, pathology && pathologyNames[pathology].zh, finding, choose), category]
      .filter(Boolean)
      .join("，");
  },
  normal: (region, choose) => {
    const where = region === "other" ? "" : factRegionNames[region].zh;
    return choose([`${where}超声未见明显异常`, `所示${where}切面未见明显异常`, `${where}声像图未见异常`]);
  },
  headCircumference: (mm) => `胎儿头围约${mm}mm`,
  absentConclusion: (names) => `未见${listText(names, "zh")}征象`,
  undecided({ region, view }, names, choose) {
    const what =
      names.length > 0 ? listText(names, "zh") : region === "other" ? "" : factRegionNames[region].zh;
    const picture = `${what}${view ? viewNames[view].zh : ""}超声图像`;
    return region === "other"
      ? choose([`${picture}，仅作图像描述，不作诊断`, `${picture}，不作诊断性结论`])
      : choose([`${picture}，未作异常判断`, `${picture}，是否存在病变未作评估`]);
  },
  emptyConclusion: (choose) => choose(["图像无法用于超声诊断", "无法作出超声诊断，需重新采集图像"]),
  impression: (lines) =>
    lines.length < 2
      ? `${lines.join("")}。`
      : lines.map((line, index) => `${index + 1}. ${line}。`).join(" "),
};
