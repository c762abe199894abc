/** @file Answers of all runs to what the experiment says: scores, differences, spread over seeds, a verdict. */

import type { Exchange } from "../../src/eval/exchange.ts";
import { regionIn } from "../../src/eval/questions.ts";
import type { Draws } from "../../src/eval/statistics/bootstrap.ts";
import { holm } from "../../src/eval/statistics/holm.ts";
import { type Cost, costOf, trainedParameters } from "./compute.ts";
import { configOf } from "./model_config.ts";
import { referencesOf } from "./references.ts";
import type { Run } from "./runs.ts";
import type { Scale } from "./scale.ts";
import { type Answers, differencesOf, type Measure, scoresOf } from "./scores.ts";
import { isShared } from "./start.ts";
import type { PhaseResult } from "./train_run.ts";

/** A trained and questioned run. */
export interface Finished {
  readonly run: Run;
  readonly phases: readonly PhaseResult[];
  readonly answers: Answers;
}

export interface RunResult extends Pick<Run, "name" | "about" | "seed"> {
  readonly cost: Cost;
  /** Parameters that each stage trains, low-rank updates included. */
  readonly trained: readonly number[];
  readonly steps: number;
  /** Learnt from after the base. */
  readonly tokens: number;
  readonly trainingFlops: number;
  readonly validationLoss: number | null;
  readonly scores: readonly Measure[];
  /** Answers that ended at the most tokens, of all. */
  readonly cutOff: readonly [count: number, of: number];
  /** With another picture in the place of each. */
  readonly blind: readonly Value[];
  /** This run's scores less those of another. */
  readonly differences: readonly { readonly from: string; readonly measures: readonly Measure[] }[];
}

/** A score without an interval. */
export type Value = Pick<Measure, "evaluation" | "metric" | "signature" | "value">;

/** The same over several seeds. */
export interface SeedSummary {
  readonly name: "a" | "b" | "b − a";
  readonly seeds: number;
  readonly metrics: readonly {
    readonly evaluation: string;
    readonly metric: string;
    readonly mean: number;
    /** Standard deviation over seeds, n − 1; null of one seed. */
    readonly deviation: number | null;
  }[];
}

export interface Results {
  readonly runs: readonly RunResult[];
  /** Scores of answers that no model gave. */
  readonly references: readonly {
    readonly name: string;
    readonly about: string;
    readonly scores: readonly Value[];
  }[];
  readonly seeds: readonly SeedSummary[];
  /** b less a over the seeds that both have; empty where there is none. */
  readonly bLessA: readonly Measure[];
  /** The same for the pictures of each region. */
  readonly byRegion: readonly { readonly region: string; readonly measures: readonly Measure[] }[];
  readonly verdict: readonly string[];
}

/** What the paper gains over Qwen2-VL fine-tuned on the same data, in points of 100. */
const paperGains = { "BLEU-1": 7.58, "ROUGE-1": 3.45 } as const;
/** Points of 100 for one of a metric's own. */
export const pointsOf = (metric: string): number =>
  metric.startsWith("BLEU") || metric.startsWith("CIDEr") || metric.startsWith("chrF") ? 1 : 100;

export function resultsOf(finished: readonly Finished[], scale: Scale, draws: Draws): Results {
  const byName = new Map(finished.map((one) => [one.run.name, one]));
  const runs = finished.map((one) => runResultOf(one, byName, scale, draws));
  const pairs = finished.flatMap(({ run, answers }) => {
    const dense = byName.get(`a-${run.seed}`);
    return run.name === `b-${run.seed}` && dense ? [{ seed: run.seed, b: answers, a: dense.answers }] : [];
  });
  const shown = (of: "a" | "b") => pairs.flatMap((pair) => pair[of].get("pictures") ?? []);
  const [b, a] = [shown("b"), shown("a")];
  const bLessA = pairs.length === 0 ? [] : differencesOf(b, a, draws);
  const regions = [...new Set(b.flatMap(({ question }) => regionIn(question.record) ?? []))].sort();
  const byRegion = regions.map((region) => {
    const own = ({ question }: Exchange) => regionIn(question.record) === region;
    return { region, measures: differencesOf(b.filter(own), a.filter(own), draws) };
  });
  const perSeed = pairs.map(({ seed }) => {
    const run = runs.find(({ name }) => name === `b-${seed}`);
    return run?.differences.find(({ from }) => from === `a-${seed}`)?.measures ?? [];
  });
  const seeds = [
    ...(["a", "b"] as const).map((name) =>
      summaryOf(
        name,
        runs.filter((run) => run.name === `${name}-${run.seed}`).map(({ scores }) => scores),
      ),
    ),
    summaryOf("b − a", perSeed),
  ];
  const asked = finished[0]?.answers.get("pictures")?.map(({ question }) => question) ?? [];
  const references = referencesOf(asked).map(({ name, about, exchanges }) => ({
    ...{ name, about },
    scores: valuesOf(exchanges, draws),
  }));
  return { runs, references, seeds, bLessA, byRegion, verdict: verdictOf(bLessA, perSeed) };
}

