/**
 * @file Ask the same question about many pictures, several at a time.
 *
 * npm run build && node dist/examples/batch.js <checkpoint> <picture>...
 */

import { loadModel, userMessage } from "../src/index.ts";

const [checkpoint, ...pictures] = process.argv.slice(2);
if (checkpoint === undefined) throw new Error("give a checkpoint and pictures");

const ROWS = 4; // rows of one batch share every pass over the weights; each row costs memory for its cache
const model = await loadModel(checkpoint);
for (let start = 0; start < pictures.length; start += ROWS) {
  const some = pictures.slice(start, start + ROWS);
  const conversations = some.map((picture) => [userMessage("Which organ is this?", [picture])]);
  const answers = await model.generateBatch(conversations, { maxNewTokens: 30 });
  answers.forEach(({ text }, n) => {
    console.log(JSON.stringify({ picture: some[n], text }));
  });
}
await model.close();
