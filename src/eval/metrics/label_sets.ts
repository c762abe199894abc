/** @file Agreement of sets of labels, as of the findings that a report tells: precision, recall, F1, Hamming loss. */

import { RequestError } from "../../errors.ts";
import { classesText } from "./confusion.ts";
import { type Metric, meanOf, meanOfDefined } from "./metric.ts";

/** Labels that apply, and those that were answered; the order and repetitions mean nothing. */
export interface LabelSetItem {
  readonly expected: readonly string[];
  readonly answered: readonly string[];
}

/** Decisions about a label, or about an item. */
interface Hits {
  /** Expected and answered. */
  both: number;
  expected: number;
  answered: number;
}

/** NaN where there is nothing to be right about. */
const ratios = {
  precision: ({ both, answered }: Hits) => both / answered,
  recall: ({ both, expected }: Hits) => both / expected,
  F1: ({ both, expected, answered }: Hits) => (2 * both) / (expected + answered),
} as const;
export type Ratio = keyof typeof ratios;

/**
 * What is averaged: the labels' ratios, the decisions (one ratio of all of them), or the items' ratios. Labels and
 * items whose ratio is not defined are left out.
 */
export type Average = "macro" | "micro" | "example";

const noHits = (): Hits => ({ both: 0, expected: 0, answered: 0 });

function add(hits: Hits, isExpected: boolean, isAnswered: boolean): void {
  hits.both += Number(isExpected && isAnswered);
  hits.expected += Number(isExpected);
  hits.answered += Number(isAnswered);
}

/** Per item the labels that are expected or answered. @throws RequestError when one is not in the list */
function decisionsOf(items: readonly LabelSetItem[], labels: readonly string[]) {
  const known = new Set(labels);
  return items.map(({ expected, answered }, row) => {
    const all = [...new Set([...expected, ...answered])];
    const unknown = all.filter((label) => !known.has(label));
    if (unknown.length > 0)
      throw new RequestError(
        `item ${row}`,
        `expected labels of ${labels.join(", ")}, got ${unknown.join(", ")}`,
      );
    return all.map((label) => ({
      label,
      isExpected: expected.includes(label),
      isAnswered: answered.includes(label),
    }));
  });
}

/**
 * Precision, recall or F1 of sets of labels.
 *
 * @param labels closed list
 * @throws RequestError from `of` when an item has a label outside the list
 * @see Zhang and Zhou 2014, A review on multi-label learning algorithms
 */
export const labelScore = (
  ratio: Ratio,
  average: Average,
  labels: readonly string[],
): Metric<LabelSetItem> => ({
  name: `${average} ${ratio} of labels`,
  signature: `${classesText(labels)}|average:${average}|undefined:left out`,
  better: "higher",
  of: (items) => {
    const decisions = decisionsOf(items, labels);
    if (average === "example") {
      const perItem = decisions.map((own) => {
        const hits = noHits();
        for (const { isExpected, isAnswered } of own) add(hits, isExpected, isAnswered);
        return ratios[ratio](hits);
      });
      return { score: (rows) => meanOfDefined(rows.map((row) => perItem[row]!)) };
    }
    return {
      score: (rows) => {
        const together = noHits();
        const perLabel = new Map(labels.map((label) => [label, noHits()]));
        for (const row of rows)
          for (const { label, isExpected, isAnswered } of decisions[row]!) {
            const own = average === "micro" ? together : perLabel.get(label);
            if (own) add(own, isExpected, isAnswered);
          }
        if (average === "micro") return ratios[ratio](together);
        return meanOfDefined([...perLabel.values()].map(ratios[ratio]));
      },
    };
  },
});

/**
 * Share of all decisions, a label of an item each, that are wrong.
 *
 * @param labels closed list
 * @throws RequestError from `of` when an item has a label outside the list
 */
export const hammingLoss = (labels: readonly string[]): Metric<LabelSetItem> => ({
  name: "Hamming loss of labels",
  signature: classesText(labels),
  better: "lower",
  of: (items) =>
    meanOf(
      decisionsOf(items, labels).map(
        (own) => own.filter(({ isExpected, isAnswered }) => isExpected !== isAnswered).length / labels.length,
      ),
    ),
});
