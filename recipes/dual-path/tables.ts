/** @file The results as Markdown. */

import { escaped, markdownTable as table } from "../../src/eval/output/markdown_text.ts";
import { measureOf, pointsOf, type Results, type RunResult, signed } from "./results.ts";
import type { Measure } from "./scores.ts";

/** What a table of one evaluation shows, by the names of its metrics. */
const columnsOf = (label: string) =>
  ["BLEU-1", "ROUGE-1", "ROUGE-L", "METEOR", "CIDEr-D"].map((metric) => `${metric} (${label})`);
const entityColumns = ["macro F1 of labels (entities)", "micro F1 of labels (entities)"];
const tables = [
  { title: "Reports, English", evaluation: "report", metrics: columnsOf("en") },
  { title: "Reports, Chinese by character", evaluation: "report", metrics: columnsOf("zh, characters") },
  { title: "Diagnoses, English", evaluation: "diagnosis", metrics: columnsOf("en") },
  { title: "Diagnoses, Chinese by character", evaluation: "diagnosis", metrics: columnsOf("zh, characters") },
  { title: "Entities of reports", evaluation: "report", metrics: entityColumns },
  { title: "Entities of diagnoses", evaluation: "diagnosis", metrics: entityColumns },
] as const;

/** All tables, the verdict first. */
export function resultsMarkdown(results: Results, heading: string): string {
  const { runs, verdict } = results;
  return [
    `# ${heading}`,
    verdict.join("\n\n"),
    "## Runs",
    costTable(runs),
    ...tables.flatMap(({ title, evaluation, metrics }) => [
      `## ${title}`,
      scoreTable(runs, evaluation, metrics),
      seedTable(results, evaluation, metrics),
      differenceTable(results, evaluation, metrics),
    ]),
    "Points of 100, CIDEr-D of 10. In brackets 95 % intervals by bootstrap over pictures. `other picture`: the same questions with another picture in the place of each; what is left is not seen. p: both models' answers exchanged picture by picture, not corrected for the number of comparisons.",
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

const millions = (count: number, digits = 2): string => `${(count / 1e6).toFixed(digits)} M`;

const costTable = (runs: readonly RunResult[]): string =>
  table(
    [
      "run",
      "what",
      "seed",
      "parameters",
      "active",
      "steps",
      "tokens",
      "FLOPs a token",
      "training FLOPs",
      "validation loss",
    ],
    runs.map(({ name, about, seed, cost, steps, tokens, trainingFlops, validationLoss }) => [
      escaped(name),
      escaped(about),
      String(seed),
      millions(cost.parameters),
      millions(cost.activeParameters),
      String(steps),
      millions(tokens),
      millions(cost.trainingFlopsPerToken, 1),
      trainingFlops.toExponential(2),
      validationLoss?.toFixed(4) ?? "–",
    ]),
  );

const number = (metric: string, value: number): string => (value * pointsOf(metric)).toFixed(2);

function withInterval(measure: Measure | undefined): string {
  if (measure === undefined) return "–";
  const { metric, value, low, high } = measure;
  return `${number(metric, value)} [${number(metric, low)}, ${number(metric, high)}]`;
}

const scoreTable = (runs: readonly RunResult[], evaluation: string, metrics: readonly string[]): string =>
  table(
    ["run", ...metrics, `${metrics[0]}, other picture`],
    runs.map(({ name, scores, blind }) => [
      escaped(name),
      ...metrics.map((metric) => withInterval(measureOf(scores, evaluation, metric))),
      ...metrics.slice(0, 1).map((metric) => {
        const left = measureOf(blind, evaluation, metric);
        return left ? number(metric, left.value) : "–";
      }),
    ]),
  );

function seedTable({ seeds }: Results, evaluation: string, metrics: readonly string[]): string {
  const rows = seeds
    .filter((summary) => summary.seeds > 0)
    .map(({ name, seeds: count, metrics: all }) => [
      `${name}, mean of ${count} seeds`,
      ...metrics.map((metric) => {
        const found = all.find((one) => one.evaluation === evaluation && one.metric === metric);
        if (!found) return "–";
        const spread = found.deviation === null ? "" : ` ± ${number(metric, found.deviation)}`;
        return `${number(metric, found.mean)}${spread}`;
      }),
    ]);
  return rows.length === 0 ? "" : table(["", ...metrics], rows);
}

function differenceTable({ runs, bLessA }: Results, evaluation: string, metrics: readonly string[]): string {
  const cells = (measures: readonly Measure[]) =>
    metrics.map((metric) => {
      const found = measureOf(measures, evaluation, metric);
      if (!found) return "–";
      const points = (value: number) => signed(value * pointsOf(metric));
      return `${points(found.value)} [${points(found.low)}, ${points(found.high)}], p ${found.p?.toFixed(3) ?? "–"}`;
    });
  const rows = [
    ...(bLessA.length > 0 ? [["b − a, all seeds", ...cells(bLessA)]] : []),
    ...runs.flatMap(({ name, differences }) =>
      differences.map(({ from, measures }) => [escaped(`${name} − ${from}`), ...cells(measures)]),
    ),
  ];
  return rows.length === 0 ? "" : table(["difference", ...metrics], rows);
}
