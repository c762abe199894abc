/** @file The `echovlm` command. Exit codes: 0 done, 1 a check failed or the program did, 2 wrong input, 130 Ctrl-C. */

import { Command, CommanderError } from "commander";
import { InputError } from "../errors.ts";
import { RESEARCH_NOTICE, VERSION } from "../generate/answer.ts";
import { askCommand, diagnoseCommand, reportCommand } from "./answer_command.ts";
import { chatCommand } from "./chat.ts";
import { inspectCommand } from "./inspect.ts";
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
  chatCommand,
  inspectCommand,
  verifyCommand,
])
  program.addCommand(command().exitOverride());

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0); // the reader of a pipe has seen enough
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** Say what went wrong. @returns the exit code */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has said it
  if (error instanceof Error && error.name === "AbortError") return 130;
  const debug = process.argv.includes("--debug");
  if (error instanceof InputError) {
    console.error(debug ? error.stack : `error: ${error.message}`);
    return 2;
  }
  const reason = error instanceof Error ? error : new Error(String(error));
  console.error(
    debug ? reason.stack : `error: ${reason.message}\nThis looks like a defect; --debug shows where.`,
  );
  return 1;
}
