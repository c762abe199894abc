/** @file `echovlm report`, `echovlm diagnose` and `echovlm ask`: pictures and a prompt in, one answer out. */

import { Command } from "commander";
import { RequestError } from "../errors.ts";
import type { Message } from "../processor/message.ts";
import { questionPrompt, type Task, taskPrompt, userMessage } from "../tasks/prompts.ts";
import { interruptible } from "./interrupt.ts";
import { type AnswerOptions, generateOptions, openModel, withAnswerOptions } from "./model_options.ts";
import { createOutput } from "./output.ts";

interface TaskOptions extends AnswerOptions {
  readonly prompt?: string;
}

const taskCommand = (task: Task, what: string): Command =>
  withAnswerOptions(new Command(task).description(what))
    .argument("<images...>", "PNG, JPEG, WebP, BMP or TIFF files of one examination")
    .option("--prompt <text>", "ask this instead of the built-in prompt")
    .addHelpText(
      "after",
      `
Examples:
  $ echovlm ${task} --model ./EchoVLM scan.png
  $ echovlm ${task} --model ./EchoVLM --lang zh --region thyroid left.png right.png
  $ echovlm ${task} --model ./EchoVLM --json scan.png > ${task}.json`,
    )
    .action((images: string[], options: TaskOptions) => {
      const prompt = options.prompt ?? taskPrompt(task, images.length, options.lang, options.region);
      return answer(prompt, images, options);
    });

export const reportCommand = (): Command =>
  taskCommand("report", "Write an ultrasound report about pictures.");
export const diagnoseCommand = (): Command =>
  taskCommand("diagnose", "Give an ultrasound diagnosis about pictures.");

export const askCommand = (): Command =>
  withAnswerOptions(new Command("ask").description("Answer a question, about pictures if there are any."))
    .argument("[question]", "the question; with --prompt this is the first picture")
    .argument("[images...]", "PNG, JPEG, WebP, BMP or TIFF files")
    .option("--prompt <text>", "the question, when all arguments are pictures")
    .addHelpText(
      "after",
      `
Examples:
  $ echovlm ask --model ./EchoVLM "Is there a nodule?" scan.png
  $ echovlm ask --model ./EchoVLM --lang zh "BI-RADS 4a 是什么意思？"`,
    )
    .action((first: string | undefined, rest: string[], options: TaskOptions) => {
      const question = options.prompt ?? first;
      if (question === undefined) throw new RequestError("ask", "expected a question, got none");
      const images = options.prompt === undefined || first === undefined ? rest : [first, ...rest];
      return answer(questionPrompt(question, options.lang, options.region), images, options);
    });

async function answer(prompt: string, images: readonly string[], options: AnswerOptions): Promise<void> {
  await interruptible(async (signal) => {
    const output = createOutput(options.json ?? false);
    const messages: Message<string>[] = [userMessage(prompt, images)];
    if (options.system !== undefined) messages.unshift({ role: "system", content: options.system });
    const model = await openModel(options, signal);
    try {
      await output.show(model.stream(messages, generateOptions(options, signal)));
    } finally {
      await model.close();
    }
  });
}
