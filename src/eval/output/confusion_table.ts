/** @file Answers by expected class, as a table with shades. */

import type { Confusion } from "../scores.ts";
import { type Markup, markup } from "./markup.ts";

/** Counts with their share of the row, which is also the shade; what is right is framed. */
export function confusionTable({ classes, counts }: Confusion, caption: string): Markup {
  const row = (name: string, numbers: readonly number[], place: number) => {
    const total = numbers.reduce((sum, count) => sum + count, 0);
    const cells = numbers.map((count, column) => {
      const percent = total === 0 ? 0 : Math.round((100 * count) / total);
      return markup`<td class="${column === place ? "heat right" : "heat"}" style="--share:${percent}%">${count}<small>${percent} %</small></td>`;
    });
    return markup`<tr><th scope="row"><bdi>${name}</bdi></th>${cells}<td>${total}</td></tr>`;
  };
  return markup`<div class="scroll" role="group" aria-label="${caption}" tabindex="0"><table class="confusion"><caption>${caption}</caption><thead><tr><th scope="col">expected \\ answered</th>${[...classes, "no class"].map((name) => markup`<th scope="col"><bdi>${name}</bdi></th>`)}<th scope="col">all</th></tr></thead><tbody>${classes.map((name, place) => row(name, counts[place] ?? [], place))}</tbody></table></div>`;
}
