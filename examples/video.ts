/**
 * @file Ask about a cine loop, given as frames of one size in order of time.
 *
 * npm run build && node dist/examples/video.js <checkpoint> <frames per second> <frame>...
 */

import { loadModel, type Message } from "../src/index.ts";

const [checkpoint, fps, ...frames] = process.argv.slice(2);
if (checkpoint === undefined || frames.length === 0) throw new Error("give a checkpoint, a rate and frames");

const model = await loadModel(checkpoint);
const question: Message<string> = {
  role: "user",
  content: [
    { type: "video", frames, fps: Number(fps) },
    { type: "text", text: "Describe the motion of the heart valves." },
  ],
};
// The budget is per frame: a lower one leaves room for more of them.
const { text, usage } = await model.generate([question], {
  maxNewTokens: 100,
  pixels: { maxPixels: 200_000 },
});
console.log(text);
console.log(`${frames.length} frames, ${usage.promptTokens} prompt tokens`);
await model.close();
