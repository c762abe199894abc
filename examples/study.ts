/**
 * @file A report, a diagnosis and questions about the same pictures, which are looked at once.
 *
 * npm run build && node dist/examples/study.js <checkpoint> <picture> <question>...
 */

import { loadModel, openStudy } from "../src/index.ts";

const [checkpoint, picture, ...questions] = process.argv.slice(2);
if (checkpoint === undefined || picture === undefined) throw new Error("give a checkpoint and a picture");

const model = await loadModel(checkpoint);
const study = await openStudy(model, [picture], { language: "en" });
for (const asked of ["report", "diagnose", ...questions.map((question) => ({ question }))] as const) {
  const { text, usage } = await study.ask(asked, { maxNewTokens: 100 });
  console.log(text);
  const { cachedTokens, promptTokens, passes, newTokens } = usage;
  console.log(`(${cachedTokens} of ${promptTokens} tokens kept, ${newTokens} written in ${passes} passes)`);
}
await study.close();
await model.close();
