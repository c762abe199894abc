/** @file The `echovlm` command. Exit codes: 0 done, 1 a check failed or the program did, 2 wrong input, 130 Ctrl-C. */

import { Command, CommanderError } from "commander";
import { RequestError } from "../errors.ts";
import { RESEARCH_NOTICE, VERSION } from "../generate/answer.ts";
import { reportError } from "./report_error.ts";

/** Every command, in the order of `--help`. What a command needs is loaded when it is asked for. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  report: async () => (await import("./answer_command.ts")).reportCommand(),
  diagnose: async () => (await import("./answer_command.ts")).diagnoseCommand(),
  ask: async () => (await import("./answer_command.ts")).askCommand(),
  study: async () => (await import("./study.ts")).studyCommand(),
  chat: async () => (await import("./chat.ts")).chatCommand(),
  pull: async () => (await import("./pull.ts")).pullCommand(),
  init: async () => (await import("./init.ts")).initCommand(),
  inspect: async () => (await import("./inspect.ts")).inspectCommand(),
  verify: async () => (await import("./verify.ts")).verifyCommand(),
  data: async () => (await import("./data/data.ts")).dataCommand(),
  train: async () => (await import("./train.ts")).trainCommand(),
  merge: async () => (await import("./merge.ts")).mergeCommand(),
  quantize: async () => (await import("./quantize.ts")).quantizeCommand(),
  eval: async () => (await import("./eval/eval.ts")).evalCommand(),
};
/** The command that the first word names; without one, help and errors need all of them. */
const asked = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
const opened =
  asked !== undefined && Object.hasOwn(commands, asked) ? [commands[asked]!] : Object.values(commands);

const program = new Command("echovlm")
  .description(`EchoVLM, a vision-language model for ultrasound.\n${RESEARCH_NOTICE}`)
  .version(VERSION)
  .option("--debug", "show stack traces")
  .showHelpAfterError("(--help shows what there is)")
  .exitOverride();
for (const open of opened) program.addCommand(inheriting(await open(), program));

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
  const { debug = false } = program.opts<{ debug?: boolean }>();
  const exitCode = reportError(error, debug);
  if (exitCode === 1 && !debug) console.error("This looks like a defect of echovlm; --debug shows where.");
  return exitCode;
}
