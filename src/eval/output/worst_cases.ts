/** @file The answers that scored worst, with their pictures and the words that differ. */

import { isInLanguage } from "../reading/language.ts";
import type { WorstCase } from "../scores.ts";
import { decimalsFor, fixed } from "./digits.ts";
import { type Markup, markup } from "./markup.ts";
import { regionTitle } from "./sections.ts";
import { type Stretch, wordDifference } from "./word_difference.ts";

/** @param pictures of each path, a data: URL; undefined where the picture could not be read */
export function worstCase(
  { id, model, condition, region, metric, value, asked, expected, answered, images }: WorstCase,
  pictures: ReadonlyMap<string, string | undefined>,
): Markup {
  const [missing, extra] = wordDifference(expected, answered);
  const shown = images.map((path, place) => {
    const url = pictures.get(path);
    return url === undefined
      ? markup`<p class="missing">Picture could not be read: <bdi>${path}</bdi></p>`
      : markup`<img src="${url}" alt="Picture ${place + 1} of ${images.length} of ${id}: ${path}"/>`;
  });
  const text = (title: string, said: string, content: Markup) =>
    markup`<div><dt>${title}</dt><dd dir="auto"${isInLanguage(said, "zh") ? markup` lang="zh"` : undefined}>${content}</dd></div>`;
  return markup`<article class="case"><h4><bdi>${id}</bdi></h4><p><bdi>${model}</bdi>, ${condition}, ${regionTitle(region)}: <bdi>${metric}</bdi> ${fixed(value, decimalsFor([value]))}</p><div class="pictures">${shown}</div><dl>${[
    text("Asked", asked, markup`${asked}`),
    text("Expected", expected, marked(missing, "lacking")),
    text("Answered", answered, answered === "" ? markup`<em>nothing</em>` : marked(extra, "added")),
  ]}</dl></article>`;
}

const marked = (stretches: readonly Stretch[], name: string): Markup =>
  markup`${stretches.map(({ text, differs }) => (differs ? markup`<mark class="${name}">${text}</mark>` : text))}`;
