/** @file How the experts of each layer share the work, by region. */

import type { ExpertLoad } from "../scores.ts";
import { type Markup, markup } from "./markup.ts";
import { grouped } from "./order.ts";
import { regionTitle } from "./sections.ts";

/** Size of one share, and of the names beside the shares, in CSS pixels. */
const cell = { width: 26, height: 18 };
const names = { width: 92, height: 34 };

/** @returns one drawing per layer, lowest layer first; the shade is the share of the fullest expert of them all */
export function expertLoadMaps(loads: readonly ExpertLoad[]): Markup[] {
  const most = Math.max(...loads.flatMap(({ shares }) => shares), Number.MIN_VALUE);
  return grouped(loads, ({ layer }) => [layer]).map((rows) => layerMap(rows, most));
}

function layerMap(rows: readonly ExpertLoad[], most: number): Markup {
  const { layer } = rows[0]!;
  const experts = Math.max(...rows.map(({ shares }) => shares.length));
  const width = names.width + experts * cell.width + 2;
  const height = names.height + rows.length * cell.height + 2;
  const numbers = Array.from({ length: experts }, (_, expert) => expert);
  const heads = numbers.map(
    (expert) =>
      markup`<text class="tick" text-anchor="middle" x="${names.width + (expert + 0.5) * cell.width}" y="${names.height - 5}">${expert}</text>`,
  );
  const lines = rows.map(({ region, shares }, place) => {
    const y = names.height + place * cell.height;
    return markup`<text class="tick" text-anchor="end" x="${names.width - 6}" y="${y + 13}">${regionTitle(region)}</text>${shares.map(
      (share, expert) => {
        const x = names.width + expert * cell.width;
        return markup`<g><rect class="share" x="${x}" y="${y}" width="${cell.width}" height="${cell.height}" fill-opacity="${share / most}"/><text class="inside" text-anchor="middle" x="${x + cell.width / 2}" y="${y + 13}">${Math.round(share * 100)}</text><title>layer ${layer}, ${regionTitle(region)}, expert ${expert}: ${(share * 100).toFixed(1)} %</title></g>`;
      },
    )}`;
  });
  return markup`<svg role="img" aria-label="Layer ${layer}: share of each expert in percent, by region" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><text class="label" x="0" y="12">Layer ${layer}</text>${heads}${lines}</svg>`;
}
