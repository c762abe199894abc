/**
 * @file An evaluation of one's own: what it asks, how answers are read, and what is measured are one plain object.
 *
 * npm run build && node dist/examples/evaluate.js <checkpoint> <records> <folder of the run>
 */

import {
  accuracy,
  type ClassItem,
  conditions,
  createPictureCheck,
  type DataRecord,
  type Evaluation,
  type Exchange,
  evaluate,
  keepRecords,
  localModel,
  ofTasks,
  readRecords,
  scoresMarkdown,
  viewOf,
} from "../src/index.ts";

const [checkpoint, file, folder] = process.argv.slice(2);
if (checkpoint === undefined || file === undefined || folder === undefined)
  throw new Error("give a checkpoint, a file of records and a folder for the run");

const firstWord = (text: string) => /[a-z]+/.exec(text.toLowerCase())?.[0];
const yesOrNo: Evaluation = {
  name: "yes or no",
  about: "questions that are answered by yes or no",
  pose: ofTasks("yes or no"),
  views: [
    viewOf<ClassItem>({
      reading: "first word",
      read: ({ question, given }: Exchange) => {
        const said = firstWord(given.text);
        return {
          expected: firstWord(question.expected) ?? "",
          predicted: said === "yes" || said === "no" ? said : undefined,
        };
      },
      isUnread: ({ predicted }) => predicted === undefined, // counts as wrong
      metrics: [accuracy],
    }),
  ],
};

const records: DataRecord[] = [];
for await (const { record } of keepRecords(readRecords([file], { lenient: false }), "fail", () => {}))
  records.push(record);
const scores = await evaluate(records, {
  folder, // every question and answer is kept there; the same call goes on where it was stopped
  evaluations: [yesOrNo],
  models: [localModel(checkpoint, { batch: 8 })],
  conditions, // the pictures, and controls without them
  settings: { maxNewTokens: 4, temperature: 0, seed: 1 },
  draws: 1000,
  look: createPictureCheck(),
  signal: new AbortController().signal,
  onProgress: ({ condition, done, total }) => console.error(`${condition}: ${done} of ${total}`),
});
console.log(scoresMarkdown(scores));
