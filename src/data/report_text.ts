/**
 * @file A report of one picture from its facts: findings and impression, in either language. The same facts, language
 * and seed give the same text. Only known facts are told, and whether they were labelled or simulated changes nothing.
 */

import { mmText } from "../generate/calculator.ts";
import type { Language } from "../tasks/regions.ts";
import { type Random, shuffled } from "../tensor/random.ts";
import type { Facts, Finding } from "./facts.ts";
import { lookOf } from "./looks.ts";
import type { Conclusion, Prose } from "./prose.ts";
import { en } from "./report_en.ts";
import { zh } from "./report_zh.ts";
import {
  emptyNames,
  type FindingKind,
  impliedPathology,
  isNormalFinding,
  isUncounted,
  isUnspecific,
  kindOf,
  kindsOf,
  structureNames,
} from "./vocabulary.ts";
import { type Choose, chooser } from "./wording.ts";

const proseOf: Readonly<Record<Language, Prose>> = { zh, en };

/** A report in its two parts, without headings. */
export interface Report {
  readonly findings: string;
  readonly impression: string;
}

/** The report as one text under its headings: 超声所见 and 超声提示, or Findings and Impression. */
export const formatReport = ({ findings, impression }: Report, language: Language): string =>
  proseOf[language].report(findings, impression);

/** The report as a diagnosis and what it rests on: 超声诊断 and 依据, or Diagnosis and Based on. */
export const formatDiagnosis = ({ findings, impression }: Report, language: Language): string =>
  proseOf[language].diagnosis(impression, findings);

/** How many absent findings a sentence names. */
const mostAbsent = 3;
/** How many absent findings it is drawn from: a normal report does not name rarities. */
const commonest = 5;

/**
 * Tell the facts.
 *
 * @param random decides the wording only
 * @returns undefined when nothing is known that a report could be about
 */
export function reportOf(facts: Facts, language: Language, random: Random): Report | undefined {
  const prose = proseOf[language];
  const choose = chooser(random);
  if (facts.empty)
    return {
      findings: prose.empty(emptyNames[facts.empty][language], choose),
      impression: prose.impression([prose.emptyConclusion(choose)]),
    };
  const findings = facts.findings ?? [];
  const structures = facts.structures ?? [];
  const absent = absentKinds(facts);
  if (findings.length + structures.length + absent.length === 0 && facts.view === undefined && !facts.normal)
    return undefined;

  const isDetailed = (fact: object) => Object.keys(fact).length > 1;
  const listed = structures.filter((fact) => !isDetailed(fact));
  const names = unique(listed.map(({ kind }) => structureNames[kind][language]));
  const told = shuffled(absent.slice(0, commonest), random).slice(0, mostAbsent);
  const absentNames = told.flatMap((kind) => kindOf(facts.region, kind)?.[language] ?? []);
  const sentences = [
    ...(names.length > 0 ? [prose.structures(names, choose)] : []),
    ...structures.filter(isDetailed).map((fact) => prose.structure(fact, choose)),
    ...findings.flatMap((finding) => {
      const look = lookOf(facts.region, shownKind(finding));
      return look && !isShownByFetus(finding, facts)
        ? [prose.finding(facts.region, finding, look, choose)]
        : [];
    }),
    ...(absentNames.length > 0 ? [prose.absent(absentNames, choose)] : []),
  ];
  const opening = prose.opening(facts, sentences.length === 0, choose);
  return {
    findings: [opening, ...sentences].join(prose.space),
    impression: impressionOf(facts, absentNames, prose, language, choose),
  };
}

/** A fetal view or part has already said that there is a pregnancy. */
const isShownByFetus = ({ kind }: Finding, { view, structures = [] }: Facts): boolean =>
  kind === "pregnancy" &&
  (view === "headCircumference" ||
    view?.startsWith("fetal") === true ||
    structures.some((fact) => fact.kind === "fetalHead" || fact.kind === "gestationalSac"));

function impressionOf(
  facts: Facts,
  absentNames: readonly string[],
  prose: Prose,
  language: Language,
  choose: Choose,
): string {
  const lines = conclusionsOf(facts, language).map((conclusion) => prose.conclusion(conclusion, choose));
  for (const { kind, circumferenceMm } of facts.structures ?? [])
    if (kind === "fetalHead" && circumferenceMm !== undefined)
      lines.push(prose.headCircumference(mmText(circumferenceMm)));
  if (facts.normal) lines.push(prose.normal(facts.region, choose));
  else if (lines.length === 0 && absentNames.length > 0)
    lines.push(prose.absentConclusion(absentNames, choose));
  if (lines.length === 0) {
    const names = unique((facts.structures ?? []).map(({ kind }) => structureNames[kind][language]));
    lines.push(prose.undecided(facts, names, choose));
  }
  return prose.impression(lines);
}

/** Kinds known not to be there: those listed, or in a normal picture all that would be abnormal. */
export const absentKinds = ({ region, normal, absent }: Facts): readonly FindingKind[] =>
  normal ? kindsOf(region).filter((kind) => !isNormalFinding(kind)) : (absent ?? []);

/** Whether the tissue diagnosis and the BI-RADS category point in opposite directions: both are true, but not seen. */
function isSurprising({ kind, pathology, birads }: Finding): boolean {
  const nature = pathology ?? impliedPathology(kind);
  if (nature === "malignant") return birads === "2" || birads === "3";
  return nature === "benign" && (birads === "4C" || birads === "5" || birads === "6");
}

/** The kind as a reader of the picture would name it: a surprise is only a mass to the eye. */
const shownKind = (finding: Finding): FindingKind => (isSurprising(finding) ? "mass" : finding.kind);

/** Lines of the impression: findings of one kind, nature and category share one. */
function conclusionsOf(facts: Facts, language: Language): Conclusion[] {
  const lines = new Map<string, Conclusion>();
  for (const finding of facts.findings ?? []) {
    const kind = shownKind(finding);
    const named = kindOf(facts.region, kind);
    if (named === undefined) continue;
    const pathology = isSurprising(finding) ? undefined : finding.pathology;
    const key = [kind, pathology, finding.birads, finding.grade].join();
    const count = isUncounted(kind) || named.form !== "focal" ? 1 : (lines.get(key)?.count ?? 0) + 1;
    lines.set(key, {
      finding,
      name: named[language],
      form: named.form,
      isUnspecific: isUnspecific(kind),
      pathology,
      count,
    });
  }
  return [...lines.values()];
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
