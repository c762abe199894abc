/** @file Answers to scores: every metric of every evaluation, over all regions and each, with intervals and tests. */

import { answeredBy, type Evaluation, viewsOf } from "./evaluation.ts";
import { calibrationBins } from "./evaluations/chances.ts";
import { isU2Task, u2Scored, u2Text } from "./evaluations/u2_bench.ts";
import type { Condition, Exchange } from "./exchange.ts";
import { expertLoadsOf } from "./expert_loads.ts";
import { topLabelReliability } from "./metrics/calibration.ts";
import { confusionOf } from "./metrics/confusion.ts";
import { everyRow } from "./metrics/metric.ts";
import { grouped } from "./output/order.ts";
import { askedIn, kindOf, pictureKinds, regionIn } from "./questions.ts";
import type { Calibration, Confusion, Difference, RunScores, Score, Selection, WorstCase } from "./scores.ts";
import { bootstrap, type Draws, type Interval } from "./statistics/bootstrap.ts";
import { holm } from "./statistics/holm.ts";
import type { View } from "./view.ts";

/** What one model answered to one evaluation's questions under one condition, in the questions' order. */
export interface AnsweredEvaluation {
  readonly evaluation: Evaluation;
  readonly model: string;
  readonly condition: Condition;
  readonly exchanges: readonly Exchange[];
}

/** Answers of one selection. */
interface Part {
  readonly selection: Selection;
  readonly evaluation: Evaluation;
  readonly views: readonly View[];
  readonly exchanges: readonly Exchange[];
}

/** How many of the worst answers are kept of each evaluation, model and language. */
const mostWorst = 5;

/**
 * Score a run.
 *
 * @param draws of the bootstrap and of the exchange tests
 * @param logprobs alternatives of a token that answers tell
 */
export function scoresOf(
  answered: readonly AnsweredEvaluation[],
  draws: Draws,
  logprobs?: number,
): Omit<RunScores, "provenance" | "problems"> {
  const parts = answered.flatMap((one) => partsOf(one, logprobs));
  const shown = parts.filter(({ selection }) => selection.condition === "pictures");
  const whole = shown.filter(({ selection }) => selection.region === "all");
  const scores = parts.flatMap((part) => scoresOfPart(part, draws));
  const expertLoads = expertLoadsOf(answered);
  return {
    scores: [...scores, ...compositesOf(parts, draws)],
    differences: differencesOf(shown, draws),
    confusions: whole.flatMap(confusionOfPart),
    calibrations: whole.flatMap(calibrationOfPart),
    worst: whole.flatMap(worstOfPart),
    ...(expertLoads.length > 0 && { expertLoads }),
  };
}

