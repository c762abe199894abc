/** @file `echovlm study`: several tasks and questions about the same pictures, which are looked at once. */

import { Command, InvalidArgumentError, Option } from "commander";
import { RequestError } from "../errors.ts";
import { formatNames } from "../image/format.ts";
import { type Task, tasks } from "../tasks/prompts.ts";
import { openStudy } from "../tasks/study.ts";
import { asked, checkPixelMm } from "./answer_command.ts";
import { interruptible } from "./interrupt.ts";
import {
  checkRequest,
  defined,
  generateOptions,
  openModel,
  type TaskOptions,
  withTaskOptions,
} from "./model_options.ts";
import { createOutput } from "./output.ts";

interface StudyCommandOptions extends TaskOptions {
  readonly tasks: readonly Task[];
  readonly ask: readonly string[];
}

export const studyCommand = (): Command =>
  withTaskOptions(
    new Command("study").description(
      "Write a report, give a diagnosis and answer questions about one study.",
    ),
  )
    .argument("<images...>", `${formatNames} files of one examination`)
    .addOption(
      new Option("--tasks <list>", `of ${tasks.join(", ")}, in this order; "" for none`)
        .argParser(tasksOf)
        .default([...tasks], tasks.join(",")),
    )
    .addOption(
      new Option("--ask <question>", "ask this behind the tasks; may be given several times")
        .argParser(another)
        .default([], "nothing"),
    )
    .addHelpText(
      "after",
      `
Every answer is that of a command of its own; only the work is shared: the pictures are
looked at once, and the answers are written side by side.

Examples:
  $ echovlm study --model ./EchoVLM left.png right.png
  $ echovlm study --model ./EchoVLM --region thyroid --ask "Is the nodule cystic?" scan.png
  $ echovlm study --model ./EchoVLM --tasks report --lang zh --json scan.png > answers.json`,
    )
    .action(study);

function tasksOf(list: string): Task[] {
  return list
    .split(",")
    .filter((name) => name !== "")
    .map((name) => {
      const task = tasks.find((known) => known === name);
      if (!task) throw new InvalidArgumentError(`expected tasks of ${tasks.join(", ")}, got ${name}`);
      return task;
    });
}

const another = (question: string, before: readonly string[]): string[] => [...before, question];

async function study(images: string[], options: StudyCommandOptions): Promise<void> {
  const { json = false, lang, region, system, pixelMm } = options;
  const requests = [...options.tasks, ...options.ask.map((question) => ({ question: asked(question) }))];
  if (requests.length === 0)
    throw new RequestError("study", "expected tasks or questions, got none", "give --tasks or --ask");
  if (pixelMm !== undefined) checkPixelMm(pixelMm, images.length);
  await interruptible(async (signal) => {
    await checkRequest(images, options);
    const model = await openModel(options, signal);
    try {
      const shared = defined({ language: lang, region, system, mmPerPixel: pixelMm });
      const opened = await openStudy(model, images, shared);
      const output = createOutput(json, defined({ pixelMm }));
      const all = await opened.streamAll(requests, generateOptions(options, signal));
      for (const [n, request] of requests.entries())
        await output.show(all[n]!, typeof request === "string" ? request : request.question);
      await opened.close();
    } finally {
      await model.close();
    }
  });
}
