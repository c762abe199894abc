/**
 * @file Show an answer while it is written, and stop it after a while or with Ctrl-C.
 *
 * npm run build && node dist/examples/stream.js <checkpoint> <picture> [seconds]
 */

import { loadModel, userMessage } from "../src/index.ts";

const [checkpoint, picture, seconds = "60"] = process.argv.slice(2);
if (checkpoint === undefined || picture === undefined) throw new Error("give a checkpoint and a picture");

const interrupt = new AbortController();
const { signal } = interrupt;
process.once("SIGINT", () => interrupt.abort());
const timer = setTimeout(() => interrupt.abort(), Number(seconds) * 1000);

const model = await loadModel(checkpoint);
try {
  const question = userMessage("请描述这张超声图像。", [picture]);
  for await (const { text } of model.stream([question], { maxNewTokens: 200, signal }))
    process.stdout.write(text);
} catch (error) {
  if (!signal.aborted) throw error;
  process.stdout.write(" [stopped]");
} finally {
  clearTimeout(timer);
  process.stdout.write("\n");
  await model.close();
}
