/** @file Share of right answers, over all items and per class. */

import { type ClassItem, ofConfusion, sum } from "./confusion.ts";
import { type Metric, meanOf } from "./metric.ts";

/** Share of items whose class is answered. */
export const accuracy: Metric<ClassItem> = {
  name: "accuracy",
  signature: "unparsed:wrong",
  better: "higher",
  of: (items) => meanOf(items.map(({ expected, predicted }) => Number(expected === predicted))),
};

/**
 * Mean over the classes of the share of each that is answered rightly.
 *
 * @see Brodersen et al. 2010, The balanced accuracy and its posterior distribution
 */
export const balancedAccuracy: Metric<ClassItem> = ofConfusion(
  "balanced accuracy",
  "classes:expected|unparsed:wrong",
  ({ counts }) => sum(counts.map((row, place) => row[place]! / sum(row))) / counts.length,
);
