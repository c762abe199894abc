/** @file The scores of a run as Markdown: tables with their controls, differences, problems, signatures. */

import { RESEARCH_NOTICE } from "../../generate/answer.ts";
import type { Difference, Problem, RunScores, Score } from "../scores.ts";
import { decimalsFor, fixed, intervalText, pText, signed, undefinedText } from "./digits.ts";
import { code, escaped, markdownTable } from "./markdown_text.ts";
import { grouped, ordered } from "./order.ts";
import { provenanceRows } from "./provenance.ts";
import { readingNotes } from "./reading_notes.ts";
import {
  betterMark,
  idsText,
  type Line,
  regionTitle,
  type Section,
  sectionsOf,
  signaturesOf,
} from "./sections.ts";

/**
 * The report of a run.
 *
 * @throws Error when two scores are of the same model, selection, metric and signature
 */
export function scoresMarkdown(unordered: RunScores): string {
  const run = ordered(unordered);
  const sections = sectionsOf(run).map(asPrinted);
  const signatures = signaturesOf(sections);
  const whole = sections.filter(({ region }) => region === "all");
  const parts = sections.filter(({ region }) => region !== "all");
  const footnote = (signature: string) => `[^${signatures.indexOf(signature) + 1}]`;
  const page = [
    "# Evaluation",
    `**${RESEARCH_NOTICE}**`,
    "## Provenance",
    markdownTable(
      ["", ""],
      provenanceRows(run.provenance).map((row) => row.map(escaped)),
    ),
    "## Scores",
    ...(sections.length === 0 ? ["No question was scored."] : readingNotes),
    ...whole.flatMap((section) => [`## ${titleOf(section)}`, ...sectionParts(section, footnote)]),
    ...(parts.length === 0 ? [] : ["## By region", byRegionNote]),
    ...grouped(parts, ({ evaluation, pictures }) => [evaluation, pictures]).flatMap((group) => [
      `### ${titleOf(group[0]!)}`,
      ...regionTables(group, footnote),
    ]),
    ...expertParts(run),
    "## Problems",
    problemTable(run.problems),
    ...(signatures.length === 0 ? [] : ["## Signatures"]),
    ...signatures.map((signature) => `${footnote(signature)}: ${code(signature)}`),
  ];
  return `${page.join("\n\n")}\n`;
}

const titleOf = ({ evaluation, pictures }: Section): string => `${escaped(evaluation)}: ${pictures} pictures`;

const byRegionNote =
  "What the models answered to the pictures. The controls of each region, and its differences between models, are in `report.html` and `scores.json`.";

/** Of a single region what was answered to the pictures: with all controls the report would be too long to be read. */
const asPrinted = (section: Section): Section =>
  section.region === "all"
    ? section
    : {
        ...section,
        differences: [],
        metrics: section.metrics.flatMap((metric) => {
          const lines = metric.lines.filter(({ condition }) => condition === "pictures");
          return lines.length === 0 ? [] : [{ ...metric, lines }];
        }),
      };

type Footnote = (signature: string) => string;

const sectionParts = (section: Section, footnote: Footnote): string[] => [
  markdownTable(
    ["Metric", "Shown", ...section.models.map(escaped)],
    section.metrics.flatMap(({ metric, signature, better, decimals, lines }) =>
      lines.map((line, place) => [
        place === 0 ? `${escaped(metric)}${footnote(signature)} ${betterMark[better]}` : "",
        ...lineCells(line, decimals),
      ]),
    ),
  ),
  ...(section.differences.length === 0
    ? []
    : ["Differences between models, on the same questions:", differenceTable(section.differences, footnote)]),
];

/** Tables of the same models: the regions of each metric under each other. */
function regionTables(sections: readonly Section[], footnote: Footnote): string[] {
  return grouped(sections, ({ models }) => models).map((alike) => {
    const rows = alike.flatMap(({ region, metrics }) => metrics.map((metric) => ({ region, ...metric })));
    return markdownTable(
      ["Metric", "Region", ...alike[0]!.models.map(escaped)],
      grouped(rows, ({ metric, signature }) => [metric, signature]).flatMap((own) =>
        own.map(({ metric, signature, better, decimals, region, lines }, place) => [
          place === 0 ? `${escaped(metric)}${footnote(signature)} ${betterMark[better]}` : "",
          escaped(regionTitle(region)),
          ...lines.flatMap((line) => lineCells(line, decimals).slice(1)),
        ]),
      ),
    );
  });
}

const lineCells = ({ condition, shared, cells }: Line, decimals: number): string[] => [
  shared ? `${condition}: ${scoreText(shared, decimals)}` : condition,
  ...cells.map(({ score, gap }) =>
    [
      ...(score ? [scoreText(score, decimals)] : []),
      ...(gap === undefined ? [] : [`gap ${signed(gap, decimals)}`]),
    ].join("; "),
  ),
];

const scoreText = (
  { value, interval, questions, groups, unread, undefinedDraws }: Score,
  decimals: number,
): string =>
  `${fixed(value, decimals)} ${intervalText(interval, decimals)} · ${questions}/${groups}/${unread}${undefinedText(undefinedDraws)}`;

const differenceTable = (differences: readonly Difference[], footnote: Footnote): string =>
  markdownTable(
    ["Metric", "Shown", "Difference of", "Value", "95 % interval", "p"],
    differences.map(({ metric, signature, condition, models, difference, interval, p }) => {
      const decimals = decimalsFor([difference, ...(interval ?? [])]);
      return [
        `${escaped(metric)}${footnote(signature)}`,
        condition,
        `${escaped(models[1])} less ${escaped(models[0])}`,
        signed(difference, decimals),
        intervalText(interval, decimals),
        pText(p),
      ];
    }),
  );

/** Layer by layer over all regions: with each region the report would be too long to be read. */
function expertParts({ expertLoads = [] }: RunScores): string[] {
  const whole = expertLoads.filter(({ region }) => region === "all");
  const tables = grouped(whole, ({ model, shares }) => [model, shares.length]).flatMap((loads) => [
    `### ${escaped(loads[0]!.model)}`,
    markdownTable(
      ["Layer", ...loads[0]!.shares.map((_, expert) => `Expert ${expert}`)],
      loads.map(({ layer, shares }) => [String(layer), ...shares.map((share) => fixed(100 * share, 1))]),
    ),
  ]);
  return tables.length === 0 ? [] : ["## Expert load", expertNote, ...tables];
}

const expertNote =
  "Share of a layer's choices that fell on each expert, in percent, with pictures, over all regions. Each region's is in `report.html` and `scores.json`.";

const problemTable = (problems: readonly Problem[]): string =>
  problems.length === 0
    ? "None."
    : markdownTable(
        ["Problem", "Model", "Shown", "Questions", "Which"],
        problems.map(({ kind, model, condition, ids }) => [
          kind,
          escaped(model),
          condition,
          String(ids.length),
          idsText(ids).map(escaped).join(", "),
        ]),
      );
