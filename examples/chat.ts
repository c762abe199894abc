/**
 * @file A conversation: the follow-up runs only what is new, and looks at no picture twice.
 *
 * npm run build && node dist/examples/chat.js <checkpoint> <picture> <question>...
 */

import { loadModel, type Message, userMessage } from "../src/index.ts";

const [checkpoint, picture, ...questions] = process.argv.slice(2);
if (checkpoint === undefined || picture === undefined) throw new Error("give a checkpoint and a picture");

const model = await loadModel(checkpoint);
const conversation = model.openConversation();
const messages: Message<string>[] = [{ role: "system", content: "You are a careful sonographer." }];
for (const [turn, question] of questions.entries()) {
  messages.push(userMessage(question, turn === 0 ? [picture] : []));
  const pieces = conversation.stream(messages, { maxNewTokens: 100 });
  let next = await pieces.next();
  for (; !next.done; next = await pieces.next()) process.stdout.write(next.value.text);
  const { text, usage } = next.value; // the generator's value is the whole answer
  console.log(`\n(${usage.cachedTokens} of ${usage.promptTokens} prompt tokens from the turn before)`);
  messages.push({ role: "assistant", content: text });
}
await conversation.close();
await model.close();
