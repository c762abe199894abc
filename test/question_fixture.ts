/** @file Questions for tests of evaluation, whose pictures are names only, and answerers that are no models. */

import { createHash } from "node:crypto";
import fc from "fast-check";
import type { Looked } from "../src/data/check_pictures.ts";
import type { DataRecord } from "../src/data/record.ts";
import type { Answerer, ModelSource, Reply } from "../src/eval/answerer.ts";
import type { Question } from "../src/eval/exchange.ts";
import { type QuestionSet, questionOf } from "../src/eval/questions.ts";
import type { ImageSource } from "../src/image/read_source.ts";
import type { Message } from "../src/processor/message.ts";

/** A record that shows pictures, asks and expects. */
export const recordOf = (
  fields: Partial<DataRecord> & { readonly asked?: string; readonly expected?: string },
): DataRecord => {
  const { asked = "What is it?", expected = "A cyst.", ...rest } = fields;
  const tags = (rest.images ?? []).map(() => "<image>").join("");
  return {
    messages: [
      { role: "user", content: `${tags}${asked}` },
      { role: "assistant", content: expected },
    ],
    ...rest,
  };
};

export const setOf = (records: readonly DataRecord[], missing: readonly string[] = []): QuestionSet => {
  const questions = records.map((record, index) => questionOf(record, record.id ?? `q${index}`));
  return { questions, duplicates: [], missing: new Map(missing.map((id) => [id, ["gone.png"]])) };
};

/** Every picture is there, 8 by 6 pixels, and named by its path. */
export const lookAtNames = async (source: ImageSource): Promise<Looked> => ({
  header: { width: 8, height: 6, format: "png", hash: `hash of ${source}` },
});

/** Sets of questions of few groups, pictures, words and answers, so that all of them meet again. */
export const arbitrarySet: fc.Arbitrary<QuestionSet> = fc
  .array(
    fc.record({
      group: fc.constantFrom("anna", "ben", "cleo"),
      images: fc.array(fc.constantFrom("1", "2", "3"), { maxLength: 2 }),
      asked: fc.constantFrom("What is it?", "How large?", "乳腺?"),
      expected: fc.constantFrom("A", "B", "C"),
      task: fc.constantFrom("choice", "open"),
      simulated: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((list) =>
    setOf(
      list.map(({ group, images, simulated, ...rest }) =>
        // A picture belongs to one group and is of one kind.
        recordOf({ ...rest, group, simulated, images: images.map((n) => `${group} ${simulated} ${n}.png`) }),
      ),
    ),
  );

export const taskOf = ({ record }: Question): string => record.task ?? "";

const digest = (value: unknown) => createHash("sha256").update(JSON.stringify(value)).digest("hex");

type Conversations = readonly (readonly Message<ImageSource>[])[];

/** Answers from the words and pictures alone. */
export const ownWords = (conversations: Conversations): Reply[] =>
  conversations.map((messages) => ({ text: digest(messages), finish: "stop" }));

/** As models do: the last digits of probabilities depend on who else is in the batch. */
export const inCompany = (conversations: Conversations): Reply[] => {
  const company = digest(conversations);
  return ownWords(conversations).map((reply) => ({
    ...reply,
    tokens: [{ text: company, logprob: -Number.parseInt(company.slice(0, 4), 16), top: [] }],
  }));
};

/** A model that is a function. */
export const fakeModel = (
  answer: (conversations: Conversations) => Reply[],
  {
    name = "fake",
    batch = 4,
    concurrency = 1,
    identity = { sha256: "f00" },
  }: Partial<ModelSource & Answerer> = {},
): ModelSource => ({
  name,
  open: async () => ({
    identity,
    batch,
    concurrency,
    answer: async (conversations) => answer(conversations),
    close: async () => {},
  }),
});
