/**
 * @file A model card: the README.md of a checkpoint, with fields for machines at its head.
 * @see https://huggingface.co/docs/hub/model-cards
 */

import { join } from "node:path";
import { parse, stringify } from "yaml";
import { isJsonObject, type JsonObject } from "../model/json_fields.ts";
import { readTextFile } from "./json_file.ts";

/** One part of a card. */
export interface CardSection {
  readonly title: string;
  /** Markdown without headings of the first two levels. */
  readonly text: string;
}

/** A card as data. Whoever changes a model adds a section, or replaces one by its title. */
export interface ModelCard {
  /** license, language, tags, base_model and the like. */
  readonly metadata: JsonObject;
  readonly title: string;
  /** What stands between the title and the first section. */
  readonly summary: string;
  readonly sections: readonly CardSection[];
}

/** The card as the text of a README.md. */
export function cardText({ metadata, title, summary, sections }: ModelCard): string {
  const body = [`# ${title}`, summary, ...sections.flatMap((part) => [`## ${part.title}`, part.text])];
  return `---\n${stringify(metadata)}---\n\n${body.filter((text) => text !== "").join("\n\n")}\n`;
}

/** Read a card. A head that holds no fields is text of the card: prose must not cost whoever changes a model the run. */
export function parseCard(text: string): ModelCard {
  const [whole = "", head = ""] = /^---\r?\n((?:.*?\n)?)---(?:\r?\n|$)/s.exec(text) ?? [];
  const metadata = fieldsOf(head);
  const body = metadata ? text.slice(whole.length) : text;
  const [start = "", ...parts] = body.split(/^## /m);
  const [, before = "", title = "", after = ""] = /^(.*?)^# ([^\n]*)\n?(.*)$/ms.exec(start) ?? ["", start];
  const summary = [before, after].map((part) => part.trim());
  const sections = parts.map((part): CardSection => {
    const [first = "", ...rest] = part.split("\n");
    return { title: first.trim(), text: rest.join("\n").trim() };
  });
  return {
    metadata: metadata ?? {},
    title: title.trim(),
    summary: summary.filter((part) => part !== "").join("\n\n"),
    sections,
  };
}

/** The card of a checkpoint folder; an empty one where it has none. @throws CheckpointError when it is no text */
export async function readCard(folder: string): Promise<ModelCard> {
  return parseCard((await readTextFile(join(folder, "README.md"))) ?? "");
}

/** The fields that a head holds; undefined where it holds something else. */
function fieldsOf(head: string): JsonObject | undefined {
  let value: unknown;
  try {
    value = parse(head) ?? {};
  } catch {
    return undefined; // no YAML: parse has no other way to say so
  }
  return isJsonObject(value) ? value : undefined;
}

/** Fields and their values as a Markdown table. */
export const fieldTable = (fields: Readonly<Record<string, string | number>>): string =>
  [
    "| | |",
    "|---|---|",
    ...Object.entries(fields).map(([name, value]) => `| ${name} | ${String(value).replaceAll("|", "\\|")} |`),
  ].join("\n");
