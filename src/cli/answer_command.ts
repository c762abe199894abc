/** @file `echovlm report`, `echovlm diagnose` and `echovlm ask`: pictures and a prompt in, one answer out. */

import { existsSync } from "node:fs";
import { Command } from "commander";
import { RequestError } from "../errors.ts";
import { formatNames } from "../image/format.ts";
import type { Message } from "../processor/message.ts";
import { questionPrompt, type Task, taskPrompt, userMessage } from "../tasks/prompts.ts";
import { withScale } from "../tasks/scale.ts";
import { interruptible } from "./interrupt.ts";
import {
  checkRequest,
  generateOptions,
  openModel,
  type TaskOptions,
  withTaskOptions,
} from "./model_options.ts";
import { createOutput } from "./output.ts";

interface PromptOptions extends TaskOptions {
  readonly prompt?: string;
}

const taskCommand = (task: Task, what: string): Command =>
  withTaskOptions(new Command(task).description(what))
    .argument("<images...>", `${formatNames} files of one examination`)
    .option("--prompt <text>", "ask this instead of the built-in prompt; --region still stands before it")
    .addHelpText(
      "after",
      `
Examples:
  $ echovlm ${task} --model ./EchoVLM scan.png
  $ echovlm ${task} --model ./EchoVLM --lang zh --region thyroid left.png right.png
  $ echovlm ${task} --model ./EchoVLM --pixel-mm 0.1 scan.png
  $ echovlm ${task} --model ./EchoVLM --json scan.png > ${task}.json`,
    )
    .action((images: string[], options: PromptOptions) => {
      const { prompt, lang, region } = options;
      const question =
        prompt === undefined
          ? taskPrompt(task, images.length, lang, region)
          : questionPrompt(asked(prompt), lang, region);
      return answer(question, images, options);
    });

export const reportCommand = (): Command =>
  taskCommand("report", "Write an ultrasound report about pictures.");
export const diagnoseCommand = (): Command =>
  taskCommand("diagnose", "Give an ultrasound diagnosis about pictures.");

export const askCommand = (): Command =>
  withTaskOptions(new Command("ask").description("Answer a question, about pictures if there are any."))
    .argument("[question]", "the question; with --prompt this is the first picture")
    .argument("[images...]", `${formatNames} files`)
    .option("--prompt <text>", "the question, when all arguments are pictures")
    .addHelpText(
      "after",
      `
Examples:
  $ echovlm ask --model ./EchoVLM "Is there a nodule?" scan.png
  $ echovlm ask --model ./EchoVLM --lang zh "BI-RADS 4a 是什么意思？"`,
    )
    .action((first: string | undefined, rest: string[], options: PromptOptions) => {
      const given = first === undefined ? rest : [first, ...rest];
      const [question = "", ...images] = options.prompt === undefined ? given : [options.prompt, ...given];
      if (options.prompt === undefined && existsSync(question))
        throw new RequestError(
          "question",
          `expected text, got the name of a file, ${question}`,
          "the question goes before the pictures",
        );
      return answer(questionPrompt(asked(question), options.lang, options.region), images, options);
    });

/** The text, which says something. */
export function asked(text: string): string {
  if (text.trim() === "") throw new RequestError("prompt", "expected text, got an empty one");
  return text;
}

async function answer(question: string, images: readonly string[], options: TaskOptions): Promise<void> {
  await interruptible(async (signal) => {
    const { json = false, system, pixelMm } = options;
    if (pixelMm !== undefined) checkPixelMm(pixelMm, images.length);
    const [size] = await checkRequest(images, options);
    const prompt =
      pixelMm === undefined || !size
        ? question
        : withScale(question, options.lang, { ...size, mmPerPixel: pixelMm });
    const messages: Message<string>[] = [userMessage(prompt, images)];
    if (system !== undefined) messages.unshift({ role: "system", content: system });
    const model = await openModel(options, signal);
    try {
      const output = createOutput(json, pixelMm === undefined ? {} : { pixelMm });
      await output.show(model.stream(messages, generateOptions(options, signal)));
    } finally {
      await model.close();
    }
  });
}

/** Pixels of ultrasound pictures lie well within: a model is told tenths of a millimetre. */
const pixelMmRange = [0.001, 10] as const;

export function checkPixelMm(pixelMm: number, pictures: number): void {
  const [least, most] = pixelMmRange;
  if (!(pixelMm >= least && pixelMm <= most))
    throw new RequestError("--pixel-mm", `expected ${least} to ${most} millimetres, got ${pixelMm}`);
  if (pictures !== 1)
    throw new RequestError(
      "--pixel-mm",
      `expected one picture, got ${pictures}`,
      "pictures may differ in scale; ask about each on its own",
    );
}
