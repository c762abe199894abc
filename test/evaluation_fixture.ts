/** @file Records made from facts, as the project makes them, and answers to what evaluations ask of them. */

import { createHash } from "node:crypto";
import { basename } from "node:path";
import fc from "fast-check";
import type { Looked } from "../src/data/check_pictures.ts";
import { Facts } from "../src/data/facts.ts";
import { type Question as AskedOfFacts, questionsOf, taskQuestion } from "../src/data/questions.ts";
import type { DataRecord } from "../src/data/record.ts";
import { answeredBy, type Evaluation } from "../src/eval/evaluation.ts";
import type { Exchange, Question } from "../src/eval/exchange.ts";
import { questionOf } from "../src/eval/questions.ts";
import type { ImageSource } from "../src/image/read_source.ts";
import { languages } from "../src/tasks/regions.ts";
import { namedRandom } from "../src/tensor/random.ts";
import { arbitraryFacts } from "./arbitrary_facts.ts";

/** Pictures of all kinds, the last two without anatomy. */
export const someFacts: readonly Facts[] = [
  ...fc.sample(arbitraryFacts, { numRuns: 36, seed: 5 }),
  ...(["2", "5", "3", "4"] as const).map((birads) =>
    Facts.parse({ region: "breast", source: "simulated", findings: [{ kind: "mass", birads }] }),
  ),
  ...[180.5, 250].map((circumferenceMm) =>
    Facts.parse({
      region: "gynaecology",
      source: "simulated",
      mmPerPixel: 0.2,
      picture: { width: 800, height: 600 },
      structures: [{ kind: "fetalHead", circumferenceMm }],
    }),
  ),
  ...(["noContact", "notUltrasound"] as const).map((empty) =>
    Facts.parse({ region: "other", source: "simulated", empty }),
  ),
];

const short = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 12);

/**
 * Every question of each picture in both languages, half of the pictures real; two pictures make a group.
 *
 * @param folder where pictures 0.png, 1.png, ... are said to lie
 */
export const recordsOf = (all: readonly Facts[], folder: string): DataRecord[] =>
  all.flatMap((given, picture) => {
    const simulated = picture % 4 < 2;
    const facts: Facts = { ...given, source: simulated ? "simulated" : "labelled" };
    return languages.flatMap((language) => {
      const random = namedRandom(0, `${picture} ${language}`);
      const tasks = (["report", "diagnose"] as const).flatMap(
        (task) => taskQuestion(task, facts, language, random) ?? [],
      );
      return [...tasks, ...questionsOf(facts, language, random)].map(
        ({ form, prompt, answer }: AskedOfFacts) => ({
          id: `${picture} ${language} ${form} ${short(prompt)}`,
          messages: [
            { role: "user" as const, content: `<image>${prompt}` },
            { role: "assistant" as const, content: answer },
          ],
          images: [`${folder}/${picture}.png`],
          region: facts.region,
          task: form,
          language,
          facts,
          simulated,
          group: `group ${Math.floor(picture / 2)}`,
        }),
      );
    });
  });

/** Records of the eight tasks of U2-BENCH, of which the project has none: one question each, in two groups. */
export const u2Records: readonly DataRecord[] = [
  ...["DD", "VRA", "LL", "OD", "KD"].map((task) => [task, ["normal", "abnormal"]] as const),
  ["CVE", ["0.42", "0.5"]] as const,
  ...["RG", "CG"].map(
    (task) => [task, ["The liver shows a round cyst.", "No lesion is seen in the thyroid."]] as const,
  ),
].flatMap(([task, answers]) =>
  answers.map((answer, place) => ({
    id: `${task} ${place}`,
    messages: [
      { role: "user" as const, content: `<image>What of ${task}?` },
      { role: "assistant" as const, content: answer },
    ],
    images: [`u2 ${place}.png`],
    task: `U2-BENCH ${task}`,
    language: "en" as const,
    group: `group ${place}`,
  })),
);

/** Every picture is there and told by its name alone, wherever it lies. */
export const lookAtName = async (source: ImageSource): Promise<Looked> => ({
  header: {
    width: 8,
    height: 6,
    format: "png",
    hash: createHash("sha256")
      .update(basename(String(source)))
      .digest("hex"),
  },
});

/** What an evaluation asks of records, answered. */
export async function answered(
  { pose, canBeScored = () => true }: Evaluation,
  records: readonly DataRecord[],
  answer: (question: Question) => string,
): Promise<Exchange[]> {
  const posed = await pose(records, lookAtName);
  const questions = posed.map((record, place) => questionOf(record, record.id ?? String(place)));
  return questions.filter(canBeScored).map((question) => answeredBy(question, answer(question)));
}
