/** @file `echovlm chat`: a conversation about pictures, turn by turn. */

import { Command } from "commander";
import { InputError } from "../errors.ts";
import type { Conversation } from "../generate/conversation.ts";
import { decodeImage } from "../image/decode.ts";
import type { Message } from "../processor/message.ts";
import { questionPrompt, userMessage } from "../tasks/prompts.ts";
import { Interruption, interruptible } from "./interrupt.ts";
import {
  type AnswerOptions,
  checkRequest,
  generateOptions,
  openModel,
  withAnswerOptions,
} from "./model_options.ts";
import { createOutput, type Output } from "./output.ts";
import { readLines } from "./read_lines.ts";

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
  await checkRequest(images, options);
  const model = await interruptible((signal) => openModel(options, signal));
  const output = createOutput(options.json ?? false);
  const talk = newTalk(options);
  let conversation = model.openConversation();
  talk.pending.push(...images);
  try {
    if (process.stdin.isTTY) process.stderr.write(`${HELP}\n`);
    for await (const line of readLines("> ")) {
      const text = line.trim();
      const [word = ""] = text.split(/\s/, 1);
      const path = text.slice(word.length).trim();
      if (word === "/quit") break;
      if (word === "/reset") {
        await conversation.close();
        conversation = model.openConversation();
        Object.assign(talk, newTalk(options));
      } else if (word === "/image" && path !== "") await orSay(addPicture(path, talk));
      else if (word.startsWith("/")) process.stderr.write(`${HELP}\n`);
      else if (text !== "") await orSay(turn(text, talk, { conversation, output, options }));
    }
  } finally {
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

/** A picture for the next message, looked at now so that a wrong one is known before the question is typed. */
async function addPicture(path: string, { pending }: Talk): Promise<void> {
  await decodeImage(path);
  pending.push(path);
}

/** One question and its answer. A turn that fails or is stopped is taken back, and what was wrong with it goes too. */
async function turn(
  text: string,
  talk: Talk,
  use: { conversation: Conversation; output: Output; options: AnswerOptions },
): Promise<void> {
  const { conversation, output, options } = use;
  const first = !talk.messages.some(({ role }) => role === "user");
  const question = first ? questionPrompt(text, options.lang, options.region) : text;
  const messages = [...talk.messages, userMessage(question, talk.pending)];
  try {
    const answer = await interruptible(
      (signal) => output.show(conversation.stream(messages, generateOptions(options, signal))),
      null,
    );
    talk.messages = [...messages, { role: "assistant", content: answer.text }];
    talk.pending = [];
  } catch (error) {
    if (error instanceof InputError) talk.pending = [];
    throw error;
  }
}

/** On a terminal the conversation goes on after a wrong or stopped turn; from a pipe that is its end. */
async function orSay(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const stopped = error instanceof Interruption && error.signal === "SIGINT";
    if (!process.stdin.isTTY || !(stopped || error instanceof InputError)) throw error;
    process.stderr.write(stopped ? "(stopped)\n" : `error: ${error.message}\n`);
  }
}