/** All regions together and each; of every kind of picture apart. */
function partsOf(
  { evaluation, model, condition, exchanges }: AnsweredEvaluation,
  logprobs: number | undefined,
): Part[] {
  const views = viewsOf(
    evaluation,
    exchanges.map(({ question }) => question),
    logprobs,
  );
  return pictureKinds.flatMap((pictures) => {
    const own = exchanges.filter(({ question }) => kindOf(question.record) === pictures);
    const regionOf = ({ question }: Exchange) => regionIn(question.record) ?? "none";
    const regions = [...new Set(own.map(regionOf))].sort();
    return ["all", ...(regions.length > 1 ? regions : [])].flatMap((region) => {
      const some = own.filter((one) => region === "all" || regionOf(one) === region);
      const selection = { evaluation: evaluation.name, model, condition, pictures, region };
      return some.length === 0 ? [] : [{ selection, evaluation, views, exchanges: some }];
    });
  });
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
/** Draws of fewer groups vary too little: their middle 95 % hold the truth far less than 95 times in 100. */
const leastGroups = 10;
const bounds = ({ low, high }: Interval, groups: number): readonly [number, number] | null =>
  groups >= leastGroups && Number.isFinite(low) && Number.isFinite(high) ? [low, high] : null;
const undefinedIn = ({ undefinedDraws }: Interval): Pick<Score, "undefinedDraws"> =>
  undefinedDraws > 0 ? { undefinedDraws } : {};

function scoresOfPart({ selection, views, exchanges }: Part, draws: Draws): Score[] {
  return views.flatMap((view) => {
    const own = exchanges.filter(view.takes);
    if (own.length === 0) return [];
    const counts = {
      questions: own.length,
      groups: groupsIn(own),
      unread: own.filter(view.isUnread).length,
    };
    return view.score(own, draws).map(({ name, signature, better, isDetail, ...interval }) => ({
      ...selection,
      metric: name,
      signature,
      better,
      ...(isDetail && { isDetail }),
      value: finite(interval.score),
      interval: bounds(interval, counts.groups),
      ...undefinedIn(interval),
      ...counts,
    }));
  });
}

/** Scores that several evaluations make together, where all of them were asked. */
function compositesOf(parts: readonly Part[], draws: Draws): Score[] {
  const own = parts.filter(({ evaluation, selection }) => isU2Task(evaluation) && selection.region === "all");
  const places = grouped(own, ({ selection: { model, condition, pictures } }) => [
    model,
    condition,
    pictures,
  ]);
  return places.flatMap((tasks) => {
    const scored = u2Scored(tasks);
    if (scored === undefined) return [];
    const exchanges = tasks.flatMap((part) => part.exchanges);
    const interval = bootstrap(
      scored,
      exchanges.map(({ question }) => question.group),
      draws,
    );
    const groups = groupsIn(exchanges);
    const unread = tasks.flatMap(({ views, exchanges: all }) =>
      all.filter((one) => views.find(({ takes }) => takes(one))?.isUnread(one)),
    );
    return [
      {
        ...tasks[0]!.selection,
        ...u2Text,
        value: finite(interval.score),
        interval: bounds(interval, groups),
        ...undefinedIn(interval),
        questions: exchanges.length,
        groups,
        unread: unread.length,
      },
    ];
  });
}

const groupsIn = (exchanges: readonly Exchange[]): number =>
  new Set(exchanges.map(({ question }) => question.group)).size;

/** Every two models, on the questions that both were asked. */
function differencesOf(parts: readonly Part[], draws: Draws): Difference[] {
  const byQuestions = grouped(parts, ({ selection: { model: _model, ...questions } }) => [questions]);
  return byQuestions.flatMap((own) => corrected(pairsOf(own).flatMap((pair) => compared(pair, draws))));
}

const pairsOf = <T>(items: readonly T[]): [T, T][] =>
  items.flatMap((first, at) => items.slice(at + 1).map((second): [T, T] => [first, second]));

function compared([first, second]: [Part, Part], draws: Draws): Difference[] {
  const { model, ...questions } = first.selection;
  return first.views.flatMap((view) => {
    // What a view takes may depend on the answer: such as whether the model tells probabilities.
    const rows = first.exchanges.flatMap((one, row) => {
      const other = second.exchanges[row];
      return other !== undefined && view.takes(one) && view.takes(other) ? [{ one, other }] : [];
    });
    if (rows.length === 0) return [];
    const [one, other] = [rows.map((row) => row.one), rows.map((row) => row.other)];
    return view.compare(other, one, draws).flatMap(({ name, signature, score, p, ...interval }) => {
      const groups = groupsIn(one);
      return groups < 2 || !Number.isFinite(p)
        ? []
        : [
            {
              ...questions,
              models: [model, second.selection.model] as const,
              metric: name,
              signature,
              difference: score,
              interval: bounds({ score, ...interval }, groups),
              p,
            },
          ];
    });
  });
}

/** After Holm, over the pairs of models of each metric on the same questions. */
function corrected(differences: readonly Difference[]): Difference[] {
  return grouped(differences, ({ metric, signature }) => [metric, signature]).flatMap((own) => {
    const values = holm(own.map(({ p }) => p));
    return own.map((one, at) => ({ ...one, p: values[at]! }));
  });
}

function confusionOfPart({ selection, evaluation: { classes }, exchanges }: Part): Confusion[] {
  if (classes === undefined) return [];
  const items = exchanges.map(classes.read);
  const present = classes.names.filter((name) =>
    items.some(({ expected, predicted }) => expected === name || predicted === name),
  );
  return [{ ...selection, ...confusionOf(items, present)(everyRow(items)) }];
}

function calibrationOfPart({ selection, evaluation: { classes }, exchanges }: Part): Calibration[] {
  const told = exchanges.filter(({ given }) => given.tokens !== undefined);
  if (classes?.chances === undefined || told.length === 0) return [];
  const items = told.map(classes.chances);
  const bins = topLabelReliability(items, classes.names, calibrationBins)
    .filter(({ count }) => count > 0)
    .map(({ confidence, observed, count }) => ({ confidence, accuracy: observed, count }));
  return [{ ...selection, bins }];
}

/** The worst answers by the first metric of each view, of the answers that no view before it takes. */
function worstOfPart({ selection, views, exchanges }: Part): WorstCase[] {
  const seen = new Set<Exchange>();
  return views.flatMap((view) => {
    const own = exchanges.filter((one) => view.takes(one) && !seen.has(one));
    if (own.length === 0) return [];
    for (const one of own) seen.add(one);
    const [metric] = view.score(own, { count: 1, seed: 0 });
    if (metric === undefined) return [];
    const worse = metric.better === "higher" ? 1 : -1;
    const best = view.each(own.map(({ question }) => answeredBy(question, question.expected)));
    return view
      .each(own)
      .map((value, row) => ({ value, row, exchange: own[row]! }))
      .filter(({ value, row }) => Number.isFinite(value) && worse * (best[row]! - value) > 0)
      .sort(
        (a, b) => worse * (a.value - b.value) || (a.exchange.question.id < b.exchange.question.id ? -1 : 1),
      )
      .slice(0, mostWorst)
      .map(({ value, exchange: { question, given } }) => ({
        ...selection,
        metric: metric.name,
        value,
        id: question.id,
        asked: askedIn(question.record),
        expected: question.expected,
        answered: given.text,
        images: (question.record.images ?? []).filter((image) => typeof image === "string"),
      }));
  });
}
