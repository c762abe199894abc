/**
 * @file Reliability diagram: how often answers of a stated probability were right.
 * @see Guo et al., On Calibration of Modern Neural Networks, 2017, figure 1
 */

import type { Calibration } from "../scores.ts";
import { axis } from "./axis.ts";
import { fixed } from "./digits.ts";
import { type Markup, markup } from "./markup.ts";
import { dataTable } from "./score_tables.ts";

/** Side of the square and heights above it, in CSS pixels. */
const side = 190;
const [left, countHeight, top] = [44, 30, 44];

/** The numbers of the diagram. */
export const reliabilityTable = ({ bins }: Calibration, caption: string): Markup =>
  dataTable(
    `${caption}: stated probability and share right`,
    ["Stated probability", "Share right", "Answers"].map((title) => markup`${title}`),
    [
      markup`<tbody>${bins
        .filter(({ count }) => count > 0)
        .map(
          ({ confidence, accuracy, count }) =>
            markup`<tr><td>${fixed(confidence, 3)}</td><td>${fixed(accuracy, 3)}</td><td>${count}</td></tr>`,
        )}</tbody>`,
    ],
  );

/** Points by probability, the diagonal of perfect calibration, and above them how many answers each stands for. */
export function reliabilityDiagram({ bins }: Calibration): Markup {
  const filled = bins.filter(({ count }) => count > 0);
  const most = Math.max(1, ...filled.map(({ count }) => count));
  const total = filled.reduce((sum, { count }) => sum + count, 0);
  const across = axis(0, 1, left, left + side);
  const up = axis(0, 1, top + side, top);
  const [right, bottom] = [left + side, top + side];
  const grid = up.ticks.map(
    (tick) =>
      markup`<line class="grid" x1="${left}" x2="${right}" y1="${up.at(tick)}" y2="${up.at(tick)}"/><text class="tick" text-anchor="end" x="${left - 5}" y="${up.at(tick) + 4}">${fixed(tick, 1)}</text><text class="tick" text-anchor="middle" x="${across.at(tick)}" y="${bottom + 15}">${fixed(tick, 1)}</text>`,
  );
  const points = filled.map(({ confidence, accuracy, count }) => {
    const [x, y] = [across.at(confidence), up.at(accuracy)];
    const height = (countHeight * count) / most;
    return markup`<g><rect class="count" x="${x - 4}" y="${top - 8 - height}" width="8" height="${height}"/><line class="whisker" x1="${x}" x2="${x}" y1="${y}" y2="${up.at(confidence)}"/><circle class="point" cx="${x}" cy="${y}" r="4"/><title>probability ${fixed(confidence, 3)}: right ${fixed(accuracy, 3)} of ${count}</title></g>`;
  });
  const line = filled.map(({ confidence, accuracy }, place) => [
    place === 0 ? "M" : "L",
    across.at(confidence),
    " ",
    up.at(accuracy),
  ]);
  return markup`<svg role="img" aria-label="Reliability diagram of ${total} answers in ${filled.length} bins" viewBox="0 0 ${right + 12} ${bottom + 36}" width="${right + 12}" height="${bottom + 36}">${grid}<line class="perfect" x1="${left}" x2="${right}" y1="${bottom}" y2="${top}"/><path class="curve" d="${line}"/>${points}<text class="tick" text-anchor="middle" x="${left + side / 2}" y="${bottom + 31}">stated probability</text><text class="tick" text-anchor="middle" transform="rotate(-90)" x="${-(top + side / 2)}" y="11">share right</text></svg>`;
}
