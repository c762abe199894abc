/**
 * @file How sure the model is: the probability of each token, and what it would have written instead.
 *
 * npm run build && node dist/examples/logprobs.js <checkpoint> <picture> <question>
 */

import { loadModel, userMessage } from "../src/index.ts";

const [checkpoint, picture, question] = process.argv.slice(2);
if (checkpoint === undefined || picture === undefined || question === undefined)
  throw new Error("give a checkpoint, a picture and a question");

const model = await loadModel(checkpoint);
const { logprobs = [] } = await model.generate([userMessage(question, [picture])], {
  maxNewTokens: 20,
  logprobs: 3,
});
const shown = (id: number, logprob: number) => {
  const text = model.processor.tokenizer.decode([id], { skipSpecial: false });
  return `${JSON.stringify(text)} ${(100 * Math.exp(logprob)).toFixed(1)}%`;
};
for (const { id, logprob, top } of logprobs)
  console.log(`${shown(id, logprob)}   of ${top.map((other) => shown(other.id, other.logprob)).join(", ")}`);
const total = logprobs.reduce((sum, { logprob }) => sum + logprob, 0);
console.log(`perplexity ${Math.exp(-total / logprobs.length).toFixed(2)}`);
await model.close();
