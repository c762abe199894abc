/** @file How a model is told from others on a page: by a number, and by a colour that goes with it. */

import { type Markup, markup } from "./markup.ts";

/**
 * Colours that are told apart with any colour vision, also on black.
 *
 * @see Okabe and Ito, Color Universal Design, https://jfly.uni-koeln.de/color/
 */
export const palette = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"] as const;

/** Number of each model on the page, from 1; colours repeat after six, numbers do not. */
export type ModelKeys = ReadonlyMap<string, number>;

/** @param models in printed order, each once */
export const modelKeys = (models: readonly string[]): ModelKeys =>
  new Map(models.map((model, place) => [model, place + 1]));

/** The model's class, which gives its colour as the CSS variable `--model`. */
export const colourClass = (keys: ModelKeys, model: string): string =>
  `m${(((keys.get(model) ?? 1) - 1) % palette.length) + 1}`;

/** Coloured number and name. */
export const modelName = (keys: ModelKeys, model: string): Markup =>
  markup`<span class="key ${colourClass(keys, model)}">${keys.get(model)}</span> <bdi>${model}</bdi>`;
