/** @file Tables of a section on the page: scores under their models, differences between models. */

import type { Difference, Score } from "../scores.ts";
import { decimalsFor, fixed, intervalText, pText, signed, undefinedText } from "./digits.ts";
import { type Markup, markup } from "./markup.ts";
import { type ModelKeys, modelName } from "./model_keys.ts";
import { betterMark, type Line, regionTitle, type Section } from "./sections.ts";

/** A link to the signature that a number goes with. */
export type Footnote = (signature: string) => Markup;

/** A table that can be scrolled sideways, also by keyboard. */
export const dataTable = (caption: string, head: readonly Markup[], bodies: readonly Markup[]): Markup =>
  markup`<div class="scroll" role="group" aria-label="${caption}" tabindex="0"><table><caption>${caption}</caption><thead><tr>${head.map((cell) => markup`<th scope="col">${cell}</th>`)}</tr></thead>${bodies}</table></div>`;

export function scoreTable(section: Section, keys: ModelKeys, footnote: Footnote): Markup {
  const bodies = section.metrics.map(
    ({ metric, signature, better, decimals, lines }) =>
      markup`<tbody>${lines.map(
        (line, place) =>
          markup`<tr class="${line.condition === "pictures" ? "seen" : "control"}">${
            place === 0
              ? markup`<th scope="rowgroup" rowspan="${lines.length}"><bdi>${metric}</bdi> <span title="${better} is better">${betterMark[better]}</span>${footnote(signature)}</th>`
              : undefined
          }${lineCells(line, decimals)}</tr>`,
      )}</tbody>`,
  );
  const head = [markup`Metric`, markup`Shown`, ...section.models.map((model) => modelName(keys, model))];
  return dataTable(`${titleOf(section)}: scores and controls`, head, bodies);
}

const titleOf = ({ evaluation, pictures, region }: Section): string =>
  `${evaluation}, ${pictures} pictures, ${regionTitle(region)}`;

const lineCells = ({ condition, shared, cells }: Line, decimals: number): Markup =>
  markup`<th scope="row">${condition}${shared && markup`: ${scoreMarkup(shared, decimals)}`}</th>${cells.map(
    ({ score, gap }) =>
      markup`<td>${score && scoreMarkup(score, decimals)}${
        gap === undefined ? undefined : markup` <span class="gap">gap ${signed(gap, decimals)}</span>`
      }</td>`,
  )}`;

const scoreMarkup = (
  { value, interval, questions, groups, unread, undefinedDraws }: Score,
  decimals: number,
): Markup =>
  markup`<span class="value">${fixed(value, decimals)}</span> <span>${intervalText(interval, decimals)}</span> <small>${questions}/${groups}/${
    unread > 0 ? markup`<strong>${unread}</strong>` : unread
  }${undefinedText(undefinedDraws)}</small>`;

export function differenceTable(section: Section, footnote: Footnote): Markup {
  const rows = section.differences.map((one) => markup`<tr>${differenceCells(one, footnote)}</tr>`);
  return dataTable(
    `${titleOf(section)}: differences between models, on the same questions`,
    ["Metric", "Shown", "Difference of", "Value", "95 % interval", "p"].map((title) => markup`${title}`),
    [markup`<tbody>${rows}</tbody>`],
  );
}

function differenceCells(
  { metric, signature, condition, models, difference, interval, p }: Difference,
  footnote: Footnote,
): Markup {
  const decimals = decimalsFor([difference, ...(interval ?? [])]);
  return markup`<th scope="row"><bdi>${metric}</bdi>${footnote(signature)}</th><td>${condition}</td><td><bdi>${models[1]}</bdi> less <bdi>${models[0]}</bdi></td><td>${signed(difference, decimals)}</td><td>${intervalText(interval, decimals)}</td><td>${pText(p)}</td>`;
}
