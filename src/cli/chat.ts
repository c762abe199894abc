/** @file `echovlm chat`: a conversation about pictures, turn by turn. */

import { createInterface } from "node:readline/promises";
import { Command } from "commander";
import { InputError, RequestError } from "../errors.ts";
import type { Conversation } from "../generate/conversation.ts";
import type { Message, Part } from "../processor/message.ts";
import { questionPrompt } from "../tasks/prompts.ts";
import { interruptible } from "./interrupt.ts";
import { type AnswerOptions, generateOptions, openModel, withAnswerOptions } from "./model_options.ts";
import { createOutput, type Output } from "./output.ts";

const HELP = `/image <file>  show a picture with the next message
/reset         begin a new conversation
/quit          end (as does Ctrl-D)`;

export const chatCommand = (): Command =>
  withAnswerOptions(new Command("chat").description("Talk about pictures, turn by turn."))
    .argument("[images...]", "pictures shown with the first message")
    .addHelpText(
      "after",
      `
In the conversation:
  ${HELP.replaceAll("\n", "\n  ")}
Lines from a pipe are taken as turns.

Examples:
  $ echovlm chat --model ./EchoVLM scan.png
  $ printf 'What is seen?\\nIs it benign?\\n' | echovlm chat --model ./EchoVLM scan.png`,
    )
    .action(chat);

async function chat(images: string[], options: AnswerOptions): Promise<void> {
  const model = await interruptible((signal) => openModel(options, signal));
  const lines = createInterface({
    input: process.stdin,
    ...(process.stdin.isTTY && { output: process.stderr }),
  });
  const output = createOutput(options.json ?? false);
  const talk = newTalk(options);
  let conversation = model.openConversation();
  talk.pending.push(...images);
  try {
    if (process.stdin.isTTY) process.stderr.write(`${HELP}\n`);
    lines.setPrompt("> ");
    if (process.stdin.isTTY) lines.prompt();
    for await (const line of lines) {
      const [word, ...rest] = line.trim().split(/\s+/);
      const path = rest.join(" ");
      if (word === "/quit") break;
      if (word === "/reset") {
        await conversation.close();
        conversation = model.openConversation();
        Object.assign(talk, newTalk(options));
      } else if (word === "/image" && path !== "") talk.pending.push(path);
      else if (word?.startsWith("/")) process.stderr.write(`${HELP}\n`);
      else if (word) await turn(line.trim(), talk, { conversation, output, options });
      if (process.stdin.isTTY) lines.prompt();
    }
  } finally {
    lines.close();
    await conversation.close();
    await model.close();
  }
}

/** What has been said, and pictures waiting for the next message. */
interface Talk {
  messages: Message<string>[];
  pending: string[];
}

const newTalk = ({ system }: AnswerOptions): Talk => ({
  messages: system === undefined ? [] : [{ role: "system", content: system }],
  pending: [],
});

/** One question and its answer. A turn that fails or is interrupted is taken back; the conversation goes on. */
async function turn(
  text: string,
  talk: Talk,
  use: { conversation: Conversation; output: Output; options: AnswerOptions },
): Promise<void> {
  const { conversation, output, options } = use;
  const first = !talk.messages.some(({ role }) => role === "user");
  const parts: Part<string>[] = talk.pending.map((image) => ({ type: "image", image }));
  parts.push({ type: "text", text: first ? questionPrompt(text, options.lang, options.region) : text });
  const messages: Message<string>[] = [...talk.messages, { role: "user", content: parts }];
  try {
    const answer = await interruptible((signal) =>
      output.show(conversation.stream(messages, generateOptions(options, signal))),
    );
    talk.messages = [...messages, { role: "assistant", content: answer.text }];
    talk.pending = [];
  } catch (error) {
    const interrupted = error instanceof Error && error.name === "AbortError";
    if (!process.stdin.isTTY || !(interrupted || error instanceof InputError)) throw error;
    process.stderr.write(interrupted ? "(stopped)\n" : `error: ${error.message}\n`);
    if (error instanceof RequestError) talk.pending = [];
  }
}
