/**
 * @file Foreign text in Markdown without becoming Markdown.
 * @see https://github.github.com/gfm/#backslash-escapes
 */

import { visible } from "./visible_text.ts";

/** One line of text, every character itself. */
export const escaped = (text: string): string =>
  visible(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\\`*_[\]|~$]/g, "\\$&")
    .replace(/\s+/g, " ");

/** Text as code, within a fence longer than any in it. */
export function code(text: string): string {
  const line = visible(text).replace(/\s+/g, " ");
  const longest = Math.max(0, ...(line.match(/`+/g) ?? []).map((run) => run.length));
  const [fence, pad] = ["`".repeat(longest + 1), longest > 0 ? " " : ""];
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A table of cells that are Markdown already. */
export const markdownTable = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
