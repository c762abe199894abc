/** @file Records to questions: each record's last answer is what is expected, all before it is asked. */

import { createHash } from "node:crypto";
import { access } from "node:fs/promises";
import type { Looked } from "../data/check_pictures.ts";
import { languageOf } from "../data/conversations.ts";
import { askings } from "../data/question_words.ts";
import { type DataRecord, messagesOf, picturesOf, plainText } from "../data/record.ts";
import { pictureNames } from "../data/topics.ts";
import type { FactRegion } from "../data/vocabulary.ts";
import type { ImageSource } from "../image/read_source.ts";
import { partsOf } from "../processor/message.ts";
import type { Question } from "./exchange.ts";

/** The questions of a run, and what is wrong with the records they come from. */
export interface QuestionSet {
  readonly questions: readonly Question[];
  /** Ids that came again; of each the first record is kept. One for each record that is not. */
  readonly duplicates: readonly string[];
  /** Ids of questions whose pictures are not all there, with the paths at which there is none. */
  readonly missing: ReadonlyMap<string, readonly string[]>;
}

/** The words of a record's last question. */
export const askedIn = ({ messages }: DataRecord): string => plainText(messages.at(-2)?.content ?? "");

/** The region of a record, as it or its facts state it. */
export const regionIn = ({ region, facts }: DataRecord): FactRegion | undefined => region ?? facts?.region;

/** Whether a question asks, in the project's own words, which region its picture shows. */
export function asksRegion({ record, language }: Question): boolean {
  const asked = askedIn(record);
  const { questions, statement } = askings[language].region;
  const wordings = [
    ...questions.map((wording) => wording("")),
    ...Object.values(pictureNames).map((name) => statement(name[language], "")),
  ];
  return wordings.some((wording) => asked.includes(wording));
}

/** What a picture is: of a patient, simulated, or without anatomy (a photograph, a painted shape, a probe in air). */
export const pictureKinds = ["real", "simulated", "empty"] as const;
export type PictureKind = (typeof pictureKinds)[number];

export const kindOf = ({ simulated, facts }: DataRecord): PictureKind =>
  facts?.empty !== undefined ? "empty" : simulated ? "simulated" : "real";

/**
 * The question of one record.
 *
 * @param id unique in the run
 * @param group what it is drawn together with
 */
export function questionOf(record: DataRecord, id: string, group = record.group ?? id): Question {
  const { messages } = record;
  const expected = messages.at(-1)?.content ?? "";
  return {
    id,
    record,
    language: record.language ?? languageOf(askedIn(record) + expected),
    messages: messagesOf(record).slice(0, -1),
    expected,
    group,
  };
}

/**
 * Take the questions of records, in order. Nothing is thrown for what a record is: those with a picture that is not
 * there are kept and named, those whose id came before are left out and named.
 *
 * A record without an id gets the hash of what it says and shows, wherever its pictures lie. One without a group is
 * grouped with those that show the same pictures: what is asked of one picture in two languages is no independent case.
 *
 * @param look from `createPictureCheck`
 */
export async function collectQuestions(
  records: AsyncIterable<DataRecord> | Iterable<DataRecord>,
  look: (source: ImageSource) => Promise<Looked>,
): Promise<QuestionSet> {
  const questions = new Map<string, Question>();
  const duplicates: string[] = [];
  const missing = new Map<string, readonly string[]>();
  for await (const record of records) {
    const id = record.id ?? (await contentId(record, look));
    if (questions.has(id)) {
      duplicates.push(id);
      continue;
    }
    questions.set(id, questionOf(record, id, record.group ?? (await picturesName(record, look)) ?? id));
    const absent = await absentFiles(picturesOf(record));
    if (absent.length > 0) missing.set(id, absent);
  }
  return { questions: [...questions.values()], duplicates, missing };
}

/** The pictures by their bytes, or by their paths where these cannot be read; undefined where there is neither. */
async function picturesName(
  record: DataRecord,
  look: (source: ImageSource) => Promise<Looked>,
): Promise<string | undefined> {
  const names: string[] = [];
  for (const source of picturesOf(record)) {
    const looked = await look(source);
    if (!("header" in looked) && typeof source !== "string") return undefined;
    names.push("header" in looked ? looked.header.hash.slice(0, 16) : String(source));
  }
  return names.length === 0 ? undefined : names.join(" ");
}

async function contentId(
  record: DataRecord,
  look: (source: ImageSource) => Promise<Looked>,
): Promise<string> {
  const looked = await Promise.all(picturesOf(record).map(look));
  const pictures = looked.map((one, index) =>
    "header" in one ? one.header.hash : String(picturesOf(record)[index]),
  );
  const content = JSON.stringify([record.messages, pictures]);
  return createHash("sha256").update(content).digest("hex").slice(0, 16);
}

async function absentFiles(sources: readonly ImageSource[]): Promise<string[]> {
  const paths = [...new Set(sources)].filter((source) => typeof source === "string");
  const isAbsent = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => false,
        () => true,
      ),
    ),
  );
  return paths.filter((_, index) => isAbsent[index]);
}

/** How much a question says, in characters: what stands for the time it takes beside others of its kind. */
export const lengthOf = ({ messages }: Question): number =>
  messages
    .flatMap((message) => partsOf(message))
    .reduce((sum, part) => sum + (part.type === "text" ? part.text.length : 0), 0);
