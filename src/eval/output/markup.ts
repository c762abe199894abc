/** @file HTML and SVG as a tagged template: whatever is filled in is escaped, unless it is markup itself. */

import { visible } from "./visible_text.ts";

/** Well-formed elements; made by `markup` alone. */
export interface Markup {
  readonly markup: string;
}

export type Fill = Markup | string | number | undefined | readonly Fill[];

/** Elements around what is filled in: text is escaped, lists are joined, undefined is nothing. */
export const markup = (literal: TemplateStringsArray, ...fills: readonly Fill[]): Markup => ({
  markup: literal.map((text, place) => text + filled(fills[place])).join(""),
});

function filled(fill: Fill): string {
  if (fill === undefined) return "";
  if (typeof fill === "string") return escaped(fill);
  if (typeof fill === "number") return String(Math.round(fill * 100) / 100);
  return "markup" in fill ? fill.markup : fill.map(filled).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for between tags and inside quoted attributes. */
const escaped = (text: string): string => visible(text).replace(/[&<>"']/g, (one) => entities[one]!);
