/** @file The results as Markdown. */

import { escaped, markdownTable as table } from "../../src/eval/output/markdown_text.ts";
import { measureOf, pointsOf, type Results, type RunResult, signed, type Value } from "./results.ts";
import type { Measure } from "./scores.ts";

/** What a table of one evaluation shows, by the names of its metrics. */
const columnsOf = (label: string) =>
  ["BLEU-1", "ROUGE-1", "ROUGE-L", "METEOR", "CIDEr-D"].map((metric) => `${metric} (${label})`);
const entityColumns = ["macro F1 of labels (entities)", "micro F1 of labels (entities)"];
const tables = [
  { title: "Reports, English", evaluation: "report", metrics: columnsOf("en") },
  { title: "Reports, Chinese by character", evaluation: "report", metrics: columnsOf("zh, characters") },
  { title: "Reports, Chinese by word", evaluation: "report", metrics: columnsOf("zh, words") },
  { title: "Diagnoses, English", evaluation: "diagnosis", metrics: columnsOf("en") },
  { title: "Diagnoses, Chinese by character", evaluation: "diagnosis", metrics: columnsOf("zh, characters") },
  { title: "Diagnoses, Chinese by word", evaluation: "diagnosis", metrics: columnsOf("zh, words") },
  { title: "Entities of reports", evaluation: "report", metrics: entityColumns },
  { title: "Entities of diagnoses", evaluation: "diagnosis", metrics: entityColumns },
  {
    title: "Form of reports",
    evaluation: "report",
    metrics: ["in the language asked", "with all its parts"],
  },
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
      scoreTable(results, evaluation, metrics),
      seedTable(results, evaluation, metrics),
      differenceTable(results, evaluation, metrics),
    ]),
    "## Reports by region, b − a over all seeds",
    regionTable(results),
    "## Signatures",
    signatures(results),
    "Points of 100, CIDEr-D of 10. In brackets 95 % intervals by bootstrap over pictures. `other picture`: the same questions with another picture of the same region in the place of each; what is left is not seen, and the gap is what is. `reworded`: every fact of the picture, told anew by the generator of the reports, so about the most that any model can have. `typical`: the answer most like all others, whatever the picture. p: both models' answers exchanged picture by picture, not corrected for the number of comparisons.",
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
      "trained, stage 1",
      "trained, stage 2",
      "cut off",
      "FLOPs a token",
      "training FLOPs",
      "validation loss",
    ],
    runs.map(({ name, about, seed, cost, trained, steps, tokens, cutOff, trainingFlops, validationLoss }) => [
      escaped(name),
      escaped(about),
      String(seed),
      millions(cost.parameters),
      millions(cost.activeParameters),
      String(steps),
      millions(tokens),
      ...trained.map((count) => millions(count)),
      cutOff.join(" of "),
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

function scoreTable({ runs, references }: Results, evaluation: string, metrics: readonly string[]): string {
  const [first] = metrics;
  return table(
    ["run", ...metrics, `${first}, other picture`, "gap"],
    [
      ...runs.map(({ name, scores, blind }) => {
        const [seen, unseen] = [scores, blind].map((all) => measureOf<Value>(all, evaluation, first!)?.value);
        return [
          escaped(name),
          ...metrics.map((metric) => withInterval(measureOf(scores, evaluation, metric))),
          unseen === undefined ? "–" : number(first!, unseen),
          seen === undefined || unseen === undefined ? "–" : signed((seen - unseen) * pointsOf(first!)),
        ];
      }),
      ...references.map(({ name, scores }) => [
        name,
        ...metrics.map((metric) => {
          const found = measureOf(scores, evaluation, metric);
          return found ? number(metric, found.value) : "–";
        }),
        ...["–", "–"],
      ]),
    ],
  );
}

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

/** A difference with its interval and p. */
function differenceText(measures: readonly Measure[], evaluation: string, metric: string): string {
  const found = measureOf(measures, evaluation, metric);
  if (!found) return "–";
  const points = (value: number) => signed(value * pointsOf(metric));
  return `${points(found.value)} [${points(found.low)}, ${points(found.high)}], p ${found.p?.toFixed(3) ?? "–"}`;
}

function differenceTable({ runs, bLessA }: Results, evaluation: string, metrics: readonly string[]): string {
  const cells = (measures: readonly Measure[]) =>
    metrics.map((metric) => differenceText(measures, evaluation, metric));
  const rows = [
    ...(bLessA.length > 0 ? [["b − a, all seeds", ...cells(bLessA)]] : []),
    ...runs.flatMap(({ name, differences }) =>
      differences.map(({ from, measures }) => [escaped(`${name} − ${from}`), ...cells(measures)]),
    ),
  ];
  return rows.length === 0 ? "" : table(["difference", ...metrics], rows);
}

const regionMetrics = ["BLEU-1 (en)", "ROUGE-1 (en)", "BLEU-1 (zh, characters)", "ROUGE-1 (zh, characters)"];

const regionTable = ({ byRegion }: Results): string =>
  table(
    ["region", ...regionMetrics],
    byRegion.map(({ region, measures }) => [
      region,
      ...regionMetrics.map((metric) => differenceText(measures, "report", metric)),
    ]),
  );

/** What each metric is exactly. */
function signatures({ runs }: Results): string {
  const own = new Map((runs[0]?.scores ?? []).map(({ metric, signature }) => [metric, signature]));
  const shown = [...new Set(tables.flatMap(({ metrics }) => metrics))].filter((metric) => own.has(metric));
  return table(
    ["metric", "signature"],
    shown.map((metric) => [escaped(metric), escaped(own.get(metric)!)]),
  );
}
