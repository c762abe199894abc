/** @file Pictures to records: facts and words of shapes for the base, reports and conversations for the two stages. */

import { visibleFacts } from "../../src/data/context.ts";
import type { Facts } from "../../src/data/facts.ts";
import { taskQuestion } from "../../src/data/questions.ts";
import type { DataRecord } from "../../src/data/record.ts";
import { openStream } from "../../src/data/simulator/draw.ts";
import { type Task, tasks } from "../../src/tasks/prompts.ts";
import { type Language, languages } from "../../src/tasks/regions.ts";
import { conversationOf } from "../echovlm-nano/conversation.ts";
import { factsLine, factsPrompt } from "../echovlm-nano/facts_line.ts";
import type { KnownPicture } from "./pictures.ts";
import { captionOf, captionPrompts, factsOf, questionOn, type Turn } from "./shape_words.ts";
import type { Thing } from "./shapes.ts";

/** The files that runs read, and which pictures they are made of. */
export const recordFiles = {
  looking: { part: "shapes", records: lookingRecords },
  "looking-validation": { part: "unseen-shapes", records: lookingRecords },
  speaking: { part: "shapes", records: speakingRecords },
  texts: { part: "told", records: textRecords },
  "speaking-validation": { part: "unseen-shapes", records: speakingRecords },
  reports: { part: "train", records: reportRecords },
  instructions: { part: "train", records: instructionRecords },
  validation: { part: "validation", records: testRecords },
  test: { part: "test", records: testRecords },
} as const;
export type RecordFile = keyof typeof recordFiles;

function recordOf(picture: KnownPicture, what: string, turns: readonly Turn[]): DataRecord {
  const { id, file, known } = picture;
  return {
    id: `${id} ${what}`,
    messages: turns.flatMap(({ prompt, answer }, turn) => [
      { role: "user" as const, content: turn === 0 ? `<image>${prompt}` : prompt },
      { role: "assistant" as const, content: answer },
    ]),
    images: [file],
    simulated: true,
    group: id,
    ...(known.facts && { region: known.facts.region, facts: known.facts }),
  };
}

const wordsOf = ({ seed }: KnownPicture, language: Language) => openStream(seed, `words ${language}`);

/** Shapes in one line. */
function lookingRecords(picture: KnownPicture): DataRecord[] {
  return [recordOf(picture, "facts", [{ prompt: factsPrompt, answer: factsOf(thingsOf(picture)) }])];
}

/** A caption and two questions on shapes, in each language. */
function speakingRecords(picture: KnownPicture): DataRecord[] {
  const things = thingsOf(picture);
  return languages.map((language) => {
    const draw = wordsOf(picture, language);
    const caption = { prompt: captionPrompts[language], answer: captionOf(things, language) };
    const questions = Array.from({ length: 2 }, () => questionOn(things, language, draw));
    const turns = draw.chance(0.5) ? [caption, ...questions] : [...questions, caption];
    return { ...recordOf(picture, language, turns), language };
  });
}

/** Medical words without a picture: a line of facts, and the report or conversation that follows from it. */
function textRecords(picture: KnownPicture): DataRecord[] {
  const facts = factsLine(factsOfOrgan(picture));
  return [...reportRecords(picture), ...instructionRecords(picture)].map(({ images: _, ...record }) => ({
    ...record,
    messages: record.messages.map(({ role, content }) => ({
      role,
      content: content.replace("<image>", `${facts}\n`),
    })),
  }));
}

/** What stage I learns: a whole report in each language. */
function reportRecords(picture: KnownPicture): DataRecord[] {
  return languages.flatMap((language) => taskRecord(picture, "report", language));
}

/** What stage II learns: one to four questions, reports and diagnoses among them, in each language. */
function instructionRecords(picture: KnownPicture): DataRecord[] {
  return languages.flatMap((language) => {
    const turns = conversationOf(factsOfOrgan(picture), language, wordsOf(picture, language));
    return turns.length === 0 ? [] : [{ ...recordOf(picture, `${language} conversation`, turns), language }];
  });
}

/** What is asked in the end: a report and a diagnosis in each language. */
function testRecords(picture: KnownPicture): DataRecord[] {
  return languages.flatMap((language) => tasks.flatMap((task) => taskRecord(picture, task, language)));
}

function taskRecord(picture: KnownPicture, task: Task, language: Language): DataRecord[] {
  const { random } = openStream(picture.seed, `${task} ${language}`);
  const question = taskQuestion(task, factsOfOrgan(picture), language, random);
  if (question === undefined) return [];
  return [{ ...recordOf(picture, `${language} ${task}`, [question]), task, language }];
}

function thingsOf({ id, known: { things } }: KnownPicture): readonly Thing[] {
  if (things === undefined) throw new Error(`${id} shows no shapes`);
  return things;
}

/** Without millimetres, which so small a picture does not tell. */
function factsOfOrgan({ id, known: { facts } }: KnownPicture): Facts {
  if (facts === undefined) throw new Error(`${id} shows no organ`);
  return visibleFacts(facts);
}
