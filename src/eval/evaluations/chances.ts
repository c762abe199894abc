/** @file How sure a model was, where it tells the probabilities of its tokens. */

import type { Exchange } from "../exchange.ts";
import { topLabelCalibrationError } from "../metrics/calibration.ts";
import { multiclassBrierScore, type ProbabilityItem } from "../metrics/probability.ts";
import { auroc } from "../metrics/ranking.ts";
import { type View, viewOf } from "../view.ts";

export const calibrationBins = 10;

/**
 * How sure a model was of classes: only answers whose tokens it told.
 *
 * @param positive the class whose chances are to order the answers
 */
export const chanceView = (
  classes: readonly string[],
  chances: (exchange: Exchange) => ProbabilityItem,
  positive?: string,
): View =>
  viewOf<ProbabilityItem>({
    label: "token probabilities",
    reading: "first token that states a class and weighs another",
    takes: ({ given }) => given.tokens !== undefined,
    read: chances,
    isUnread: ({ probabilities }) => Object.keys(probabilities).length === 0,
    metrics: [
      ...(positive === undefined ? [] : [auroc(positive)]),
      multiclassBrierScore(classes),
      topLabelCalibrationError(classes, calibrationBins),
    ],
  });
