/**
 * @file Compare a model with and without a PEFT LoRA adapter.
 *
 * npm run build && node dist/examples/adapter.js <checkpoint> <adapter> <picture>
 */

import { loadModel, taskPrompt, userMessage } from "../src/index.ts";

const [checkpoint, adapter, picture] = process.argv.slice(2);
if (checkpoint === undefined || adapter === undefined || picture === undefined)
  throw new Error("give a checkpoint, an adapter and a picture");

const question = userMessage(taskPrompt("diagnose", 1, "en"), [picture]);
for (const options of [{}, { adapter }]) {
  const model = await loadModel(checkpoint, options); // the adapter is merged into the weights while they load
  const { text } = await model.generate([question], { maxNewTokens: 60 });
  console.log(`${model.identity.adapter ?? "without"} (${model.identity.sha256.slice(0, 12)}): ${text}`);
  await model.close();
}
