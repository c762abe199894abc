/**
 * @file A model card: the README.md of a checkpoint, with fields for machines at its head.
 * @see https://huggingface.co/docs/hub/model-cards
 */

import { join } from "node:path";
import { parse, stringify } from "yaml";
import { CheckpointError } from "../errors.ts";
import { isJsonObject, type JsonObject, shown } from "../model/json_fields.ts";
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

/**
 * Read a card.
 *
 * @param where the file, for messages
 * @throws CheckpointError when its head is no YAML
 */
export function parseCard(text: string, where: string): ModelCard {
  const [, head = "", body = text] = /^---\r?\n(.*?)^---\r?\n(.*)$/ms.exec(text) ?? [];
  const [start = "", ...parts] = body.split(/^## /m);
  const [, title = "", summary = ""] = /^# ([^\n]*)\n?(.*)$/ms.exec(start) ?? ["", "", start];
  const sections = parts.map((part): CardSection => {
    const [first = "", ...rest] = part.split("\n");
    return { title: first.trim(), text: rest.join("\n").trim() };
  });
  return { metadata: metadataIn(head, where), title: title.trim(), summary: summary.trim(), sections };
}

/** The card of a checkpoint folder; an empty one where it has none. @throws as `parseCard` */
export async function readCard(folder: string): Promise<ModelCard> {
  const path = join(folder, "README.md");
  return parseCard((await readTextFile(path)) ?? "", path);
}

function metadataIn(head: string, where: string): JsonObject {
  let value: unknown;
  try {
    value = parse(head) ?? {};
  } catch (error) {
    throw new CheckpointError(where, `expected YAML at its head, found ${(error as Error).message}`);
  }
  if (isJsonObject(value)) return value;
  throw new CheckpointError(where, `expected fields at its head, found ${shown(value)}`);
}

/** Fields and their values as a Markdown table. */
export const fieldTable = (fields: Readonly<Record<string, string | number>>): string =>
  [
    "| | |",
    "|---|---|",
    ...Object.entries(fields).map(([name, value]) => `| ${name} | ${String(value).replaceAll("|", "\\|")} |`),
  ].join("\n");