/** Scores whose intervals nobody asks for. */
const valuesOf = (exchanges: readonly Exchange[], draws: Draws): Value[] =>
  scoresOf(exchanges, { ...draws, count: 1 }).map(({ evaluation, metric, signature, value }) => ({
    ...{ evaluation, metric, signature, value },
  }));

function runResultOf(
  { run, phases, answers }: Finished,
  others: ReadonlyMap<string, Finished>,
  { layers }: Scale,
  draws: Draws,
): RunResult {
  const { name, about, seed, base, sparse } = run;
  const unused = sparse?.hasShared === false ? isShared : () => false;
  const config = configOf(base, sparse, layers);
  const cost = costOf(config, unused);
  const tokens = phases.reduce((sum, phase) => sum + phase.tokens, 0);
  const own = answers.get("pictures") ?? [];
  return {
    name,
    about,
    seed,
    cost,
    trained: run.phases.map(({ stage }) => trainedParameters(config, stage, unused)),
    steps: phases.reduce((sum, phase) => sum + phase.steps, 0),
    tokens,
    trainingFlops: tokens * cost.trainingFlopsPerToken,
    validationLoss: phases.at(-1)?.validationLoss ?? null,
    scores: scoresOf(own, draws),
    cutOff: [own.filter(({ given }) => given.finish === "length").length, own.length],
    blind: valuesOf(answers.get("other picture") ?? [], draws),
    differences: run.against.flatMap((from) => {
      const other = others.get(from)?.answers.get("pictures");
      return other ? [{ from, measures: differencesOf(own, other, draws) }] : [];
    }),
  };
}

/** @param seeds the measures of each */
function summaryOf(name: SeedSummary["name"], seeds: readonly (readonly Measure[])[]): SeedSummary {
  const metrics = (seeds[0] ?? []).map(({ evaluation, metric }) => {
    const values = seeds.map((measures) => measureOf(measures, evaluation, metric)?.value ?? Number.NaN);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const deviation = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : null;
    return { evaluation, metric, mean, deviation };
  });
  return { name, seeds: seeds.length, metrics };
}

export const measureOf = <M extends Value>(
  measures: readonly M[],
  evaluation: string,
  metric: string,
): M | undefined => measures.find((one) => one.evaluation === evaluation && one.metric === metric);

const views = { "English reports": "en", "Chinese reports": "zh, characters" } as const;

/**
 * One sentence for each language and metric, and one over all of them; the first, BLEU-1 of English reports, is the
 * outcome that the experiment was made for. The direction holds where the whole interval of the difference over pictures
 * lies above 0 and every seed agrees. p is corrected for the four comparisons (Holm).
 *
 * @param bLessA over all seeds @param perSeed of each
 */
export function verdictOf(bLessA: readonly Measure[], perSeed: readonly (readonly Measure[])[]): string[] {
  const found = Object.entries(views).flatMap(([what, label]) =>
    Object.entries(paperGains).flatMap(([metric, gain]) => {
      const name = `${metric} (${label})`;
      const difference = measureOf(bLessA, "report", name);
      const each = perSeed.flatMap((measures) => measureOf(measures, "report", name)?.value ?? []);
      return difference ? [{ what, metric, gain, difference, each }] : [];
    }),
  );
  if (found.length === 0) return ["a and b have not both been run: nothing to compare."];
  const chances = holm(found.map(({ difference }) => difference.p ?? 1));
  const lines = found.map(({ what, metric, gain, difference: { value, low, high }, each }, at) => {
    const points = (score: number) => signed(score * pointsOf(metric));
    const outcome =
      low > 0 && each.every((one) => one > 0)
        ? "holds"
        : high < 0 && each.every((one) => one < 0)
          ? "reverses"
          : "open";
    const text = `${what}, ${metric}: b − a = ${points(value)} [${points(low)}, ${points(high)}], p ${chances[at]!.toFixed(3)}, by seed ${each.map(points).join(", ")}; the paper has ${signed(gain)}: ${outcomes[outcome]}.`;
    return { outcome, text };
  });
  const count = (wanted: keyof typeof outcomes) => lines.filter(({ outcome }) => outcome === wanted).length;
  return [
    `Of ${lines.length} differences the paper's direction holds in ${count("holds")}, is reversed in ${count("reverses")} and open in ${count("open")}.`,
    ...lines.map(({ text }) => text),
  ];
}

const outcomes = {
  holds: "the direction holds",
  reverses: "the direction is reversed",
  open: "the direction is open",
} as const;

export const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
