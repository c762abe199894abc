/** @file Planned pictures and their facts to records. */

import { join } from "node:path";
import type { Facts } from "../../src/data/facts.ts";
import { ask, type Question } from "../../src/data/questions.ts";
import type { DataRecord } from "../../src/data/record.ts";
import { openStream } from "../../src/data/simulator/draw.ts";
import { topicsOf } from "../../src/data/topics.ts";
import { type Language, languages } from "../../src/tasks/regions.ts";
import { createRandom, shuffled } from "../../src/tensor/random.ts";
import { conversationOf, questionAlone, testQuestionsOf } from "./conversation.ts";
import { factsLine, factsPrompt } from "./facts_line.ts";
import { ours, type PlannedPicture, seedOf } from "./plan.ts";
import { sumsOf, withDrawnScale, withOtherScale } from "./scales.ts";

export interface KnownPicture extends PlannedPicture {
  readonly facts: Facts;
}

/**
 * The records of one part, in random order. Training: a conversation in each language. Validation: one in one language
 * a picture. Test: every question that matters by itself, in both languages.
 *
 * @param out folder of the data set
 */
export function recordsOf(pictures: readonly KnownPicture[], out: string, seed: number): DataRecord[] {
  const records = pictures.flatMap((picture, index): DataRecord[] => {
    const { part, file, facts } = picture;
    const draw = (language: Language) => openStream(seedOf(seed, file, language), "conversation");
    if (part === "test")
      return languages.flatMap((language) =>
        testQuestionsOf(facts, language, draw(language)).map((question) =>
          recordOf(
            picture,
            out,
            language,
            [question],
            [question.about ?? [], question.form].flat().join(" "),
          ),
        ),
      );
    const own = part === "train" ? languages : [languages[index % languages.length]!];
    return own.flatMap((language) => {
      const scaled = openStream(seedOf(seed, file, language), "scale");
      const told = part === "train" ? withDrawnScale(facts, scaled) : facts;
      const turns = conversationOf(told, language, draw(language));
      const known = { ...picture, facts: told };
      return turns.length === 0 ? [] : [recordOf(known, out, language, turns, turns[0]!.form)];
    });
  });
  return shuffled(records, createRandom(seedOf(seed, "order")));
}

/** One record a picture: its facts in one line. In random order. */
export function factsRecordsOf(pictures: readonly KnownPicture[], out: string, seed: number): DataRecord[] {
  const records = pictures.map(
    (picture): DataRecord => ({
      id: `${idOf(picture)} facts`,
      messages: [
        { role: "user", content: `<image>${factsPrompt}` },
        { role: "assistant", content: factsLine(picture.facts) },
      ],
      task: "facts",
      ...originOf(picture, out),
    }),
  );
  return shuffled(records, createRandom(seedOf(seed, "order")));
}

/** One record a picture: one question by itself. In random order. */
export function aloneRecordsOf(pictures: readonly KnownPicture[], out: string, seed: number): DataRecord[] {
  const records = pictures.flatMap((picture) => {
    const draw = openStream(seedOf(seed, picture.file), "alone");
    const language = draw.pick(languages);
    const turns = questionAlone(picture.facts, language, draw);
    return turns.length === 0 ? [] : [recordOf(picture, out, language, turns, "alone")];
  });
  return shuffled(records, createRandom(seedOf(seed, "order")));
}

/** Questions on the circumference of one picture's fetal head, and what a millimetre of it may count for in them. */
const measuresOfHead = 4;
const measureScales = [0.6, 1.6] as const;

/**
 * Fetal heads whose circumference is known, each under several scales: the length in picture widths stays and has to be
 * seen, the width in millimetres changes and has to be read. In random order.
 */
export function measureRecordsOf(pictures: readonly KnownPicture[], out: string, seed: number): DataRecord[] {
  const records = pictures.flatMap((picture) =>
    Array.from({ length: measuresOfHead }).flatMap((_, index) => {
      const draw = openStream(seedOf(seed, picture.file, index), "measure");
      const facts = withOtherScale(picture.facts, draw.range(...measureScales));
      const topic = topicsOf(facts, draw.random).find(({ about }) => about === "headCircumference");
      if (topic === undefined || facts.mmPerPixel === undefined) return [];
      const language = languages[index % languages.length]!;
      const question = ask(topic, "open", facts, language, draw.random);
      return [recordOf({ ...picture, facts }, out, language, [question], `measure ${index}`)];
    }),
  );
  return shuffled(records, createRandom(seedOf(seed, "order")));
}

/** Exercises without pictures. */
export const sumRecordsOf = (count: number, seed: number): DataRecord[] =>
  Array.from({ length: count }, (_, index) => {
    const { prompt, answer } = sumsOf(openStream(seedOf(seed, "sums", index), "sums"));
    return {
      id: `sums ${index}`,
      messages: [
        { role: "user", content: prompt },
        { role: "assistant", content: answer },
      ],
      task: "sums",
      ...ours("EchoVLM sums"),
    };
  });

const idOf = ({ file }: KnownPicture): string => file.slice(-24, -4);

const recordOf = (
  picture: KnownPicture,
  out: string,
  language: Language,
  turns: readonly Question[],
  what: string,
): DataRecord => ({
  id: `${idOf(picture)} ${language} ${what}`,
  messages: turns.flatMap(({ prompt, answer }, index) => [
    { role: "user" as const, content: index === 0 ? `<image>${prompt}` : prompt },
    { role: "assistant" as const, content: answer },
  ]),
  task: turns[0]!.form,
  language,
  ...originOf(picture, out),
});

/** What a record says of its picture. */
function originOf({ file, group, dataset, licence, facts }: KnownPicture, out: string) {
  return {
    images: [join(out, file)],
    region: facts.region,
    dataset,
    facts,
    ...(licence === undefined ? {} : { licence }),
    simulated: facts.source === "simulated",
    group,
  };
}
