/** @file How sure a model was, where it tells the probabilities of its tokens. */

import type { Exchange } from "../exchange.ts";
import { topLabelCalibrationError } from "../metrics/calibration.ts";
import { multiclassBrierScore, type ProbabilityItem } from "../metrics/probability.ts";
import { auroc, macroAuroc } from "../metrics/ranking.ts";
import { hashOf } from "../metrics/signature.ts";
import { classPatterns } from "../reading/classes.ts";
import { type View, viewOf } from "../view.ts";

export const calibrationBins = 10;

/**
 * How chances are read, for signatures.
 *
 * @param words that the classes are stated by
 * @param logprobs how many alternatives of a token were asked for
 */
export const chanceReading = (words: unknown, logprobs: number | undefined): string =>
  [
    `first token that states a class and weighs another, else that states one[${hashOf([words, classPatterns])}]`,
    "chances:renormalised over classes",
    ...(logprobs === undefined ? [] : [`logprobs:${logprobs}`]),
  ].join("|");

export interface ChanceOptions {
  readonly classes: readonly string[];
  readonly chances: (exchange: Exchange) => ProbabilityItem;
  /** From `chanceReading`. */
  readonly reading: string;
  /** The class whose chances are to order the answers. */
  readonly positive?: string;
}

/** How sure a model was of classes: only answers whose tokens it told. */
export const chanceView = ({ classes, chances, reading, positive }: ChanceOptions): View =>
  viewOf<ProbabilityItem>({
    label: "token probabilities",
    reading,
    takes: ({ given }) => given.tokens !== undefined,
    read: chances,
    isUnread: ({ probabilities }) => Object.keys(probabilities).length === 0,
    metrics: [
      ...(positive === undefined ? [] : [auroc(positive)]),
      ...(classes.length > 2 ? [macroAuroc(classes)] : []),
      multiclassBrierScore(classes),
      topLabelCalibrationError(classes, calibrationBins),
    ],
  });
