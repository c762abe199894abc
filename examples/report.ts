/**
 * @file Write a report about one or several pictures of an examination.
 *
 * npm run build && node dist/examples/report.js <checkpoint> <picture>...
 */

import { loadModel, taskPrompt, userMessage } from "../src/index.ts";

const [checkpoint, ...pictures] = process.argv.slice(2);
if (checkpoint === undefined || pictures.length === 0) throw new Error("give a checkpoint and a picture");

const model = await loadModel(checkpoint);
const question = userMessage(taskPrompt("report", pictures.length, "en", "thyroid"), pictures);
const answer = await model.generate([question], { maxNewTokens: 200 });
console.log(answer.text);

// Where the report comes from: keep it beside the text.
const { model: source, settings, images, notice } = answer.provenance;
console.error(`${source.name} ${source.sha256.slice(0, 12)}, seed ${settings.seed}`);
console.error(
  `pictures ${images.map((hash) => hash.slice(0, 12)).join(", ")}; ${answer.usage.newTokens} tokens`,
);
console.error(notice);
await model.close();
