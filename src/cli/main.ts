/** @file The `echovlm` command. Exit codes: 0 done, 1 a check failed or the program did, 2 wrong input, 130 Ctrl-C. */

import { Command, CommanderError } from "commander";
import { InputError, RequestError } from "../errors.ts";
import { RESEARCH_NOTICE, VERSION } from "../generate/answer.ts";
import { askCommand, diagnoseCommand, reportCommand } from "./answer_command.ts";
import { chatCommand } from "./chat.ts";
import { dataCommand } from "./data/data.ts";
import { evalCommand } from "./eval/eval.ts";
import { initCommand } from "./init.ts";
import { inspectCommand } from "./inspect.ts";
import { Interruption } from "./interrupt.ts";
import { mergeCommand } from "./merge.ts";
import { pullCommand } from "./pull.ts";
import { quantizeCommand } from "./quantize.ts";
import { studyCommand } from "./study.ts";
import { trainCommand } from "./train.ts";
import { verifyCommand } from "./verify.ts";

const program = new Command("echovlm")
  .description(`EchoVLM, a vision-language model for ultrasound.\n${RESEARCH_NOTICE}`)
  .version(VERSION)
  .option("--debug", "show stack traces")
  .showHelpAfterError("(--help shows what there is)")
  .exitOverride();
for (const command of [
  reportCommand,
  diagnoseCommand,
  askCommand,
  studyCommand,
  chatCommand,
  pullCommand,
  initCommand,
  inspectCommand,
  verifyCommand,
  dataCommand,
  trainCommand,
  mergeCommand,
  quantizeCommand,
  evalCommand,
])
  program.addCommand(inheriting(command(), program));

/** The command with the settings of its parent, and so all below it. */
function inheriting(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const part of command.commands) inheriting(part, command);
  return command;
}

for (const [name, stream] of [
  ["standard output", process.stdout],
  ["standard error", process.stderr],
] as const)
  stream.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") process.exit(); // the reader of the pipe has seen enough
    process.exit(report(new RequestError(name, `cannot be written (${code ?? message})`)));
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Say what went wrong. @returns the exit code */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has said it
  if (error instanceof Interruption) return error.exitCode;
  const reason = error instanceof Error ? error : new Error(String(error));
  const isInput = error instanceof InputError;
  const paragraph = `error: ${reason.message.replace(/\s*\n\s*/g, " ")}`;
  console.error(program.opts().debug ? reason.stack : paragraph);
  if (!isInput && !program.opts().debug)
    console.error("This looks like a defect of echovlm; --debug shows where.");
  return isInput ? 2 : 1;
}
